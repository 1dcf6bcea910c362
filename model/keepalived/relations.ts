import { Refused } from "./host";
import type { CompleteInstance, Conf, Tracked } from "./state";

/** Two instances with one router id on one interface make keepalived end. */
export function judgeRouterIds(instances: CompleteInstance[], conf: Conf): void {
  instances.forEach((one, index) => {
    const other = instances.slice(index + 1).find((next) => conflict(one, next, conf));
    if (other === undefined) return;
    throw new Refused(
      `instances "${one.name}" and "${other.name}" both use virtual router id ${one.routerId} on interface "${one.interface}"`,
      "give each its own virtual_router_id",
    );
  });
}

function conflict(one: CompleteInstance, other: CompleteInstance, { host }: Conf): boolean {
  if (one.family !== other.family || one.routerId !== other.routerId) return false;
  if (one.unicast !== other.unicast || one.interface !== other.interface) return false;
  if (!one.unicast) return one.multicastGroup === other.multicastGroup;
  const source = (instance: CompleteInstance) =>
    instance.source ?? host.addressOf?.(instance.interface, instance.family) ?? "first";
  return source(one) === source(other) && one.peers.some((peer) => other.peers.includes(peer));
}

/** With an owner of its address in it, a sync group knows no weights. */
export function ownersHaveNoWeights({ groups }: Conf): void {
  for (const group of groups) {
    if (!group.instances.some(({ priority }) => priority === 255)) continue;
    const cleared = (list: Tracked[]) => list.map((one) => ({ ...one, weight: 0 }));
    group.scripts = cleared(group.scripts);
    group.files = cleared(group.files);
    group.processes = cleared(group.processes);
    group.bfds = cleared(group.bfds);
    group.interfaces = cleared(group.interfaces);
  }
}

/** In a sync group only owners of their addresses start as MASTER. */
export function groupsStartAsBackup(instances: readonly CompleteInstance[], conf: Conf): void {
  for (const { name } of conf.groups) {
    const members = instances.filter(({ syncGroup }) => syncGroup === name);
    const mixed = members.some(({ state, priority }) => state === "BACKUP" || priority !== 255);
    if (mixed) for (const member of members) member.state = "BACKUP";
  }
}
