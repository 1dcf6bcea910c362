import type { Guest, ProxmoxState } from "../world";
import { addRole, addToken, addUser, modifyAcl } from "./access";
import { guestOf, moveGuest } from "./api";
import { backUpGuest, destroyGuest, restoreGuest } from "./guest-backups/writes";
import { isStarted } from "./ha-manager";
import {
  addResource,
  addRule,
  armHa,
  maintenance,
  migrateResource,
  removeResource,
  removeRule,
  setResource,
  setRule,
} from "./ha-writes";
import { newJob } from "./jobs";

/** A call of the API as the commands of a node make it. */
export interface ApiCall {
  verb: "get" | "create" | "set" | "delete";
  path: string;
  params: Record<string, string>;
}

type Params = ApiCall["params"];
type Write = (pve: ProxmoxState, parts: string[], params: Params) => unknown;

/** Calls of the API that change something, with Proxmox's refusals. */
const writes: readonly (readonly [ApiCall["verb"], RegExp, Write])[] = [
  ["create", /^\/cluster\/ha\/resources$/, addResource],
  ["set", /^\/cluster\/ha\/resources\/([^/]+)$/, setResource],
  ["delete", /^\/cluster\/ha\/resources\/([^/]+)$/, removeResource],
  ["create", /^\/cluster\/ha\/resources\/([^/]+)\/(?:migrate|relocate)$/, migrateResource],
  // No path of the API: `ha-manager` queues the command for the manager itself.
  ["create", /^\/cluster\/ha\/node-maintenance\/([^/]+)$/, maintenance],
  ["delete", /^\/cluster\/ha\/node-maintenance\/([^/]+)$/, maintenance],
  ["create", /^\/cluster\/ha\/status\/arm-ha$/, armHa],
  ["create", /^\/cluster\/ha\/rules$/, addRule],
  ["set", /^\/cluster\/ha\/rules\/([^/]+)$/, setRule],
  ["delete", /^\/cluster\/ha\/rules\/([^/]+)$/, removeRule],
  ["create", /^\/cluster\/replication$/, addJob],
  ["set", /^\/cluster\/replication\/([^/]+)$/, setJob],
  ["delete", /^\/cluster\/replication\/([^/]+)$/, removeJob],
  ["create", /^\/nodes\/[^/]+\/replication\/([^/]+)\/schedule_now$/, scheduleJob],
  ["create", /^\/access\/users$/, addUser],
  ["create", /^\/access\/users\/([^/]+)\/token\/([^/]+)$/, addToken],
  ["create", /^\/access\/roles$/, addRole],
  ["set", /^\/access\/acl$/, modifyAcl],
  ["create", /^\/nodes\/([^/]+)\/vzdump$/, backUpGuest],
  ["create", /^\/nodes\/([^/]+)\/(lxc|qemu)$/, restoreGuest],
  ["delete", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)$/, destroyGuest],
  ["create", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/migrate$/, migrateGuest],
  ["set", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/config$/, setGuest],
  ["set", /^\/nodes\/([^/]+)\/(lxc)\/(\d+)\/fsck$/, checkFileSystem],
  ["create", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/exec$/, runInside],
  ["create", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/status\/(start|stop|shutdown)$/, runGuest],
];

/** Carries out one call. */
export function writeTo(pve: ProxmoxState, { verb, path, params }: ApiCall): unknown {
  for (const [wanted, pattern, write] of writes) {
    const found = wanted === verb ? pattern.exec(path) : null;
    if (found) return write(pve, found.slice(1), params);
  }
  throw new Error(`Method '${verb.toUpperCase()} ${path}' not implemented`);
}

function addJob(pve: ProxmoxState, _: string[], { id = "", target, schedule }: Params): void {
  const inputs = { resourceId: id, type: "local", target, ...(schedule && { schedule }) };
  pve.replications[id] = newJob(pve, id, inputs);
}

function setJob(pve: ProxmoxState, [id = ""]: string[], params: Params): void {
  const job = pve.replications[id];
  if (!job) throw new Error(`no such job '${id}'`);
  if (params.disable === "1") job.disable = true;
  if (params.delete === "disable") job.disable = false;
}

function removeJob(pve: ProxmoxState, [id = ""]: string[], { force }: Params): void {
  if (!pve.replications[id] && force !== "1") throw new Error(`no such job '${id}'`);
  delete pve.replications[id];
}

function scheduleJob(pve: ProxmoxState, [id = ""]: string[]): void {
  if (!pve.replications[id]) throw new Error(`no such replication job '${id}'`);
}

function migrateGuest(
  pve: ProxmoxState,
  [node = "", kind = "", vmid = ""]: string[],
  { target = "", ...options }: Params,
): unknown {
  const guest = here(pve, node, kind, vmid);
  if (!pve.nodes.includes(target)) throw new Error(`no such cluster node '${target}'`);
  if (guest.node === target) throw new Error("target: target is local node.");
  const sid = `${guest.type}:${guest.vmid}`;
  const managed = pve.haResources[sid];
  // pve-container, API2/LXC.pm and pve-qemu-server, API2/Qemu.pm: HA is asked to do it.
  if (managed && isStarted(managed.state)) migrateResource(pve, [sid], { node: target });
  else {
    if (guest.running && options.restart === undefined && options.online === undefined) {
      const hint = kind === "lxc" ? "lxc live migration is currently not implemented" : "";
      throw new Error(hint || "can't migrate running VM without --online");
    }
    moveGuest(pve, guest.vmid, target, { by: "hand" });
  }
  const type = managed ? "hamigrate" : kind === "lxc" ? "vzmigrate" : "qmigrate";
  return `UPID:${guest.node}:00001234:00005678:6890ABCD:${type}:${vmid}:root@pam:`;
}

function setGuest(
  pve: ProxmoxState,
  [node = "", kind = "", vmid = ""]: string[],
  params: Params,
): void {
  const guest = here(pve, node, kind, vmid);
  for (const [key, value] of Object.entries(params)) {
    // pve-container, LXC/Config.pm `$mp_desc`: where it is mounted has no default.
    if (/^mp\d+$/.test(key) && !/(^|,)mp=\//.test(value)) {
      throw new Error(`${key}.mp: property is missing and it is not optional`);
    }
  }
  const { delete: gone = "", ...settings } = params;
  for (const key of gone.split(",").filter(Boolean)) delete guest.config[key];
  Object.assign(guest.config, settings);
}

function runGuest(
  pve: ProxmoxState,
  [node = "", kind = "", vmid = "", verb = ""]: string[],
): unknown {
  here(pve, node, kind, vmid).running = verb === "start";
  return `UPID:${node}:00001234:00005678:6890ABCD:vz${verb}:${vmid}:root@pam:`;
}

/** pve-container, CLI/pct.pm `fsck`. */
function checkFileSystem(
  pve: ProxmoxState,
  [node = "", kind = "", vmid = ""]: string[],
  { device = "rootfs" }: Params,
): void {
  const { running, config } = here(pve, node, kind, vmid);
  const disk = config[device];
  if (typeof disk !== "string") {
    throw new Error(`cannot run command on non-existing mount point ${device}`);
  }
  if (running) throw new Error("cannot run fsck when container is running");
  const volume = disk.split(",")[0] ?? "";
  if (/:subvol-/.test(volume)) {
    throw new Error(`unable to run fsck for '${volume}' (format == subvol)`);
  }
}

/** pve-container, CLI/pct.pm `exec`; qemu-server, API2/Qemu/Agent.pm. */
function runInside(pve: ProxmoxState, [node = "", kind = "", vmid = ""]: string[]): void {
  if (here(pve, node, kind, vmid).running) return;
  throw new Error(
    kind === "lxc" ? `container '${vmid}' not running!` : `VM ${vmid} is not running`,
  );
}

/** A command of a node speaks of `localhost`: it is run where the guest is. */
function here(pve: ProxmoxState, node: string, kind: string, vmid: string): Guest {
  const guest = guestOf(pve, vmid);
  const type = kind === "lxc" ? "ct" : "vm";
  if (guest?.type !== type || (node !== "localhost" && guest.node !== node)) {
    const folder = kind === "lxc" ? "lxc" : "qemu-server";
    throw new Error(`Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`);
  }
  return guest;
}
