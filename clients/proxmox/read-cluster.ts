import { z } from "zod";
import type {
  CephSnapshot,
  ClusterSnapshot,
  CorosyncSnapshot,
  Gap,
  StorageSnapshot,
} from "../../model/cluster-snapshot";
import {
  cephAnswer,
  clusterStatusItem,
  corosyncNodeItem,
  mappingItem,
  nodeItem,
  optionsAnswer,
  permissionsAnswer,
  qdeviceAnswer,
  storageItem,
  versionAnswer,
} from "./answers";
import type { Proxmox } from "./client";
import { ProxmoxError } from "./errors";
import { type Mappings, properties } from "./guest-config";
import { readBackups } from "./read-backups";
import { readGuests } from "./read-guests";
import { readHa } from "./read-ha";
import { readBackup, readReplication } from "./read-jobs";
import { readNode } from "./read-nodes";

/** What is read besides what every caller needs. */
export interface ReadOptions {
  /**
   * Tasks and journals of the nodes, for whoever looks for reboots and faults of the hardware.
   *
   * @default false
   */
  history?: boolean;
  /**
   * How backups went: their last runs, and where the token may see it the newest of each guest.
   *
   * @default false
   */
  backups?: boolean;
}

/**
 * Reads a whole cluster, without changing anything. A node that does not answer is named in `gaps`
 * and does not stop it; a guest that moves meanwhile is followed.
 *
 * @throws ProxmoxError when the cluster itself cannot be read, when the token may not see all of it
 *   (Proxmox leaves out of every list what a token may not see), or when a guest vanishes meanwhile
 */
export async function readCluster(
  client: Proxmox,
  { history = false, backups = false }: ReadOptions = {},
): Promise<ClusterSnapshot> {
  const version = await client.get("/version", versionAnswer);
  const major = Number(/^\d+/.exec(version.release)?.[0] ?? version.version.split(".")[0]);
  await assertSeesAll(client);
  const [status, listed, storages, options, ha, backup] = await Promise.all([
    client.get("/cluster/status", z.array(clusterStatusItem)),
    client.get("/nodes", z.array(nodeItem)),
    client.get("/storage", z.array(storageItem)),
    client.get("/cluster/options", optionsAnswer),
    readHa(client, major),
    readBackup(client),
  ]);
  const cluster = status.find(({ type }) => type === "cluster");
  const members = status.filter(({ type }) => type === "node");
  const nodes = await Promise.all(
    members
      .map(({ name, ip, online }) => ({
        name,
        ...(ip !== undefined && { address: ip }),
        online: online ?? false,
        facts: listed.find(({ node }) => node === name),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((member) => readNode(client, member, history)),
  );
  // After the nodes: asking one for its jobs is what turns those round whose guest has moved to it.
  const jobs = await readReplication(client);
  const silent = new Set(
    nodes.filter(({ gaps }) => gaps.some((gap) => gap.unreachable)).map(({ node }) => node.name),
  );
  const { guests, gaps: guestGaps } = await readGuests(client, silent, await readMappings(client));
  const answering = nodes.map(({ node }) => node.name).filter((name) => !silent.has(name));
  const found = storages.map(storageSnapshot);
  const made = backups ? await readBackups(client, answering, found) : undefined;
  const results = new Map(nodes.flatMap(({ replication }) => replication));
  const [corosync, ceph] = await Promise.all([
    cluster ? readCorosync(client) : undefined,
    readCeph(client),
  ]);
  return {
    origin: client.origin,
    takenAt: Math.floor(Date.now() / 1000),
    version: { version: version.version, release: version.release, major },
    ...(cluster && { name: cluster.name }),
    // A node by itself is a majority.
    quorate: cluster?.quorate ?? true,
    nodes: nodes.map(({ node }) => node),
    guests,
    storages: found,
    ha,
    replication: jobs.map((job) => {
      const last = results.get(job.id);
      return last === undefined ? job : { ...job, last };
    }),
    backup: { ...backup, ...made?.backup },
    ...(corosync && { corosync }),
    ...(ceph.snapshot && { ceph: ceph.snapshot }),
    options,
    gaps: [...nodes.flatMap(({ gaps }) => gaps), ...guestGaps, ...ceph.gaps, ...(made?.gaps ?? [])],
  };
}

/** Privileges without which lists come shorter than the truth, and where they must be held. */
const needed: readonly (readonly [path: string, privilege: string])[] = [
  ["/", "Sys.Audit"],
  ["/nodes", "Sys.Audit"],
  ["/vms", "VM.Audit"],
  ["/storage", "Datastore.Audit"],
];

async function assertSeesAll(client: Proxmox): Promise<void> {
  const held = await client.get("/access/permissions", permissionsAnswer);
  const missing = needed
    .filter(([path, privilege]) => held[path]?.[privilege] !== true)
    .map(([path, privilege]) => `${privilege} on ${path}`);
  if (missing.length === 0) return;
  throw new ProxmoxError(
    "forbidden",
    `${client.origin}: the API token may not see everything, and Proxmox leaves out what it may not see: it lacks ${missing.join(", ")} (for all below it); give user and token the role PVEAuditor on / with propagation: pveum acl modify / --roles PVEAuditor --tokens '<user@realm!name>' --propagate 1`,
  );
}

/** A storage as the API lists it, with what is shared by its nature. */
export function storageSnapshot(item: z.output<typeof storageItem>): StorageSnapshot {
  // Kinds that are shared by their nature say nothing of it (pve-storage, Plugin.pm `shared`).
  const shared = /^(rbd|cephfs|nfs|cifs|glusterfs|iscsi|iscsidirect|pbs|esxi|zfs|drbd)$/;
  return {
    name: item.storage,
    type: item.type,
    shared: item.shared ?? shared.test(item.type),
    disabled: item.disable ?? false,
    content: item.content ?? [],
    ...(item.nodes && { nodes: item.nodes }),
  };
}

/** Which nodes have the devices and folders that guests name by a resource mapping. */
async function readMappings(client: Proxmox): Promise<Mappings> {
  const kinds = await Promise.all(
    ["pci", "usb", "dir"].map(async (kind) => {
      // Folders are mapped since 8.4.
      const items = await client
        .get(`/cluster/mapping/${kind}`, z.array(mappingItem))
        .catch(refusedAs<z.output<typeof mappingItem>[]>([]));
      return items.map(({ id, map }) => {
        const nodes = map.flatMap((entry) => properties(entry).node ?? []);
        return [`${kind}/${id}`, [...new Set(nodes)].sort()] as const;
      });
    }),
  );
  return new Map(kinds.flat());
}

async function readCorosync(client: Proxmox): Promise<CorosyncSnapshot> {
  const [nodes, qdevice] = await Promise.all([
    client.get("/cluster/config/nodes", z.array(corosyncNodeItem)),
    client.get("/cluster/config/qdevice", qdeviceAnswer).catch(refusedAs({})),
  ]);
  return {
    nodes: nodes
      .map((item) => ({
        name: item.node,
        ...(item.nodeid !== undefined && { nodeId: item.nodeid }),
        votes: item.quorum_votes ?? 1,
        links: Object.keys(item)
          .filter((key) => /^ring\d+_addr$/.test(key))
          .sort()
          .map((key) => String(item[key])),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(Object.keys(qdevice).length > 0 && { qdevice }),
  };
}

/** Older versions lack a path, and some fail where nothing is set up: then there is nothing. */
function refusedAs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ProxmoxError && error.kind === "refused") return value;
    throw error;
  };
}

async function readCeph(client: Proxmox): Promise<{ snapshot?: CephSnapshot; gaps: Gap[] }> {
  try {
    const answer = await client.get("/cluster/ceph/status", cephAnswer);
    const { num_osds, num_up_osds, num_in_osds } = { ...answer.osdmap } as Record<string, unknown>;
    return {
      snapshot: {
        health: answer.health.status,
        monitors: (answer.monmap?.mons ?? []).map(({ name }) => name),
        quorum: answer.quorum_names ?? [],
        ...(num_osds !== undefined && {
          osds: { total: Number(num_osds), up: Number(num_up_osds), in: Number(num_in_osds) },
        }),
      },
      gaps: [],
    };
  } catch (error) {
    if (!(error instanceof ProxmoxError) || error.kind !== "refused") throw error;
    // "binary not installed", "pveceph configuration not initialized": there is no Ceph
    // (pve-manager, Ceph/Tools.pm).
    if (/not installed|not initialized|not implemented/.test(error.reason)) return { gaps: [] };
    return { gaps: [{ what: "Ceph", reason: error.message, unreachable: false }] };
  }
}
