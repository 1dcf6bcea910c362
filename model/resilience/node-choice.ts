import type { Usage } from "../capacity/capacity";
import { inSchedulerOrder } from "../capacity/scheduler";
import type { ClusterIndex, ClusterState } from "./cluster";
import type { GuestModel } from "./types";

/** A guest that HA recovers, or that may have to follow one. */
export interface Managed {
  guest: GuestModel;
  ha: NonNullable<GuestModel["ha"]>;
  /** Node that HA has it on. */
  node: string;
  /** Node that it is moving to. */
  target?: string;
  /** `silent`: its node is gone and not fenced yet; `recovery`: it has no node; `error`: given up. */
  state: "silent" | "recovery" | "started" | "moving" | "error";
  /** Whether it runs on its node. */
  running: boolean;
  /** Nodes on which it has its disk. */
  disks: Set<string>;
  /** Whether it runs, should move, and cannot. */
  stuck: boolean;
  /** Whether its last start failed, and HA has not acted on it yet. */
  failed: boolean;
  /** How HA came to its node, once it has one. */
  choice?: Choice;
  /** Nodes on which a start failed, each with the reason, in order. */
  failures: { node: string; why: "disk" | "memory" }[];
}

/** A node that HA chose, and how. */
export interface Choice {
  node: string;
  /** The nodes among which the scheduler chose. */
  among: string[];
  /** Whether partners that it is kept together with decided. */
  gathered: boolean;
  /** Guests that the scheduler counted on the node before. */
  count: number;
}

/** The HA manager in one failure. */
export interface Manager {
  index: ClusterIndex;
  state: ClusterState;
  usage: Usage;
  /** By name of the guest; all others stay where they are. */
  managed: ReadonlyMap<string, Managed>;
}

/**
 * - `stay`: on its node as long as that will do
 * - `best`: the best node
 * - `next`: the best node on which it did not fail yet
 */
export type Preference = "stay" | "best" | "next";

/** What HA considers for a guest. */
export interface Considered {
  /** Nodes that are left and allowed. */
  allowed: string[];
  /** Those of the highest class of priority. */
  top: string[];
  /** Guests that it is kept apart from, by the node that they hold. */
  taken: Map<string, string>;
  /** Number of partners that it is kept together with, by node. */
  beside: Map<string, number>;
}

/** Nodes that a guest holds: where it is, and where it is going. */
function heldBy({ index, state, managed }: Manager, name: string): { at?: string; to?: string } {
  const one = managed.get(name);
  if (one) {
    if (one.state === "recovery" || one.state === "silent") return {};
    return { at: one.node, ...(one.target !== undefined && { to: one.target }) };
  }
  const guest = index.guests.get(name);
  return guest?.ha && !state.failed.has(guest.node) ? { at: guest.node } : {};
}

/** The nodes that a guest may be put on, before those it must not meet are taken out. */
export function considered(manager: Manager, { guest, ha }: Managed): Considered {
  const { survivors } = manager.state;
  const listed = Object.keys(ha.nodes).length > 0;
  const allowed =
    listed && ha.strict ? survivors.filter((node) => ha.nodes[node] !== undefined) : survivors;
  // Nodes that a rule does not list are a class of their own below all that it lists.
  const priorityOf = (node: string) => ha.nodes[node] ?? -1;
  const highest = listed ? Math.max(...allowed.map(priorityOf)) : 0;
  const top = listed ? allowed.filter((node) => priorityOf(node) === highest) : allowed;
  const taken = new Map<string, string>();
  for (const name of manager.index.apart.get(guest.name) ?? []) {
    const { at, to } = heldBy(manager, name);
    if (at !== undefined) taken.set(at, name);
    if (to !== undefined) taken.set(to, name);
  }
  const beside = new Map<string, number>();
  for (const name of manager.index.together.get(guest.name) ?? []) {
    const { at, to = at } = heldBy(manager, name);
    if (to !== undefined) beside.set(to, (beside.get(to) ?? 0) + 1);
  }
  return { allowed, top, taken, beside };
}

/** The node with most partners, by name among equals; undefined without partners. */
function gathering(
  beside: ReadonlyMap<string, number>,
  nodes: readonly string[],
): string | undefined {
  const [most] = nodes
    .filter((node) => beside.has(node))
    .sort((a, b) => (beside.get(b) ?? 0) - (beside.get(a) ?? 0) || (a < b ? -1 : 1));
  return most;
}

/**
 * The node that HA chooses, in its own order: first the highest class of priority that is left, then
 * without the nodes of guests that it is kept apart from, then only the one where most of its
 * partners are, then the scheduler. A class with no node left over is not followed by the next one.
 * pve-ha-manager, `select_service_node` in Manager.pm.
 *
 * @returns undefined when there is none: HA tries again until there is
 */
export function chooseNode(
  manager: Manager,
  managed: Managed,
  preference: Preference,
): Choice | undefined {
  const { index, state, usage } = manager;
  const { allowed, top, taken, beside } = considered(manager, managed);
  const { guest, ha, node, failures } = managed;
  const chosen = (one: string, among: string[], gathered: boolean): Choice => {
    return { node: one, among, gathered, count: usage.assigned.guests.get(one) ?? 0 };
  };
  const bearable = beside.has(node) || !taken.has(node);
  if (preference === "stay" && ha.failback === false && bearable && allowed.includes(node)) {
    return chosen(node, [node], false);
  }
  const tried = new Set(preference === "next" ? failures.map((failure) => failure.node) : []);
  const free = top.filter((one) => !tried.has(one) && !taken.has(one));
  const gathered = gathering(beside, free);
  const among = gathered === undefined ? free : [gathered];
  if (preference === "stay" && among.includes(node)) return chosen(node, among, false);
  const [best] = inSchedulerOrder(index.cluster, usage, state.survivors, among, guest);
  return best === undefined ? undefined : chosen(best, among, gathered !== undefined);
}
