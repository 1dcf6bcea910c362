import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedStack } from "../../config/resolve";
import { backupJob, startupOrder } from "../ha-group/guests";
import type { connectionTo } from "../shared/host-files";
import type { CreatedGuests } from "./created";

/**
 * Start-up order and backup of the guests that are in no HA group.
 *
 * @param parent the site. @default the stack has one cluster
 */
export function guestsOutsideHa(
  { guests, backup }: ResolvedStack["guestsOutsideHa"],
  containers: CreatedGuests,
  control: ReturnType<typeof connectionTo> | undefined,
  parent?: pulumi.Resource,
): void {
  const owner = { name: "outside-ha", opts: parent ? { parent } : {} };
  for (const { startup, ...guest } of guests) {
    if (startup && control && !containers[guest.name]) {
      startupOrder(owner, { ...guest, startup }, control);
    }
  }
  const saved = guests.filter((guest) => guest.backup);
  const dependsOn = saved.flatMap((guest) => containers[guest.name] ?? []);
  if (backup && saved.length > 0)
    backupJob({ ...owner, opts: { ...owner.opts, dependsOn } }, saved, backup);
}
