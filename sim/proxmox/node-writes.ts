import type { Props } from "../props";
import type { Guest, HaRuleState, ProxmoxState } from "../world";
import { addRole, addToken, addUser, modifyAcl } from "./access";
import { guestOf, moveGuest } from "./api";
import { groupsMigrated, migrated } from "./ha-checks";
import { haRound, isStarted, wakeManager } from "./ha-manager";
import { assertGuest, purge } from "./ha-resources";
import { acceptable } from "./ha-rules";
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
  ["create", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/migrate$/, migrateGuest],
  ["set", /^\/nodes\/([^/]+)\/(lxc|qemu)\/(\d+)\/config$/, setGuest],
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

const whole = (text: string | undefined) => (text === undefined ? undefined : Number(text));

function addResource(pve: ProxmoxState, _: string[], params: Params): void {
  const { sid = "", state, group, max_restart, max_relocate, failback } = params;
  if (group !== undefined && groupsMigrated(pve)) {
    throw new Error(`invalid parameter 'group': ${migrated}`);
  }
  assertGuest(pve, sid);
  if (pve.haResources[sid]) throw new Error(`resource ID '${sid}' already defined`);
  pve.haResources[sid] = resourceOf(sid, {
    ...(state !== undefined && { state }),
    ...(group !== undefined && { group }),
    ...(max_restart !== undefined && { maxRestart: whole(max_restart) }),
    ...(max_relocate !== undefined && { maxRelocate: whole(max_relocate) }),
    ...(failback !== undefined && { failback: failback === "1" }),
  });
  wakeManager(pve);
  haRound(pve);
}

const resourceOf = (sid: string, props: Props): Props => ({
  resourceId: sid,
  type: sid.split(":")[0],
  state: "started",
  ...props,
});

function setResource(pve: ProxmoxState, [sid = ""]: string[], params: Params): void {
  const found = pve.haResources[sid];
  if (!found) throw new Error(`no such resource '${sid}'`);
  const { state, max_restart, max_relocate, failback } = params;
  // API2/HA/Resources.pm: a resource that gave up is let go before it is started again.
  if (found.crmState === "error" && state !== undefined && state !== "disabled") {
    throw new Error(`service '${sid}' in error state, must be disabled and fixed first`);
  }
  if (state === "disabled") delete found.crmState;
  Object.assign(found, {
    ...(state !== undefined && { state }),
    ...(max_restart !== undefined && { maxRestart: whole(max_restart) }),
    ...(max_relocate !== undefined && { maxRelocate: whole(max_relocate) }),
    ...(failback !== undefined && { failback: failback === "1" }),
  });
  haRound(pve);
}

function removeResource(pve: ProxmoxState, [sid = ""]: string[]): void {
  if (!pve.haResources[sid]) throw new Error(`cannot delete service '${sid}', not HA managed!`);
  delete pve.haResources[sid];
  purge(pve, sid);
}

/** HA moves it and, in its next round, back again if the node is of a lower priority. */
function migrateResource(pve: ProxmoxState, [sid = ""]: string[], { node = "" }: Params): void {
  const found = pve.haResources[sid];
  if (!found) throw new Error(`unable to migrate '${sid}', not HA managed!`);
  if (!pve.nodes.includes(node)) throw new Error(`no such cluster node '${node}'`);
  if (found.state === "ignored") throw new Error(`service '${sid}' is ignored by the HA manager`);
  const guest = guestOf(pve, sid.split(":")[1] ?? "");
  if (guest?.node === node) throw new Error(`service '${sid}' already on node '${node}'`);
  if (guest) moveGuest(pve, guest.vmid, node, { by: "hand" });
  haRound(pve);
}

/** `disable=0` is dropped; only `delete=disable` switches a rule on (API2/HA/Rules.pm). */
function setRule(pve: ProxmoxState, [id = ""]: string[], params: Params): void {
  const before = pve.haRules[id];
  if (!before) throw new Error(`HA rule '${id}' does not exist`);
  if (params.type !== before.type) {
    throw new Error("type: rule type cannot be changed and must be given");
  }
  const deleted = (params.delete ?? "").split(/[,; ]/);
  const disable = params.disable === "1" || (before.disable && !deleted.includes("disable"));
  pve.haRules[id] = acceptable(pve, id, { ...before, ...ruleParams(params), disable });
  haRound(pve);
}

function addRule(pve: ProxmoxState, _: string[], params: Params): void {
  const { rule = "", type } = params;
  if (pve.pveVersion < 9) throw new Error("Method 'POST /cluster/ha/rules' not implemented");
  if (!groupsMigrated(pve)) {
    throw new Error("cannot create ha rule: ha groups have not been migrated yet");
  }
  if (type !== "node-affinity" && type !== "resource-affinity") {
    throw new Error(`type: value '${type}' does not have a value in the enumeration`);
  }
  if (pve.haRules[rule]) throw new Error(`HA rule '${rule}' already defined`);
  const bare: HaRuleState = { type, resources: [], nodes: {}, strict: false, disable: false };
  const made = { ...bare, ...ruleParams(params), disable: params.disable === "1" };
  pve.haRules[rule] = acceptable(pve, rule, made);
  haRound(pve);
}

function ruleParams({ resources, nodes, affinity, strict }: Params): Partial<HaRuleState> {
  const pairs = (nodes ?? "").split(",").filter(Boolean);
  return {
    ...(resources !== undefined && { resources: resources.split(",").sort() }),
    ...(nodes !== undefined && {
      nodes: Object.fromEntries(
        pairs.map((pair) => {
          const [node = "", priority = "0"] = pair.split(":");
          return [node, Number(priority)];
        }),
      ),
    }),
    ...((affinity === "positive" || affinity === "negative") && { affinity }),
    ...(strict !== undefined && { strict: strict === "1" }),
  };
}

function removeRule(pve: ProxmoxState, [id = ""]: string[]): void {
  delete pve.haRules[id];
  haRound(pve);
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

function removeJob(pve: ProxmoxState, [id = ""]: string[]): void {
  if (!pve.replications[id]) throw new Error(`no such job '${id}'`);
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
  Object.assign(guest.config, params);
}

function runGuest(
  pve: ProxmoxState,
  [node = "", kind = "", vmid = "", verb = ""]: string[],
): unknown {
  here(pve, node, kind, vmid).running = verb === "start";
  return `UPID:${node}:00001234:00005678:6890ABCD:vz${verb}:${vmid}:root@pam:`;
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
