import type { CephSnapshot, StorageSnapshot } from "../cluster-snapshot";
import { GUEST_NAME, STORAGE_ID } from "../names";
import { cidrContains } from "../network/addresses";
import { addressOf, prefixOf } from "../text";
import { keptName } from "./names";
import type { Section, Source } from "./types";

/** Kinds of the stack file, the one that binds a guest most first. */
const kinds = ["local", "zfs", "ceph", "shared"] as const;
type Kind = (typeof kinds)[number];

/** Nodes as the stack file states them; the host keys are not Proxmox's to tell. */
export function adoptNodes({ cluster }: Source): Section {
  return Object.fromEntries(
    cluster.nodes.map(({ name, address, memoryBytes, cores }) => [
      name,
      {
        address,
        ...(memoryBytes !== undefined && { memoryGb: Math.round(memoryBytes / 2 ** 30) }),
        ...(cores !== undefined && { cores }),
      },
    ]),
  );
}

/** The quorum device by the host that Proxmox tells, e.g. `192.168.1.9:5403` (API2/ClusterConfig.pm). */
export function adoptQuorumDevice({ cluster, notes }: Source): Section {
  const device = cluster.corosync?.qdevice;
  if (!device) return {};
  const host = String(device["QNetd host"] ?? "").replace(/:\d+$/, "");
  if (GUEST_NAME.test(host)) return { quorumDevice: { host } };
  const text = "Proxmox does not tell its name; any that is no node's and no guest's will do.";
  notes.push({ path: ["cluster", "quorumDevice"], text });
  return { quorumDevice: { host: "qdevice" } };
}

/** How HA picks a node, and what it does at a shutdown, where the data centre states it. */
export function adoptHaOptions({ cluster: { options } }: Source): Section {
  const scheduler = optionOf(options.crs, "ha");
  const shutdownPolicy = optionOf(options.ha, "shutdown_policy");
  return {
    ...(/^(static|dynamic)$/.test(scheduler ?? "") && { scheduler }),
    ...(/^(freeze|failover|migrate)$/.test(shutdownPolicy ?? "") && { shutdownPolicy }),
  };
}

/** One property of an option, which the API gives as an object or as a text such as `ha=static`. */
function optionOf(option: unknown, key: string): string | undefined {
  if (typeof option === "object" && option !== null) {
    const value: unknown = Reflect.get(option, key);
    return typeof value === "string" ? value : undefined;
  }
  return new RegExp(`(?:^|,)${key}=([^,]+)`).exec(String(option ?? ""))?.[1];
}

/** A storage under the name that the stack file has for it. */
export interface AdoptedStorage {
  name: string;
  kind: Kind;
  /** What the stack file says of it. */
  section: Section;
}

/** The storages that have a guest's disk, by their name in Proxmox. */
export function adoptStorages(source: Source): Map<string, AdoptedStorage> {
  const { cluster, notes, names } = source;
  const used = new Set(
    cluster.guests
      .filter(({ sid }) => names.has(sid))
      .flatMap(({ config }) => config?.disks.map(({ storage }) => storage) ?? []),
  );
  // Where backups are on the nodes themselves, Proxmox says so; what is shared may be anywhere.
  for (const { enabled, storage } of cluster.backup.jobs) {
    const known = cluster.storages.find(({ name }) => name === storage);
    if (enabled && known && !known.shared) used.add(known.name);
  }
  const taken = new Set<string>();
  const all = cluster.nodes.map(({ name }) => name);
  const known = new Map(cluster.storages.map((storage) => [storage.name, storage]));
  return new Map(
    [...used].sort().map((id) => {
      const storage = known.get(id);
      const name = keptName(id, STORAGE_ID, taken, "storage");
      const nodes = all.filter((node) => storage?.nodes?.includes(node) ?? true);
      const ceph = storage && cephNodes(storage, cluster.ceph, all);
      const kind = storage ? kindOf(storage, ceph !== undefined) : "local";
      const path = ["cluster", "storages", name];
      if (name !== id) notes.push({ path, text: `Proxmox calls it ${JSON.stringify(id)}.` });
      if (ceph) {
        const text =
          "osdNodes: the API does not tell where the OSDs are; the nodes with a monitor were taken.";
        notes.push({ path, text });
      }
      const section = { kind, nodes, ...(ceph && { monitors: ceph, osdNodes: ceph }) };
      return [id, { name, kind, section }] as const;
    }),
  );
}

function kindOf({ type, shared }: StorageSnapshot, ceph: boolean): Kind {
  if (type === "zfspool") return "zfs";
  if (ceph) return "ceph";
  return shared ? "shared" : "local";
}

/** Nodes with a monitor of the cluster's own Ceph; none for a Ceph elsewhere, which is shared storage. */
function cephNodes(
  { type }: StorageSnapshot,
  ceph: CephSnapshot | undefined,
  nodes: readonly string[],
): string[] | undefined {
  if (!ceph || (type !== "rbd" && type !== "cephfs")) return undefined;
  const monitors = ceph.monitors.filter((name) => nodes.includes(name)).sort();
  return monitors.length > 0 ? monitors : undefined;
}

/** Of a guest's disks, the storage that binds it most. */
export function bindingStorage(
  storages: ReadonlyMap<string, AdoptedStorage>,
  disks: readonly { storage: string }[],
): AdoptedStorage | undefined {
  return disks
    .flatMap(({ storage }) => storages.get(storage) ?? [])
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))[0];
}

/**
 * Networks of the guests' fixed addresses. All or none: with a segment missing, the addresses in it
 * would look wrong.
 */
export function adoptSegments(source: Source): Section {
  const { cluster, notes } = source;
  const guests = cluster.guests.flatMap(({ sid, config }) =>
    source.names.has(sid) ? (config?.networks ?? []) : [],
  );
  const nets = [...new Set(guests.flatMap(({ ip }) => networkOf(ip) ?? []))].sort(
    (a, b) => prefixOf(a) - prefixOf(b) || (a < b ? -1 : 1),
  );
  const outer = nets.filter(
    (net, index) => !nets.slice(0, index).some((wider) => cidrContains(wider, addressOf(net))),
  );
  const nodes = cluster.nodes.flatMap(({ address }) => address ?? []);
  const inside = (address: string) => outer.some((net) => cidrContains(net, address));
  if (!nodes.every(inside)) {
    const text =
      "Networks cannot be read from Proxmox alone; state them, e.g.\n  lan:\n    cidr: 192.168.1.0/24";
    notes.push({ path: ["cluster", "segments"], text });
    return {};
  }
  const lan = outer.find((net) => nodes.some((node) => cidrContains(net, node)));
  return Object.fromEntries(
    outer.map((cidr) => [
      cidr === lan ? "lan" : `net-${addressOf(cidr).replaceAll(".", "-")}`,
      { cidr },
    ]),
  );
}

function networkOf(ip: string | undefined): string | undefined {
  const [, address = "", prefix] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(ip ?? "") ?? [];
  const length = Number(prefix);
  if (prefix === undefined || length < 1 || length > 30) return undefined;
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - length);
  const first = Math.floor(number / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${length}`;
}
