import type { Props } from "../props";
import type { HaRuleState, ProxmoxState } from "../world";
import { guestOf, moveGuest } from "./api";
import { groupsMigrated, migrated } from "./ha-checks";
import { haRound, isStarted, wakeManager } from "./ha-manager";
import { assertGuest, purge } from "./ha-resources";
import { acceptable } from "./ha-rules";

// Calls of the API that change HA, with Proxmox's refusals: pve-ha-manager, API2/HA.

type Params = Record<string, string>;

const whole = (text: string | undefined) => (text === undefined ? undefined : Number(text));

/** `ha-manager add`. */
export function addResource(pve: ProxmoxState, _: string[], params: Params): void {
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

/** `ha-manager set`. */
export function setResource(pve: ProxmoxState, [sid = ""]: string[], params: Params): void {
  const found = pve.haResources[sid];
  if (!found) throw new Error(`no such resource '${sid}'`);
  const { state, max_restart, max_relocate, failback } = params;
  // API2/HA/Resources.pm: a resource that gave up is let go before it is started again.
  // What counts is the manager's status, which is as old as its last round.
  assertNotInError(found, sid, state);
  Object.assign(found, {
    ...(state !== undefined && { state }),
    ...(max_restart !== undefined && { maxRestart: whole(max_restart) }),
    ...(max_relocate !== undefined && { maxRelocate: whole(max_relocate) }),
    ...(failback !== undefined && { failback: failback === "1" }),
  });
  const guest = guestOf(pve, sid.split(":")[1] ?? "");
  // The agent of the node follows: it stops what shall not run, and starts what shall.
  if (guest && state !== undefined && state !== "ignored") guest.running = isStarted(state);
  haRound(pve);
}

/** API2/HA/Resources.pm `check_service_state`. */
function assertNotInError(found: Props, sid: string, state?: string): void {
  if (found.crmState !== "error" || state === "disabled") return;
  throw new Error(`service '${sid}' in error state, must be disabled and fixed first`);
}

/** `ha-manager remove`; rules lose it too. */
export function removeResource(pve: ProxmoxState, [sid = ""]: string[]): void {
  if (!pve.haResources[sid]) throw new Error(`cannot delete service '${sid}', not HA managed!`);
  delete pve.haResources[sid];
  purge(pve, sid);
}

/** HA moves it and, in its next round, back again if the node is of a lower priority. */
export function migrateResource(
  pve: ProxmoxState,
  [sid = ""]: string[],
  { node = "" }: Params,
): void {
  const found = pve.haResources[sid];
  if (!found) throw new Error(`unable to migrate '${sid}', not HA managed!`);
  if (!pve.nodes.includes(node)) throw new Error(`no such cluster node '${node}'`);
  if (found.state === "ignored") throw new Error(`service '${sid}' is ignored by the HA manager`);
  assertNotInError(found, sid);
  const guest = guestOf(pve, sid.split(":")[1] ?? "");
  if (guest?.node === node) throw new Error(`service '${sid}' already on node '${node}'`);
  if (guest) moveGuest(pve, guest.vmid, node, { by: "hand" });
  haRound(pve);
}

/** `disable=0` is dropped; only `delete=disable` switches a rule on (API2/HA/Rules.pm). */
export function setRule(pve: ProxmoxState, [id = ""]: string[], params: Params): void {
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

/** `ha-manager rules add`. */
export function addRule(pve: ProxmoxState, _: string[], params: Params): void {
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

/** `ha-manager rules remove`. */
export function removeRule(pve: ProxmoxState, [id = ""]: string[]): void {
  delete pve.haRules[id];
  haRound(pve);
}

/** The real manager takes any name and does nothing for a node that is not there; that is no help. */
export function maintenance(pve: ProxmoxState, [node = ""]: string[]): void {
  if (!pve.nodes.includes(node)) throw new Error(`no such cluster node '${node}'`);
}

/** Since pve-ha-manager 5.1.3. */
export function armHa(pve: ProxmoxState): void {
  if (pve.pveVersion < 9)
    throw new Error("Method 'POST /cluster/ha/status/arm-ha' not implemented");
}
