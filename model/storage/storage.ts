import type { Finding } from "../finding";
import { listed } from "../text";

/** The disk of a guest under HA, with everything that decides where the guest can start. */
export interface GuestDisk {
  /** Name for messages. */
  guest: string;
  /** HA id, e.g. `ct:110`. */
  sid: string;
  /** Name of the storage. */
  storage: string;
  /** `ceph` and `shared` are reachable from every storage node, `zfs` where a replica is, `local` at home only. */
  kind: "ceph" | "shared" | "zfs" | "local";
  /** Nodes that have the storage. */
  storageNodes: string[];
  /** Nodes on which HA may start the guest. */
  allowedNodes: string[];
  /** Node on which it runs. */
  homeNode: string;
  /** Nodes to which its disk is replicated. */
  replicaNodes: string[];
  /** Devices of its node that it uses, as texts for messages. */
  passthrough: string[];
  /** Why it must never leave its node. */
  pinned?: string;
}

/**
 * Nodes to which a guest must be replicated so that HA can start it wherever it may: the allowed
 * nodes that have the storage, without its home. None unless the storage is ZFS.
 */
export function replicationTargets(
  disk: Pick<GuestDisk, "kind" | "storageNodes" | "allowedNodes" | "homeNode">,
): string[] {
  if (disk.kind !== "zfs") return [];
  return disk.allowedNodes.filter(
    (node) => node !== disk.homeNode && disk.storageNodes.includes(node),
  );
}

function judgeDisk(disk: GuestDisk): Finding[] {
  const { guest, sid, storage, kind, homeNode } = disk;
  const away = disk.allowedNodes.filter((node) => node !== homeNode);
  const finding = (message: string, fix: string): Finding => ({
    rule: "ha-local-disk",
    path: ["storage"],
    message: `${guest} (${sid}) is under HA, ${message}`,
    fix,
    severity: "error",
  });
  const restrict = (missing: readonly string[]) =>
    `take ${listed(missing)} out of the nodes it may run on (strict)`;
  if (kind === "local") {
    if (away.length === 0) return [];
    return [
      finding(
        `and its disk on ${storage} is on ${homeNode} only: on ${listed(away)} it cannot start`,
        `move the disk to shared storage or to replicated ZFS, or allow ${homeNode} only (strict)`,
      ),
    ];
  }
  const absent = away.filter((node) => !disk.storageNodes.includes(node));
  const bare =
    kind === "zfs"
      ? replicationTargets(disk).filter((node) => !disk.replicaNodes.includes(node))
      : [];
  return [
    ...(absent.length > 0
      ? [
          finding(
            `and may start on ${listed(absent)}, where its storage ${storage} does not exist`,
            `add ${storage} there, or ${restrict(absent)}`,
          ),
        ]
      : []),
    ...(bare.length > 0
      ? [
          finding(
            `and its ZFS disk on ${homeNode} is not replicated to ${listed(bare)}, where HA may start it`,
            `set replication for its group, or ${restrict(bare)}`,
          ),
        ]
      : []),
  ];
}

/**
 * What would only fail in the emergency: HA that starts a guest where its disk is not
 * (`ha-local-disk`), or away from a device or a node that it needs (`ha-passthrough`). A guest
 * that is allowed on its home node only needs no replica: HA restarts it in place.
 *
 * @returns findings whose path starts with `storage`, `passthrough` or `pinned`
 */
export function judgeHaGuest(disk: GuestDisk): Finding[] {
  const { guest, sid, passthrough, pinned, homeNode } = disk;
  const stuck = (path: string, message: string, fix: string): Finding => ({
    rule: "ha-passthrough",
    path: [path],
    message: `${guest} (${sid}) is under HA and ${message}`,
    fix,
    severity: "error",
  });
  const devices =
    passthrough.length > 0
      ? [
          stuck(
            "passthrough",
            `uses ${listed(passthrough)} of ${homeNode}: HA cannot start it anywhere else`,
            "take it out of haGroups, or reach the device over the network",
          ),
        ]
      : [];
  const pin =
    pinned !== undefined
      ? [
          stuck(
            "pinned",
            `pinned to ${homeNode} (${pinned}): HA has nowhere to move it`,
            "take it out of haGroups, or drop the pin",
          ),
        ]
      : [];
  return [...judgeDisk(disk), ...devices, ...pin];
}
