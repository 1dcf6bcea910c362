import { addTo } from "../../model/maps";
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
  const rules = bySid(
    Object.entries(pve.haRules).filter(([id, rule]) => !rule.disable && errors[id] === undefined),
  );
  const places = placesOf(pve);
  const nodes = new Set(pve.nodes);
  // A resource without rule and group is at home on every node. A program makes a round for each
  // resource that it creates, when most have neither yet.
  const placeable = Object.entries(pve.haResources)
    .filter(([sid, { group }]) => {
      if (rules.has(sid) || group !== undefined) return true;
      const node = guestOf(pve, vmidOf(sid))?.node;
      return node !== undefined && !nodes.has(node);
    })
    .map(([sid]) => sid);
  for (const sid of placeable.sort()) {
    const resource = pve.haResources[sid];
    const guest = guestOf(pve, vmidOf(sid));
    if (resource === undefined || guest === undefined || !isStarted(resource.state)) continue;
    const own = rules.get(sid) ?? [];
    const placed = placement(pve, sid, own);
    const noFailback = resource.failback === false || placed.noFailback;
    const separate = new Set(keptApartFrom(pve, sid, own));
    const chosen = choice(places(placed), separate, noFailback ? guest.node : undefined);
    if (chosen.length === 0 || chosen.includes(guest.node)) continue;
    const [to = guest.node] = chosen.sort(
      (a, b) => carried(pve, a) - carried(pve, b) || (a < b ? -1 : 1),
    );
    const rule = placed.rule ?? own[0]?.[0];
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

/** The rules of each resource: a round looks at every resource, and a program makes many rounds. */
function bySid(rules: Rules): ReadonlyMap<string, Rules> {
  const found = new Map<string, Rules>();
  for (const entry of rules) {
    for (const sid of new Set(entry[1].resources)) addTo(found, sid, entry);
  }
  return found;
}

function placement(pve: ProxmoxState, sid: string, own: Rules): Placed {
  const rule = own.find(([, { type }]) => type === "node-affinity");
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

/** Where placement alone lets a resource run, and the nodes of the highest class among these. */
interface Places {
  allowed: ReadonlySet<string>;
  top: readonly string[];
}

/** Works the places of each placement out once a round: many resources share one. */
function placesOf(pve: ProxmoxState): (placed: Placed) => Places {
  const known = new Map<string, Places>();
  return ({ rule = "", nodes, strict }) => {
    const found = known.get(rule);
    if (found) return found;
    const priority = (node: string) => nodes[node] ?? -1;
    const allowed = pve.nodes.filter((node) => !strict || node in nodes);
    const highest = Math.max(...allowed.map(priority));
    const top = allowed.filter((node) => priority(node) === highest);
    const places = { allowed: new Set(allowed), top };
    known.set(rule, places);
    return places;
  };
}

/**
 * Nodes of the highest class, then without those that are kept apart from; in that order, so that
 * none may be left although a node is free.
 *
 * @param stayOn node that the guest keeps as long as it may run there at all
 */
function choice(
  { allowed, top }: Places,
  separate: ReadonlySet<string>,
  stayOn: string | undefined,
): string[] {
  if (stayOn !== undefined && allowed.has(stayOn) && !separate.has(stayOn)) return [stayOn];
  return top.filter((node) => !separate.has(node));
}

function keptApartFrom(pve: ProxmoxState, sid: string, own: Rules): string[] {
  const apart = own.filter(([, { affinity }]) => affinity === "negative");
  const others = apart.flatMap(([, { resources }]) => resources.filter((other) => other !== sid));
  return others.flatMap((other) => guestOf(pve, vmidOf(other))?.node ?? []);
}

/** HA resources on a node, which is what `basic` counts. */
function carried(pve: ProxmoxState, node: string): number {
  return Object.keys(pve.haResources).filter((sid) => guestOf(pve, vmidOf(sid))?.node === node)
    .length;
}

function vmidOf(sid: string): string {
  return sid.slice(sid.indexOf(":") + 1);
}
