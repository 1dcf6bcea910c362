import { HA_RESTART_SEC, type Range, RESTORE_SEC } from "../resilience/times";
import type { ClusterModel, GuestModel } from "../resilience/types";

/**
 * Where the disk of a guest is, as far as the loss of its node with its disks is concerned: `ceph` and `shared`
 * survive it, `zfs-replicated` has an older copy elsewhere, `local` has a backup only, and `pinned`
 * cannot run elsewhere whatever its disk is on.
 */
export type StorageTier = "ceph" | "shared" | "zfs-replicated" | "local" | "pinned";

/** Guests to which the loss of their node does the same. */
export interface TierRow {
  tier: StorageTier;
  /** Seconds until they run again, shortest and longest, boot not included; null: when their node returns. */
  rtoSec: Range | null;
  /** Seconds of data that may be lost; null: all, for there is no backup. */
  rpoSec: number | null;
  guests: string[];
}

function tierOf(cluster: ClusterModel, guest: GuestModel): StorageTier {
  if (guest.immovable !== undefined) return "pinned";
  const kind = cluster.storages[guest.storage]?.kind ?? "local";
  if (kind === "zfs") return guest.replica ? "zfs-replicated" : "local";
  return kind;
}

function rowOf(cluster: ClusterModel, guest: GuestModel): TierRow {
  const tier = tierOf(cluster, guest);
  const kind = cluster.storages[guest.storage]?.kind;
  const row = { tier, guests: [guest.name] };
  const survives = kind === "ceph" || kind === "shared";
  if (survives) {
    const restarts = guest.ha !== undefined && tier !== "pinned";
    return { ...row, rtoSec: restarts ? HA_RESTART_SEC : null, rpoSec: 0 };
  }
  if (tier === "zfs-replicated" && guest.ha && guest.replica) {
    return { ...row, rtoSec: HA_RESTART_SEC, rpoSec: guest.replica.everySec };
  }
  return { ...row, rtoSec: RESTORE_SEC, rpoSec: guest.backup ? cluster.backup.everySec : null };
}

/**
 * The guests by storage tier, with what the loss of the node under them and of its disks costs: HA's restart, or a
 * restore from backup. What the failure of several nodes does, or of Ceph, depends on more than
 * the tier: see `simulate`.
 */
export function storageTiers(cluster: ClusterModel): TierRow[] {
  const rows = new Map<string, TierRow>();
  for (const guest of cluster.guests) {
    const row = rowOf(cluster, guest);
    const key = [row.tier, row.rtoSec, row.rpoSec].join(" ");
    const same = rows.get(key);
    if (same) same.guests.push(guest.name);
    else rows.set(key, row);
  }
  return [...rows.values()];
}
