import type { ClusterSnapshot, GuestSnapshot, StorageSnapshot } from "../cluster-snapshot";
import { listed } from "../text";

/** Something in a guest's own configuration that fails when HA starts it on another node. */
export interface LeftBehind {
  rule: "ha-local-disk" | "ha-passthrough";
  /** Whether the guest surely fails there; else only if a file is missing. */
  certain: boolean;
  /** Continues "<guest> is under HA and …". */
  what: string;
  fix: string;
}

/**
 * What a guest leaves behind though its storages are on every allowed node: a CD image on the
 * storage of one node, a disk that its replication omits, a folder that replication cannot copy, and
 * a resource mapping that does not name every node.
 *
 * @param allowed nodes on which HA may start it
 */
export function leftBehind(
  cluster: Pick<ClusterSnapshot, "storages">,
  guest: GuestSnapshot,
  allowed: readonly string[],
): LeftBehind[] {
  const away = allowed.filter((node) => node !== guest.node);
  if (!guest.config || away.length === 0) return [];
  const storages = new Map(cluster.storages.map((storage) => [storage.name, storage]));
  return [
    ...images(guest, storages),
    ...omitted(guest, storages, away),
    ...folders(guest, storages),
    ...mappings(guest, away),
  ];
}

/** A machine with a CD image in its drive does not start where the image is not. */
function images(guest: GuestSnapshot, storages: ReadonlyMap<string, StorageSnapshot>) {
  return Object.entries(guest.config?.raw ?? {}).flatMap(([key, value]): LeftBehind[] => {
    const [, name = "", volume] = /^([^:,]+):(iso\/[^,]+).*media=cdrom/.exec(value) ?? [];
    if (volume === undefined || (storages.get(name)?.shared ?? true)) return [];
    return [
      {
        rule: "ha-local-disk",
        certain: false,
        what: `has the CD image ${volume} of ${name} in its drive ${key}: it does not start on a node that lacks the file`,
        fix: `remove it: qm set ${guest.vmid} --${key} none,media=cdrom`,
      },
    ];
  });
}

const isZfs = (storage: StorageSnapshot | undefined) =>
  storage?.type === "zfspool" && !storage.shared;

function omitted(
  guest: GuestSnapshot,
  storages: ReadonlyMap<string, StorageSnapshot>,
  away: readonly string[],
) {
  return (guest.config?.disks ?? []).flatMap(({ key, storage, replicate }): LeftBehind[] => {
    if (replicate || !isZfs(storages.get(storage))) return [];
    return [
      {
        rule: "ha-local-disk",
        certain: true,
        what: `its disk ${key} on ${storage} has replicate=0: on ${listed(away)} it is missing`,
        fix: "drop replicate=0, or move the disk to shared storage",
      },
    ];
  });
}

/** pve-container, LXC/Config.pm `get_replicatable_volumes`: one such folder ends the whole run. */
function folders(guest: GuestSnapshot, storages: ReadonlyMap<string, StorageSnapshot>) {
  const needed = guest.config?.disks.some(({ storage }) => isZfs(storages.get(storage)));
  if (guest.type !== "ct" || !needed) return [];
  return Object.entries(guest.config?.raw ?? {}).flatMap(([key, value]): LeftBehind[] => {
    if (!/^mp\d+$/.test(key) || !/^(volume=)?\//.test(value)) return [];
    if (/,replicate=(0|no|off|false)(,|$)/.test(value)) return [];
    const kept = value.replace(/,replicate=[^,]*/, "");
    return [
      {
        rule: "ha-local-disk",
        certain: true,
        what: `its mount ${key} is a folder, which replication cannot copy: every run fails`,
        fix: `leave it out of replication: pct set ${guest.vmid} --${key} ${kept},replicate=0`,
      },
    ];
  });
}

function mappings(guest: GuestSnapshot, away: readonly string[]) {
  return (guest.config?.passthrough ?? []).flatMap(({ key, device, nodes }): LeftBehind[] => {
    const missing = nodes && away.filter((node) => !nodes.includes(node));
    if (!nodes || !missing || missing.length === 0) return [];
    return [
      {
        rule: "ha-passthrough",
        certain: true,
        what: `uses the mapping ${device} (${key}), which names ${listed(nodes)} only: on ${listed(missing)} it cannot start`,
        fix: `add ${listed(missing)} to the mapping (Datacenter > Resource Mappings), or take ${missing.length === 1 ? "it" : "them"} out of the nodes it may run on (strict)`,
      },
    ];
  });
}
