import { pageUrl } from "../pages";
import type { Explained } from "./resilience";
import { SELF_FENCE_SEC } from "./times";
import type { ClusterModel, ServiceMember, Step } from "./types";

/**
 * Addresses with members on both sides of a network that is cut in two: each side elects a MASTER,
 * until the one on the side without quorum is reset, or for as long as the cut lasts.
 */
export function partitionSteps(cluster: ClusterModel, { state }: Explained): Step[] {
  const { loss } = state;
  if (!loss.sides) return [];
  const [larger, smaller] = loss.sides;
  const resets = (node: string) =>
    (loss.corosync || smaller.includes(node)) &&
    cluster.guests.some((guest) => guest.node === node && guest.ha);
  const first = (members: readonly ServiceMember[], side: readonly string[]) =>
    members.find(({ node }) => side.includes(node));
  return cluster.services.flatMap(({ name, layers }) =>
    layers.flatMap(({ kind, members, failoverSec }): Step[] => {
      const [a, b] = [first(members, larger), first(members, smaller)];
      if (kind !== "address" || !a || !b) return [];
      const end = resets(b.node)
        ? `until ${b.node} resets itself after ${SELF_FENCE_SEC} s`
        : `for as long as the cut lasts, as no watchdog is armed on ${b.node}`;
      return [
        {
          atSec: failoverSec,
          text: `${name} has its address twice: ${a.name} on ${a.node} and ${b.name} on ${b.node} are both MASTER, each for the clients of its side, ${end}`,
          source: `VRRP (RFC 5798): whoever hears no advert becomes MASTER; see ${pageUrl("resilience.md")}`,
        },
      ];
    }),
  );
}
