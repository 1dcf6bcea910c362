import type { z } from "zod";
import { type ClusterSnapshot, type Proxmox, readCluster } from "../../../clients/proxmox";
import { refusal } from "../../../clients/proxmox/refusal";

/** A node as `/nodes` and `/cluster/status` list it. */
export interface RawNode {
  ip?: string;
  /** As `/nodes/{node}/status` says it. @default pve-manager/9.0.3/025864202ebb6109 */
  pveversion?: string;
  /** @default it is online */
  offline?: boolean;
  /** Addresses of its corosync links. @default its address and one in 10.255.255.0/24 */
  links?: string[];
  votes?: number;
}

/** A guest as its file in /etc/pve says it, one `key: value` a line. */
export interface RawGuest {
  node: string;
  type?: "lxc" | "qemu";
  /** Its configuration. What begins with `lxc.` is a raw line of a container. */
  config: string;
  /** @default running */
  status?: string;
  pool?: string;
}

/** A cluster in Proxmox's own words, however odd. */
export interface RawCluster {
  /** Name of the cluster. @default a node by itself */
  name?: string;
  /** @default 9.0.3 */
  version?: string;
  nodes: Record<string, RawNode>;
  guests?: Record<number, RawGuest>;
  /** Storages by name, e.g. `zfspool nodes=a,b content=images,rootdir`. */
  storages?: Record<string, string>;
  haResources?: Record<string, object>;
  haGroups?: Record<string, object>;
  haRules?: Record<string, object>;
  /** What the HA manager says of a resource, by HA id. @default its requested state */
  crmStates?: Record<string, string>;
  replication?: Record<string, object>;
  /** Result of a job, told by the guest's node. @default it went well a minute ago */
  results?: Record<string, object>;
  backup?: Record<string, object>;
  /** Options of the data centre. */
  options?: object;
  /** VMIDs that no backup job names. */
  notBackedUp?: number[];
  mappings?: Partial<Record<"pci" | "usb" | "dir", Record<string, string[]>>>;
  qdevice?: object;
  ceph?: object;
}

const now = () => Math.floor(Date.now() / 1000);

/** Reads a cluster that is stated in Proxmox's own words, through the same code as a live one. */
export function readRaw(cluster: RawCluster): Promise<ClusterSnapshot> {
  const origin = "https://house:8006";
  const answer = async (path: string): Promise<unknown> => {
    const found = answerOf(cluster, path);
    if (found !== undefined) return found;
    const [status, reason] =
      path === "/cluster/ha/groups"
        ? [500, "cannot index groups: ha groups have been migrated to rules"]
        : [501, `Method 'GET ${path}' not implemented`];
    throw refusal(origin, path, { status, reason, body: "{}" });
  };
  const client: Proxmox = {
    origin,
    get: async <T>(path: string, schema: z.ZodType<T>) => schema.parse(await answer(path)),
    pages: async () => [],
    close: () => {},
  };
  return readCluster(client, { history: true });
}

const seen = { "Sys.Audit": 1, "VM.Audit": 1, "Datastore.Audit": 1 };

const each = <T, R>(
  all: Readonly<Record<string, T>> | undefined,
  make: (id: string, one: T) => R,
) => Object.entries(all ?? {}).map(([id, one]) => make(id, one));

function answerOf(cluster: RawCluster, path: string): unknown {
  const { version = "9.0.3" } = cluster;
  const fixed: Record<string, () => unknown> = {
    "/version": () => ({ version, release: version.split(".").slice(0, 2).join(".") }),
    "/access/permissions": () =>
      Object.fromEntries(["/", "/nodes", "/vms", "/storage"].map((at) => [at, seen])),
    "/cluster/status": () => statusOf(cluster),
    "/nodes": () =>
      each(cluster.nodes, (node, { offline }) =>
        offline
          ? { node, status: "offline" }
          : { node, status: "online", maxcpu: 8, maxmem: 2 ** 35, uptime: 864_000, cpu: 0.1 },
      ),
    "/storage": () => each(cluster.storages, storageOf),
    "/cluster/options": () => ({ keyboard: "en-us", ...cluster.options }),
    "/cluster/resources": () => each(cluster.guests, (id, guest) => guestOf(cluster, id, guest)),
    "/cluster/config/nodes": () =>
      each(
        cluster.nodes,
        (node, { ip = "", links = [ip, `10.255.255.${node.length}`], votes = 1 }) => ({
          node,
          nodeid: String(Object.keys(cluster.nodes).indexOf(node) + 1),
          quorum_votes: String(votes),
          ...Object.fromEntries(links.map((link, ring) => [`ring${ring}_addr`, link])),
        }),
      ),
    "/cluster/config/qdevice": () => cluster.qdevice ?? {},
    "/cluster/ha/resources": () =>
      each(cluster.haResources, (sid, more) => ({ sid, type: sid.split(":")[0], ...more })),
    "/cluster/ha/groups": () =>
      Number(version.split(".")[0]) < 9 || cluster.haGroups
        ? each(cluster.haGroups, (group, more) => ({ group, type: "group", ...more }))
        : undefined,
    "/cluster/ha/rules": () => each(cluster.haRules, (rule, more) => ({ rule, ...more })),
    "/cluster/ha/status/current": () => haStatus(cluster),
    // The nodes were asked before, which turns those round whose guest has moved to its target.
    "/cluster/replication": () =>
      each(cluster.replication, (id, more) => {
        const guest = Number(id.split("-")[0]);
        const { source, target } = { source: "", target: "", ...more };
        const turned = cluster.guests?.[guest]?.node === target;
        return { id, guest, ...more, ...(turned && { source: target, target: source }) };
      }),
    "/cluster/backup": () => each(cluster.backup, (id, more) => ({ id, type: "vzdump", ...more })),
    "/cluster/backup-info/not-backed-up": () =>
      (cluster.notBackedUp ?? []).map((vmid) => ({ vmid })),
    "/cluster/ceph/status": () => cluster.ceph,
  };
  if (fixed[path]) return fixed[path]();
  const mapping = /^\/cluster\/mapping\/(pci|usb|dir)$/.exec(path)?.[1] as "pci" | undefined;
  if (mapping) return each(cluster.mappings?.[mapping], (id, map) => ({ id, map }));
  const [, node = "", what = ""] = /^\/nodes\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const guest = /^(?:lxc|qemu)\/(\d+)\/config$/.exec(what)?.[1];
  if (guest !== undefined) return configOf(cluster.guests?.[Number(guest)]?.config ?? "");
  if (what === "replication") return resultsOf(cluster, node);
  if (what === "journal") return [];
  if (what !== "status") return undefined;
  return { pveversion: cluster.nodes[node]?.pveversion ?? "pve-manager/9.0.3/025864202ebb6109" };
}

function statusOf({ name, nodes }: RawCluster) {
  const members = each(nodes, (node, { ip, offline }) => ({
    type: "node",
    name: node,
    ...(ip !== undefined && { ip }),
    online: offline ? 0 : 1,
  }));
  return name === undefined ? members : [{ type: "cluster", name, quorate: 1 }, ...members];
}

function storageOf(storage: string, words: string) {
  const [type, ...fields] = words.split(" ");
  return { storage, type, ...Object.fromEntries(fields.map((field) => field.split("="))) };
}

function guestOf({ nodes }: RawCluster, id: string, guest: RawGuest) {
  const { node, type = "lxc", status = "running", pool, config } = guest;
  const known = { id: `${type}/${id}`, type, vmid: Number(id), node };
  if (nodes[node]?.offline) return { ...known, status: "unknown" };
  const values = configOf(config);
  const name = values.hostname ?? values.name ?? (type === "lxc" ? `CT${id}` : `VM ${id}`);
  const memory = Number(/\d+/.exec(String(values.memory ?? 512))?.[0]) * 2 ** 20;
  const template = values.template === "1" ? 1 : 0;
  return { ...known, name, status, template, maxcpu: 2, maxmem: memory, ...(pool && { pool }) };
}

/** A configuration as the API gives it: raw lines of LXC are pairs under `lxc`. */
function configOf(text: string): Record<string, unknown> {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const raw = lines.filter(([key]) => key?.startsWith("lxc."));
  return {
    digest: "0000",
    ...Object.fromEntries(lines.filter((line) => !raw.includes(line))),
    ...(raw.length > 0 && { lxc: raw }),
  };
}

function haStatus({ nodes, guests, haResources, crmStates }: RawCluster) {
  const living = Object.keys(nodes).filter((node) => !nodes[node]?.offline);
  const master = Object.keys(haResources ?? {}).length > 0 ? living.slice(0, 1) : [];
  return [
    ...master.map((node) => ({ type: "master", node, status: `${node} (active, now)` })),
    ...each(nodes, (node, { offline }) => ({
      type: "lrm",
      node,
      status: offline ? `${node} (old timestamp - dead?, then)` : `${node} (active, now)`,
    })),
    ...each(haResources, (sid, more) => {
      const state = crmStates?.[sid] ?? ("state" in more ? String(more.state) : "started");
      const node = guests?.[Number(sid.split(":")[1])]?.node ?? "---";
      return { type: "service", sid, node, state, crm_state: state };
    }),
  ];
}

function resultsOf({ guests, replication, results }: RawCluster, node: string) {
  return Object.keys(replication ?? {})
    .filter((id) => guests?.[Number(id.split("-")[0])]?.node === node)
    .map((id) => ({
      id,
      last_sync: now() - 60,
      last_try: now() - 60,
      fail_count: 0,
      ...results?.[id],
    }));
}
