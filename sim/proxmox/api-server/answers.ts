import { record, text } from "../../props";
import type { Guest } from "../../world";
import { haGroups, haResources, haRules, haStatus, managerStatus } from "./ha";
import { backupJob, notBackedUp, replicationJob, replicationStatus } from "./jobs";
import { clusterStatus, journal, nodeItem, nodeStatus, tasksOf, version } from "./nodes";
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
  [/^\/cluster\/resources$/, ({ pve, ...world }) => guests({ pve, ...world })],
  [/^\/cluster\/config\/nodes$/, ({ site }) => corosyncNodes(site)],
  [/^\/cluster\/config\/qdevice$/, () => ({})],
  [/^\/cluster\/ceph\/status$/, ({ site }) => cephStatus(site)],
  [/^\/cluster\/ha\/resources$/, ({ pve }) => haResources(pve)],
  [/^\/cluster\/ha\/groups$/, ({ pve }) => haGroups(pve)],
  [/^\/cluster\/ha\/rules$/, ({ pve }) => haRules(pve)],
  [/^\/cluster\/ha\/status\/current$/, haStatus],
  [/^\/cluster\/ha\/status\/manager_status$/, managerStatus],
  [/^\/cluster\/replication$/, ({ pve }) => Object.entries(pve.replications).map(replicationJob)],
  [/^\/cluster\/backup$/, ({ pve }) => Object.entries(pve.backupJobs).map(backupJob)],
  [/^\/cluster\/backup-info\/not-backed-up$/, ({ pve }) => notBackedUp(pve)],
  [/^\/storage$/, ({ site }) => site.storages],
  [/^\/nodes$/, (world) => world.pve.nodes.map((node) => nodeItem(world, node))],
  [/^\/nodes\/([^/]+)\/status$/, (world, [node = ""]) => nodeStatus(world, node)],
  [
    /^\/nodes\/([^/]+)\/replication$/,
    (world, [node = ""], query) => replicationStatus(world, node, query.get("guest")),
  ],
  // A task of the simulated cluster is over as soon as it is begun.
  [/^\/nodes\/([^/]+)\/tasks\/([^/]+)\/status$/, () => ({ status: "stopped", exitstatus: "OK" })],
  [/^\/nodes\/([^/]+)\/journal$/, ({ site }, [node = ""], query) => journal(site, node, query)],
  [/^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/config$/, guestConfig],
];

/** Answers one GET below `/api2/json` as the cluster would. */
export function answerOf(world: ApiWorld, path: string, query: URLSearchParams): ApiAnswer {
  try {
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
  return Object.values(pve.guests).map((guest) => {
    const config = configOf(site, guest);
    return {
      id: `${kindOf(guest)}/${guest.vmid}`,
      type: kindOf(guest),
      vmid: guest.vmid,
      node: guest.node,
      name: guest.name,
      status: offline.has(guest.node) ? "unknown" : guest.running ? "running" : "stopped",
      template: 0,
      maxcpu: Number(config.cores ?? 1),
      maxmem: Number(config.memory ?? 512) * 2 ** 20,
      uptime: guest.running ? 3600 : 0,
    };
  });
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
