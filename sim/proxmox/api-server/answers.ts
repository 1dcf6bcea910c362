import { record, text } from "../../props";
import type { Guest, ProxmoxState } from "../../world";
import { clusterFirewall, firewallRules, guestFirewall, ipSet, ipSets } from "./firewall";
import { haGroups, haResources, haRules, haStatus, managerStatus } from "./ha";
import { backupJob, backupsIn, notBackedUp, replicationJobs, replicationStatus } from "./jobs";
import { clusterStatus, journal, nodeItem, nodeStatus, nodeTime, tasksOf, version } from "./nodes";
import { assertMayRead, maySee } from "./privileges";
import type { Site } from "./site";
import { type ApiAnswer, type ApiWorld, auditor, flag, kindOf, Refusal } from "./world";

type Handler = (world: ApiWorld, parts: string[], query: URLSearchParams) => unknown;

const paths: readonly (readonly [RegExp, Handler])[] = [
  [/^\/version$/, ({ pve }) => version(pve)],
  [
    /^\/access\/permissions$/,
    ({ site }) =>
      site.permissions ??
      Object.fromEntries(["/", "/nodes", "/vms", "/storage"].map((path) => [path, auditor])),
  ],
  [/^\/cluster\/status$/, clusterStatus],
  [/^\/cluster\/options$/, () => ({ keyboard: "en-us" })],
  [/^\/cluster\/resources$/, guests],
  [/^\/cluster\/mapping\/(pci|usb|dir)$/, mappings],
  [/^\/cluster\/config\/nodes$/, ({ site }) => corosyncNodes(site)],
  [/^\/cluster\/config\/qdevice$/, () => ({})],
  [/^\/cluster\/nextid$/, ({ pve }, _, query) => nextId(pve, query.get("vmid"))],
  [/^\/cluster\/ceph\/status$/, ({ site }) => cephStatus(site)],
  [/^\/cluster\/ha\/resources$/, ({ pve }) => haResources(pve)],
  [/^\/cluster\/ha\/groups$/, ({ pve }) => haGroups(pve)],
  [/^\/cluster\/ha\/rules$/, ({ pve }) => haRules(pve)],
  [/^\/cluster\/ha\/status\/current$/, haStatus],
  [/^\/cluster\/ha\/status\/manager_status$/, managerStatus],
  [/^\/cluster\/replication$/, replicationJobs],
  [/^\/cluster\/backup$/, ({ pve }) => Object.entries(pve.backupJobs).map(backupJob)],
  [/^\/cluster\/backup-info\/not-backed-up$/, ({ pve }) => notBackedUp(pve)],
  [
    /^\/storage$/,
    ({ site }) =>
      site.storages.filter((each) => maySee(site, `/storage/${each.storage}`, "Datastore.Audit")),
  ],
  [/^\/nodes$/, (world) => world.pve.nodes.map((node) => nodeItem(world, node))],
  [/^\/nodes\/([^/]+)\/status$/, (world, [node = ""]) => nodeStatus(world, node)],
  [/^\/nodes\/([^/]+)\/time$/, (world, [node = ""]) => nodeTime(world, node)],
  [
    /^\/nodes\/([^/]+)\/replication$/,
    (world, [node = ""], query) => replicationStatus(world, node, query.get("guest")),
  ],
  [
    /^\/nodes\/[^/]+\/storage\/([^/]+)\/content$/,
    ({ site }, [storage = ""]) => backupsIn(site, storage),
  ],
  // A task of the simulated cluster is over as soon as it is begun.
  [/^\/nodes\/([^/]+)\/tasks\/([^/]+)\/status$/, () => ({ status: "stopped", exitstatus: "OK" })],
  [/^\/nodes\/([^/]+)\/journal$/, ({ site }, [node = ""], query) => journal(site, node, query)],
  [/^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/config$/, guestConfig],
  [/^\/cluster\/firewall\/options$/, clusterFirewall],
  [/^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/firewall\/options$/, guestFirewall],
  [/^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/firewall\/rules$/, firewallRules],
  [/^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/firewall\/ipset$/, ipSets],
  [/^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/firewall\/ipset\/([^/]+)$/, ipSet],
];

/** pve-manager, API2/Cluster.pm `nextid`: with a VMID, whether that one is free. */
function nextId(pve: ProxmoxState, vmid: string | null): string {
  let free = 100;
  while (pve.guests[String(free)] !== undefined) free += 1;
  if (vmid === null) return String(free);
  if (pve.guests[vmid] === undefined) return vmid;
  throw new Refusal(400, `Parameter verification failed. (vmid: VM ${vmid} already exists)`);
}

/** Answers one GET below `/api2/json` as the cluster would. */
export function answerOf(world: ApiWorld, path: string, query: URLSearchParams): ApiAnswer {
  try {
    assertMayRead(world.site, path);
    reachable(world, path);
    const tasks = /^\/nodes\/([^/]+)\/tasks$/.exec(path);
    if (tasks) return { status: 200, reason: "OK", ...tasksOf(world.site, tasks[1] ?? "", query) };
    for (const [pattern, handler] of paths) {
      const found = pattern.exec(path);
      if (found) return { status: 200, reason: "OK", data: handler(world, found.slice(1), query) };
    }
    throw new Refusal(501, `Method 'GET ${path}' not implemented`);
  } catch (error) {
    if (error instanceof Refusal)
      return { status: error.status, reason: error.message, data: null };
    throw error;
  }
}

/** pveproxy passes the call on to the node; 595 is AnyEvent::HTTP's code for "no connection". */
function reachable({ pve, offline, silent }: ApiWorld, path: string): void {
  const node = /^\/nodes\/([^/]+)\//.exec(path)?.[1];
  if (node === undefined) return;
  if (!pve.nodes.includes(node)) throw new Refusal(500, `no such cluster node '${node}'`);
  if (offline.has(node) || silent.has(node)) throw new Refusal(595, "No route to host");
}

function guests({ pve, site, offline }: ApiWorld) {
  const seen = Object.values(pve.guests).filter(({ vmid }) =>
    maySee(site, `/vms/${vmid}`, "VM.Audit"),
  );
  return seen.map((guest) => {
    const config = configOf(site, guest);
    const { vmid, node } = guest;
    const known = { id: `${kindOf(guest)}/${vmid}`, type: kindOf(guest), vmid, node };
    // The rest is broadcast by the node itself (pve-manager, API2Tools.pm `extract_vm_stats`).
    if (offline.has(node)) return { ...known, status: "unknown" };
    return {
      ...known,
      name: guest.name,
      status: guest.running ? "running" : "stopped",
      template: 0,
      maxcpu: Number(config.cores ?? 1),
      maxmem: memoryMb(config.memory) * 2 ** 20,
      uptime: guest.running ? 3600 : 0,
    };
  });
}

/** A number, or since qemu-server 8.0 a text such as `current=2048`. */
const memoryMb = (memory: unknown) => Number(/\d+/.exec(String(memory ?? 512))?.[0]);

/** pve-manager, API2/Cluster/Mapping: what the token may not see is left out. */
function mappings({ site }: ApiWorld, [kind = ""]: string[]) {
  return Object.entries(site.mappings?.[kind as "pci" | "usb" | "dir"] ?? {})
    .filter(([id]) => maySee(site, `/mapping/${kind}/${id}`, "Mapping.Audit"))
    .map(([id, map]) => ({ id, type: kind, digest: "0000", map }));
}

function guestConfig({ pve, site }: ApiWorld, [node = "", kind = "", vmid = ""]: string[]) {
  const guest = pve.guests[vmid];
  // pve-container, LXC/Config.pm and pve-qemu-server, QemuConfig.pm `load_config`
  if (guest === undefined || guest.node !== node || kindOf(guest) !== kind) {
    const folder = kind === "lxc" ? "lxc" : "qemu-server";
    throw new Refusal(
      500,
      `Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`,
    );
  }
  return configOf(site, guest);
}

/** What is known of the guest by itself, else what the resource that made it says. */
function configOf(site: Site, guest: Guest): Record<string, unknown> {
  const known = site.guests[String(guest.vmid)];
  if (known) return known;
  const disk = record(guest.config, "disk");
  return {
    hostname: guest.name,
    digest: "0000",
    onboot: flag(guest.config.startOnBoot !== false),
    memory: Number(record(guest.config, "memory").dedicated ?? 512),
    cores: Number(record(guest.config, "cpu").cores ?? 1),
    ...(text(disk, "datastoreId") !== "" && {
      rootfs: `${text(disk, "datastoreId")}:subvol-${guest.vmid}-disk-0,size=${text(disk, "size")}G`,
    }),
  };
}

function corosyncNodes(site: Site) {
  return Object.entries(site.nodes).map(([name, { links }], index) => ({
    node: name,
    name,
    nodeid: String(index + 1),
    quorum_votes: "1",
    ...Object.fromEntries(links.map((link, ring) => [`ring${ring}_addr`, link])),
  }));
}

function cephStatus(site: Site) {
  // pve-manager, Ceph/Tools.pm `check_ceph_installed`
  if (!site.ceph) throw new Refusal(500, "binary not installed: /usr/bin/ceph-mon");
  return site.ceph;
}
