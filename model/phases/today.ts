import type { ClusterModel, GuestModel } from "../resilience/types";

/** A storage that some nodes do not have yet. */
export interface PendingStorage {
  storage: string;
  /** Nodes in the order in which they are to be reinstalled. */
  nodes: string[];
}

/** How far a cluster is on the way to what its stack file states. */
export interface Progress {
  /** Nodes that still have to be reinstalled. */
  pending: ReadonlySet<string>;
  /** Guests whose disk is parked on a shared storage meanwhile: where, by name of the guest. */
  parked?: ReadonlyMap<string, string>;
  /** Groups whose guests are not replicated yet. */
  withoutReplication?: ReadonlySet<string>;
  /** Groups that are not under HA yet. */
  withoutHa?: ReadonlySet<string>;
}

/** Name of what a pending node has instead of a storage. */
const localInsteadOf = (storage: string) => `local disks, to become ${storage}`;

function guestAt(guest: GuestModel, storages: ReadonlySet<string>, progress: Progress): GuestModel {
  if (!storages.has(guest.storage)) return guest;
  const group = guest.ha?.group ?? "";
  const { replica, ha, ...rest } = guest;
  const parking = progress.parked?.get(guest.name);
  const bare = progress.pending.has(guest.node);
  const targets = progress.withoutReplication?.has(group)
    ? []
    : (replica?.nodes ?? []).filter((node) => !progress.pending.has(node));
  const local = parking === undefined && !bare;
  return {
    ...rest,
    storage: parking ?? (bare ? localInsteadOf(guest.storage) : guest.storage),
    ...(local && replica && targets.length > 0 && { replica: { ...replica, nodes: targets } }),
    // HA of a guest whose disk exists once would have nowhere to start it.
    ...(ha && local && targets.length > 0 && !progress.withoutHa?.has(group) && { ha }),
  };
}

/**
 * The cluster before it is what its stack file states: on a pending node the disks of guests exist
 * once, without replica, and such guests are not under HA.
 */
export function clusterAt(
  cluster: ClusterModel,
  pending: readonly PendingStorage[],
  progress: Progress,
): ClusterModel {
  const storages = new Set(pending.map(({ storage }) => storage));
  const local = pending.flatMap(({ storage, nodes }) => {
    const left = nodes.filter((node) => progress.pending.has(node));
    return left.length > 0
      ? [[localInsteadOf(storage), { kind: "local" as const, nodes: left }] as const]
      : [];
  });
  return {
    ...cluster,
    storages: { ...cluster.storages, ...Object.fromEntries(local) },
    guests: cluster.guests.map((guest) => guestAt(guest, storages, progress)),
  };
}

/** The cluster as it is today: nothing that is pending has been done. */
export function clusterToday(
  cluster: ClusterModel,
  pending: readonly PendingStorage[],
): ClusterModel {
  return clusterAt(cluster, pending, { pending: new Set(pending.flatMap(({ nodes }) => nodes)) });
}
