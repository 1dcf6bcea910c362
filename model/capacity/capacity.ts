import type { ClusterModel, GuestModel } from "../resilience/types";
import type { NodeCapacity, NodeLoad } from "./types";

/**
 * Memory that a node needs for itself, in MB: what Proxmox VE asks for "the OS and Proxmox VE
 * services". Ceph OSDs and the ZFS cache come on top and are stated by `reservedMb`.
 * https://pve.proxmox.com/pve-docs/pve-admin-guide.html#_minimum_requirements
 */
export const HOST_MEMORY_MB = 2048;

/** What the guests of each node take together. */
export interface Usage {
  memoryMb: Map<string, number>;
  cores: Map<string, number>;
  /** Number of guests under HA on each node. */
  haGuests: Map<string, number>;
}

const plus = (map: Map<string, number>, node: string, more: number) =>
  map.set(node, (map.get(node) ?? 0) + more);

/** Puts a guest on a node. */
export function addGuest(usage: Usage, node: string, guest: GuestModel): void {
  plus(usage.memoryMb, node, guest.memoryMb ?? 0);
  plus(usage.cores, node, guest.cores ?? 0);
  if (guest.ha) plus(usage.haGuests, node, 1);
}

/** What is used while all is well. */
export function normalUsage(cluster: ClusterModel): Usage {
  const usage: Usage = { memoryMb: new Map(), cores: new Map(), haGuests: new Map() };
  for (const guest of cluster.guests) addGuest(usage, guest.node, guest);
  return usage;
}

/** A copy without some nodes. */
export function usageWithout(usage: Usage, nodes: ReadonlySet<string>): Usage {
  const without = (map: Map<string, number>) =>
    new Map([...map].filter(([node]) => !nodes.has(node)));
  return {
    memoryMb: without(usage.memoryMb),
    cores: without(usage.cores),
    haGuests: without(usage.haGuests),
  };
}

/** Memory that a node has for guests, in MB; undefined where nobody stated it. */
export function guestMemoryMb(capacity: NodeCapacity | undefined): number | undefined {
  if (capacity?.memoryMb === undefined) return undefined;
  return Math.max(0, capacity.memoryMb - (capacity.reservedMb ?? HOST_MEMORY_MB));
}

/** MB that a guest lacks on a node; 0 when it fits, or when a figure is not known. */
export function missingMb(
  cluster: ClusterModel,
  usage: Usage,
  node: string,
  guest: GuestModel,
): number {
  const total = guestMemoryMb(cluster.capacity?.[node]);
  if (total === undefined || guest.memoryMb === undefined) return 0;
  return Math.max(0, (usage.memoryMb.get(node) ?? 0) + guest.memoryMb - total);
}

/** Memory and cores of a node, as far as they are stated. */
export function nodeLoad(cluster: ClusterModel, usage: Usage, node: string): NodeLoad | undefined {
  const capacity = cluster.capacity?.[node];
  const total = guestMemoryMb(capacity);
  const cores = capacity?.cores;
  if (total === undefined && cores === undefined) return undefined;
  return {
    node,
    ...(total !== undefined && {
      memoryMb: { used: usage.memoryMb.get(node) ?? 0, total },
    }),
    ...(cores !== undefined && { cores: { used: usage.cores.get(node) ?? 0, total: cores } }),
  };
}
