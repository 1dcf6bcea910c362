import { record, text } from "../props";
import type { HaRuleState, ProxmoxState } from "../world";
import { guestOf, moveGuest } from "./api";
import { infeasibilities } from "./ha-feasibility";

/**
 * Nodes in the status of the HA manager, which is what the feasibility of a rule is counted with
 * (pve-ha-manager, API2/HA/Rules.pm `$check_feasibility`). The status is empty until a manager has
 * become master for the first time, which it only does once there is an HA resource.
 */
export function managerNodes(pve: ProxmoxState, now = Date.now()): string[] {
  const { crm } = pve;
  if (crm === undefined) return pve.nodes;
  const { firstResourceAt, pollMs } = crm;
  return firstResourceAt !== undefined && now >= firstResourceAt + pollMs ? pve.nodes : [];
}

/** Notes the first HA resource of a cluster: from then on a manager comes up. */
export function wakeManager(pve: ProxmoxState): void {
  if (pve.crm !== undefined) pve.crm.firstResourceAt ??= Date.now();
}

/** What an HA resource is told to be; `enabled` is another word for `started` (Resources.pm). */
export function isStarted(state: unknown): boolean {
  return state === undefined || state === "started" || state === "enabled";
}

/**
 * One round of the HA manager, at once instead of within ten seconds: it is hardest on a program
 * that way. A guest leaves its node only for a higher class of priority or away from one that it is
 * kept apart from (Manager.pm `select_service_node`, scheduler `basic`, every node online).
 */
export function haRound(pve: ProxmoxState): void {
  if (managerNodes(pve).length === 0) return;
  const errors = infeasibilities(pve.haRules, pve.nodes.length);
  const rules = Object.entries(pve.haRules).filter(
    ([id, rule]) => !rule.disable && errors[id] === undefined,
  );
  for (const sid of Object.keys(pve.haResources).sort()) {
    const resource = pve.haResources[sid];
    const guest = guestOf(pve, vmidOf(sid));
    if (resource === undefined || guest === undefined || !isStarted(resource.state)) continue;
    const placed = placement(pve, sid, rules);
    const noFailback = resource.failback === false || placed.noFailback;
    const separate = new Set(keptApartFrom(pve, sid, rules));
    const chosen = choice(pve, placed, separate, noFailback ? guest.node : undefined);
    if (chosen.length === 0 || chosen.includes(guest.node)) continue;
    const [to = guest.node] = chosen.sort(
      (a, b) => carried(pve, a) - carried(pve, b) || (a < b ? -1 : 1),
    );
    const rule = placed.rule ?? rules.find(([, { resources }]) => resources.includes(sid))?.[0];
    moveGuest(pve, guest.vmid, to, { by: "ha", ...(rule !== undefined && { rule }) });
  }
}

/**
 * The next round, after which the manager's status says what the configuration asks for: only then is a
 * resource that gave up, and was set to disabled, out of its state `error`.
 */
export function crmRound(pve: ProxmoxState): void {
  for (const resource of Object.values(pve.haResources)) {
    if (resource.crmState === "error" && resource.state === "disabled") delete resource.crmState;
  }
  haRound(pve);
}

interface Placed {
  rule?: string;
  nodes: Record<string, number>;
  strict: boolean;
  noFailback: boolean;
}

type Rules = [string, HaRuleState][];

function placement(pve: ProxmoxState, sid: string, rules: Rules): Placed {
  const rule = rules.find(
    ([, { type, resources }]) => type === "node-affinity" && resources.includes(sid),
  );
  if (rule !== undefined) {
    return { rule: rule[0], nodes: rule[1].nodes, strict: rule[1].strict, noFailback: false };
  }
  const id = text(pve.haResources[sid] ?? {}, "group");
  const group = pve.haGroups[id];
  if (group === undefined) return { nodes: {}, strict: false, noFailback: false };
  const nodes = Object.entries(record(group, "nodes")).map(([node, at]) => [node, Number(at)]);
  return {
    rule: id,
    nodes: Object.fromEntries(nodes),
    strict: group.restricted === true,
    noFailback: group.noFailback === true,
  };
}

/**
 * Nodes of the highest class, then without those that are kept apart from; in that order, so that
 * none may be left although a node is free.
 *
 * @param stayOn node that the guest keeps as long as it may run there at all
 */
function choice(
  pve: ProxmoxState,
  { nodes, strict }: Placed,
  separate: ReadonlySet<string>,
  stayOn: string | undefined,
): string[] {
  const priority = (node: string) => nodes[node] ?? -1;
  const allowed = pve.nodes.filter((node) => !strict || node in nodes);
  if (stayOn !== undefined && allowed.includes(stayOn) && !separate.has(stayOn)) return [stayOn];
  const highest = Math.max(...allowed.map(priority));
  return allowed.filter((node) => priority(node) === highest && !separate.has(node));
}

function keptApartFrom(pve: ProxmoxState, sid: string, rules: Rules): string[] {
  const apart = rules.filter(
    ([, { affinity, resources }]) => affinity === "negative" && resources.includes(sid),
  );
  const others = apart.flatMap(([, { resources }]) => resources.filter((other) => other !== sid));
  return others.flatMap((other) => guestOf(pve, vmidOf(other))?.node ?? []);
}

/** HA resources on a node, which is what `basic` counts. */
function carried(pve: ProxmoxState, node: string): number {
  return Object.keys(pve.haResources).filter((sid) => guestOf(pve, vmidOf(sid))?.node === node)
    .length;
}

function vmidOf(sid: string): string {
  return sid.split(":")[1] ?? "";
}
