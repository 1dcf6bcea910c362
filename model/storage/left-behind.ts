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
  if (!guest.config) return [];
  const away = allowed.filter((node) => node !== guest.node);
  const storages = new Map(cluster.storages.map((storage) => [storage.name, storage]));
  const missing = unusable(guest, storages);
  if (away.length === 0) return missing;
  return [
    ...missing,
    ...files(guest, storages, away),
    ...omitted(guest, storages, away),
    ...folders(guest, storages),
    ...mappings(guest, away),
  ];
}

/** Disks on a storage that was removed, or is switched off: the guest starts nowhere. */
function unusable(guest: GuestSnapshot, storages: ReadonlyMap<string, StorageSnapshot>) {
  return (guest.config?.disks ?? []).flatMap(({ key, storage }): LeftBehind[] => {
    const known = storages.get(storage);
    if (known && !known.disabled) return [];
    return [
      {
        rule: "ha-local-disk",
        certain: true,
        what: `its disk ${key} is on ${storage}, ${known ? "which is switched off" : "a storage that the cluster does not have"}: once it is off it starts nowhere`,
        fix: `${known ? "switch the storage on" : "add the storage again"} (Datacenter > Storage), or restore the guest from a backup`,
      },
    ];
  });
}

/** A file that a guest needs when it starts. */
interface StartFile {
  key: string;
  /** Storage that has it. */
  storage: string;
  volume: string;
  /** Continues "has". */
  as: string;
  /** How the guest does without it. */
  without: string;
}

/**
 * Files without which a guest does not start: a CD image in a drive (qemu-server), a hook script
 * (pve-guest-common, GuestHelpers.pm) and files of its own for cloud-init (Cloudinit.pm).
 */
function startFiles({ vmid, type, config }: GuestSnapshot): StartFile[] {
  const program = type === "ct" ? "pct" : "qm";
  return Object.entries(config?.raw ?? {}).flatMap(([key, value]): StartFile[] => {
    const file = (text: string, as: string, without: string): StartFile[] => {
      const [, storage, volume] = /^([^:,]+):([^,]+)/.exec(text) ?? [];
      return storage && volume ? [{ key, storage, volume, as, without }] : [];
    };
    if (/:iso\/.*media=cdrom/.test(value)) {
      const without = `${program} set ${vmid} --${key} none,media=cdrom`;
      return file(value, "the CD image", without);
    }
    if (key === "hookscript")
      return file(value, "the hook script", `${program} set ${vmid} --delete ${key}`);
    if (key !== "cicustom") return [];
    return value
      .split(",")
      .flatMap((part) =>
        file(
          part.replace(/^\w+=/, ""),
          "the cloud-init file",
          `${program} set ${vmid} --delete ${key}`,
        ),
      );
  });
}

/** Start files, and the drive of cloud-init, which is made anew where its storage is. */
function files(
  guest: GuestSnapshot,
  storages: ReadonlyMap<string, StorageSnapshot>,
  away: readonly string[],
): LeftBehind[] {
  const absent = (storage: StorageSnapshot) =>
    away.filter((node) => storage.nodes !== undefined && !storage.nodes.includes(node));
  const found = startFiles(guest).flatMap(({ key, storage: name, volume, as, without }) => {
    const storage = storages.get(name);
    if (!storage) return [];
    const nodes = absent(storage);
    if (nodes.length === 0 && storage.shared) return [];
    const where =
      nodes.length > 0
        ? `which ${listed(nodes)} ${nodes.length === 1 ? "does" : "do"} not have`
        : "";
    return [
      {
        rule: "ha-local-disk" as const,
        certain: nodes.length > 0,
        what: `needs ${as} ${volume} of ${name}${where === "" ? "" : `, ${where}`} (${key}): it does not start on a node that lacks the file`,
        fix: `put the file on shared storage or on every node, or do without: ${without}`,
      },
    ];
  });
  const drives = Object.entries(guest.config?.raw ?? {}).flatMap(([key, value]): LeftBehind[] => {
    const name = /^([^:,]+):[^,]*cloudinit/.exec(value)?.[1];
    const storage = name === undefined ? undefined : storages.get(name);
    const nodes = storage ? absent(storage) : [];
    if (name === undefined || nodes.length === 0) return [];
    return [
      {
        rule: "ha-local-disk",
        certain: true,
        what: `its cloud-init drive ${key} is on ${name}, which ${listed(nodes)} ${nodes.length === 1 ? "does" : "do"} not have: there it cannot start`,
        fix: "remove the drive and add it on a storage that every node has (Hardware > Add > CloudInit Drive)",
      },
    ];
  });
  return [...found, ...drives];
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
