import { addGuest, missingMb, type Usage } from "../capacity/capacity";
import { inSchedulerOrder } from "../capacity/scheduler";
import { duration, listed } from "../text";
import { type ClusterIndex, type ClusterState, runs } from "./cluster";
import { HA_RESTART_SEC } from "./times";
import type { GuestModel, Outcome } from "./types";

/** Where HA has put guests so far in one failure. */
export interface Recovery {
  /** Guests that HA started elsewhere. */
  movedTo: Map<string, string>;
  /** What the guests of each surviving node take. */
  usage: Usage;
  /** Why HA chose the node of a guest, as far as somebody asks. */
  choices?: Map<string, string>;
}

type Ha = NonNullable<GuestModel["ha"]>;

/** An outcome without an end of its own. */
export const off = (
  status: "waits" | "no-room" | "stopped" | "frozen",
  reason: string,
): Outcome => ({ status, rtoSec: null, rpoSec: 0, reason });

/** The nodes that carry its disk, as far as its data dies with nodes. */
export function carriers(index: ClusterIndex, guest: GuestModel): string[] | undefined {
  const kind = index.cluster.storages[guest.storage]?.kind;
  if (kind === "zfs") return [guest.node, ...(guest.replica?.nodes ?? [])];
  return kind === "local" ? [guest.node] : undefined;
}

/** The nodes of the highest class of preference: HA tries no lower one while one of these is there. */
function topClass(candidates: readonly string[], { nodes }: Ha): string[] {
  // Nodes that are allowed but not listed come last, as PVE gives them priority -1.
  const priorityOf = (node: string) => nodes[node] ?? -1;
  const highest = Math.max(...candidates.map(priorityOf));
  return candidates.filter((node) => priorityOf(node) === highest);
}

/** The nodes on which a guest may be started and has its disk, or why there is none. */
function candidatesFor(
  index: ClusterIndex,
  state: ClusterState,
  recovery: Recovery,
  guest: GuestModel,
  ha: Ha,
): string[] | Outcome {
  const strict = ha.strict && Object.keys(ha.nodes).length > 0;
  const allowed = state.survivors.filter((node) => !strict || ha.nodes[node] !== undefined);
  const disks = new Set(carriers(index, guest) ?? index.cluster.storages[guest.storage]?.nodes);
  const withDisk = allowed.filter((node) => disks.has(node));
  if (withDisk.length === 0) {
    const where = strict ? `it may run on ${listed(Object.keys(ha.nodes))} only, and ` : "";
    const missing =
      allowed.length === 0 ? "none of them is left" : "no node that is left for it has its disk";
    return off("waits", `${where}${missing}: it waits for ${guest.node}`);
  }
  const placeOf = (name: string) => {
    const other = index.guests.get(name);
    if (recovery.movedTo.has(name)) return recovery.movedTo.get(name);
    return other && runs(state, other.node, undefined) ? other.node : undefined;
  };
  const taken = new Map((index.apart.get(guest.name) ?? []).map((name) => [placeOf(name), name]));
  const beside = (index.together.get(guest.name) ?? []).flatMap((name) => placeOf(name) ?? []);
  const candidates = withDisk.filter(
    (node) => !taken.has(node) && beside.every((place) => place === node),
  );
  if (candidates.length > 0) return candidates;
  const blockers = withDisk.flatMap((place) => taken.get(place) ?? []);
  return off(
    "waits",
    blockers.length > 0
      ? `only ${listed(withDisk)} is left for it, and it is kept apart from ${listed(blockers)}: it waits for ${guest.node}`
      : `it is kept together with a guest on ${listed(beside)}, where it cannot run: it waits for ${guest.node}`,
  );
}

/**
 * HA fences a lost node and starts a guest of it elsewhere: on a node of the highest class that is
 * left, in the order of the scheduler, on `maxRelocate` further ones when its memory does not fit.
 * pve-ha-manager: `select_service_node` and the relocation policy in Manager.pm, `get_node_affinity`
 * in Rules/NodeAffinity.pm. Proxmox itself does not look at free memory; the model takes a start
 * that would exceed the node's memory as failed.
 */
export function haRestart(
  index: ClusterIndex,
  state: ClusterState,
  recovery: Recovery,
  guest: GuestModel,
  ha: Ha,
): Outcome {
  const candidates = candidatesFor(index, state, recovery, guest, ha);
  if (!Array.isArray(candidates)) return candidates;
  const { usage } = recovery;
  const tried = inSchedulerOrder(
    index.cluster,
    usage,
    state.survivors,
    topClass(candidates, ha),
    guest,
  ).slice(0, (ha.maxRelocate ?? 1) + 1);
  const shortOn = (node: string) => missingMb(index.cluster, usage, node, guest);
  const node = tried.find((one) => shortOn(one) === 0);
  if (node === undefined) {
    const lacks = listed(
      tried.map((one) => `${one} (${shortOn(one)} MB short)`),
      5,
      "or",
    );
    return off(
      "no-room",
      `it takes ${guest.memoryMb} MB and finds no room on ${lacks}: off until ${guest.node} returns`,
    );
  }
  recovery.choices?.set(guest.name, choiceText(index, usage, { ha, candidates, tried, node }));
  recovery.movedTo.set(guest.name, node);
  addGuest(usage, node, guest);
  const replica = carriers(index, guest) ? guest.replica : undefined;
  const source = replica
    ? `its replica, at most ${duration(replica.everySec)} old`
    : "the shared disk";
  return {
    status: "restarts",
    toNode: node,
    rtoSec: HA_RESTART_SEC,
    rpoSec: replica?.everySec ?? 0,
    reason: `HA fences ${guest.node}, then starts it on ${node} from ${source}`,
  };
}

/** Why it is that node, for a person who asks. */
function choiceText(
  { cluster }: ClusterIndex,
  usage: Usage,
  choice: { ha: Ha; candidates: readonly string[]; tried: readonly string[]; node: string },
): string {
  const { ha, candidates, tried, node } = choice;
  const group = ha.group === undefined ? "its group" : `group ${ha.group}`;
  const refused = tried.slice(0, tried.indexOf(node));
  const full = refused.length > 0 ? `, after finding no room on ${listed(refused)}` : "";
  if (candidates.length === 1) return `the only node that is left for it${full}`;
  const priority = ha.nodes[node];
  const rank =
    Object.keys(ha.nodes).length === 0
      ? "no preference"
      : priority === undefined
        ? `no node that ${group} lists is left`
        : `priority ${priority} in ${group}`;
  if (tried.length === 1) return `${rank}, the highest that is left${full}`;
  const count = usage.haGuests.get(node) ?? 0;
  const how =
    cluster.scheduler === "static"
      ? "the best score by memory and cores"
      : `the fewest guests under HA there (${count})`;
  return `${rank}, and ${how}${full}`;
}
