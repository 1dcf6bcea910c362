import type { ClusterModel, GuestModel } from "../resilience/types";
import type { NodeCapacity, NodeLoad } from "./types";

/**
 * Memory that a node needs for itself, in MB: what Proxmox VE asks for "the OS and Proxmox VE
 * services". Ceph OSDs and the ZFS cache come on top and are stated by `reservedMb`.
 * https://pve.proxmox.com/pve-docs/pve-admin-guide.html#_minimum_requirements
 */
export const HOST_MEMORY_MB = 2048;

/** What guests are assigned to each node, as the scheduler counts it. */
export interface Assigned {
  guests: Map<string, number>;
  memoryMb: Map<string, number>;
  cores: Map<string, number>;
}

/** What the guests of each node take together. */
export interface Usage {
  /** Memory and cores of what runs. */
  memoryMb: Map<string, number>;
  cores: Map<string, number>;
  /** Number of guests under HA on each node. */
  haGuests: Map<string, number>;
  /** What the scheduler counts, guests that are still to be started included. */
  assigned: Assigned;
}

const plus = (map: Map<string, number>, node: string, more: number) =>
  map.set(node, (map.get(node) ?? 0) + more);

/** Adds what a running guest takes, or with -1 takes it off. */
export function addRunning(usage: Usage, node: string, guest: GuestModel, sign: 1 | -1 = 1): void {
  plus(usage.memoryMb, node, sign * (guest.memoryMb ?? 0));
  plus(usage.cores, node, sign * (guest.cores ?? 0));
}

/** Assigns a guest to a node, as the scheduler counts it, or with -1 takes it off. */
export function addAssigned(usage: Usage, node: string, guest: GuestModel, sign: 1 | -1 = 1): void {
  const { assigned } = usage;
  plus(assigned.guests, node, sign);
  plus(assigned.memoryMb, node, sign * (guest.memoryMb ?? 0));
  plus(assigned.cores, node, sign * (guest.cores ?? 0));
  if (guest.ha) plus(usage.haGuests, node, sign);
}

/** What is used while all is well. */
export function normalUsage(cluster: ClusterModel): Usage {
  const usage: Usage = {
    memoryMb: new Map(),
    cores: new Map(),
    haGuests: new Map(),
    assigned: { guests: new Map(), memoryMb: new Map(), cores: new Map() },
  };
  const others = cluster.outsideHaCounts ?? true;
  for (const guest of cluster.guests) {
    addRunning(usage, guest.node, guest);
    if (guest.ha || others) addAssigned(usage, guest.node, guest);
  }
  return usage;
}

/** A copy without some nodes. */
export function usageWithout(usage: Usage, nodes: ReadonlySet<string>): Usage {
  const without = (map: Map<string, number>) =>
    new Map([...map].filter(([node]) => !nodes.has(node)));
  const { guests, memoryMb, cores } = usage.assigned;
  return {
    memoryMb: without(usage.memoryMb),
    cores: without(usage.cores),
    haGuests: without(usage.haGuests),
    assigned: { guests: without(guests), memoryMb: without(memoryMb), cores: without(cores) },
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
