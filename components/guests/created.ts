import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedStack } from "../../config/resolve";
import { guestContainer } from "./container";
import { guestVm } from "./vm";

/** Guests that this stack creates, by name. */
export type CreatedGuests = Record<string, pulumi.Resource>;

/**
 * One after the other: creating several at once fails on the cluster's locks.
 *
 * @param lost node by name of those that exist, but not in the state
 * @param parent the site. @default the stack has one cluster
 */
export function createGuests(
  guests: ResolvedStack["createdGuests"],
  lost: ReadonlyMap<string, string>,
  parent?: pulumi.Resource,
): CreatedGuests {
  const containers: CreatedGuests = {};
  let last: pulumi.Resource[] = [];
  for (const [name, guest] of Object.entries(guests)) {
    const make = guest.type === "vm" ? guestVm : guestContainer;
    const container = make(
      name,
      { ...guest, lostOn: lost.get(name) },
      {
        ...(parent && { parent }),
        dependsOn: last,
      },
    );
    containers[name] = container;
    last = [container];
  }
  return containers;
}
