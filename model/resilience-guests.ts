import { type ClusterIndex, type ClusterState, runs } from "./resilience-cluster";
import { HA_RESTART_SEC, RESTORE_SEC, SELF_FENCE_SEC } from "./resilience-times";
import type { GuestModel, Outcome } from "./resilience-types";
import { listed } from "./words";

/** Where HA has put guests so far in one failure. */
export interface Recovery {
  /** Guests that HA started elsewhere. */
  movedTo: Map<string, string>;
  /** Number of guests under HA on each surviving node. */
  load: Map<string, number>;
}

const UNAFFECTED: Outcome = {
  status: "unaffected",
  rtoSec: [0, 0],
  rpoSec: 0,
  reason: "neither its node nor its disk is hit",
};

/** A duration for a sentence. */
export function duration(seconds: number): string {
  if (seconds >= 3600) return `${Math.round(seconds / 360) / 10} h`;
  if (seconds >= 120) return `${Math.round(seconds / 6) / 10} min`;
  return `${Math.round(seconds * 100) / 100} s`;
}

const off = (status: "waits" | "stopped" | "frozen", reason: string): Outcome => ({
  status,
  rtoSec: null,
  rpoSec: 0,
  reason,
});

const noQuorum = (state: ClusterState, total: number) =>
  `the cluster has ${state.survivors.length} of ${total} votes and needs ${state.needed}`;

function restore(
  index: ClusterIndex,
  state: ClusterState,
  guest: GuestModel,
  why: string,
): Outcome {
  const { everySec, nodes } = index.cluster.backup;
  if (!guest.backup) {
    const reason = `${why}, and no backup covers it: its data is gone unless the node returns`;
    return { status: "restore", rtoSec: null, rpoSec: Number.POSITIVE_INFINITY, reason };
  }
  const backupsLost = nodes.length > 0 && nodes.every((node) => state.failed.has(node));
  const first = backupsLost
    ? `; the backups are on ${listed(nodes)} too, which must return first`
    : "";
  return {
    status: "restore",
    rtoSec: RESTORE_SEC,
    rpoSec: everySec,
    reason: `${why}: restore from the last backup, at most ${duration(everySec)} old${first}`,
  };
}

/** The nodes that carry its disk, as far as its data dies with nodes. */
function carriers(index: ClusterIndex, guest: GuestModel): string[] | undefined {
  const kind = index.cluster.storages[guest.storage]?.kind;
  if (kind === "zfs") return [guest.node, ...(guest.replica?.nodes ?? [])];
  return kind === "local" ? [guest.node] : undefined;
}

/** The highest class first, then the node with the fewest guests under HA, as PVE's scheduler does. */
function pickNode(
  candidates: readonly string[],
  priorityOf: (node: string) => number,
  load: Map<string, number>,
): string | undefined {
  const better = (a: string, b: string) =>
    priorityOf(b) - priorityOf(a) || (load.get(a) ?? 0) - (load.get(b) ?? 0) || (a < b ? -1 : 1);
  let best: string | undefined;
  for (const node of candidates) if (best === undefined || better(node, best) < 0) best = node;
  return best;
}

function haRestart(
  index: ClusterIndex,
  state: ClusterState,
  recovery: Recovery,
  guest: GuestModel,
  ha: NonNullable<GuestModel["ha"]>,
): Outcome {
  const strict = ha.strict && Object.keys(ha.nodes).length > 0;
  const allowed = state.survivors.filter((node) => !strict || ha.nodes[node] !== undefined);
  const dying = carriers(index, guest);
  const disks = new Set(dying ?? index.cluster.storages[guest.storage]?.nodes);
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
  // Nodes that are allowed but not listed come last, as PVE gives them priority -1.
  const node = pickNode(candidates, (candidate) => ha.nodes[candidate] ?? -1, recovery.load);
  if (node === undefined) {
    const blockers = withDisk.flatMap((place) => taken.get(place) ?? []);
    return off(
      "waits",
      blockers.length > 0
        ? `only ${listed(withDisk)} is left for it, and it is kept apart from ${listed(blockers)}: it waits for ${guest.node}`
        : `it is kept together with a guest on ${listed(beside)}, where it cannot run: it waits for ${guest.node}`,
    );
  }
  recovery.movedTo.set(guest.name, node);
  recovery.load.set(node, (recovery.load.get(node) ?? 0) + 1);
  const replica = dying ? guest.replica : undefined;
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

function guestOutcome(
  index: ClusterIndex,
  state: ClusterState,
  recovery: Recovery,
  guest: GuestModel,
): Outcome {
  const total = index.cluster.nodes.length;
  const trouble = state.ceph.get(guest.storage);
  if (trouble?.state === "lost") return restore(index, state, guest, trouble.reason);
  if (state.fenced.has(guest.node)) {
    return off(
      "stopped",
      `${noQuorum(state, total)}: ${guest.node} carries HA guests and resets itself after ${SELF_FENCE_SEC} s, and nothing starts there without quorum`,
    );
  }
  if (trouble) return off("frozen", trouble.reason);
  if (!state.failed.has(guest.node)) return stillRuns(state, guest);
  const disks = carriers(index, guest);
  if (disks?.every((node) => state.failed.has(node))) {
    const copies = disks.length > 1 ? "every copy of its disk was" : "its only disk was";
    return restore(index, state, guest, `${copies} on ${listed(disks)}`);
  }
  if (guest.immovable !== undefined) {
    return off("stopped", `it never moves (${guest.immovable}): off until ${guest.node} returns`);
  }
  if (!guest.ha) {
    return off("stopped", `it is not under HA: nothing starts it until ${guest.node} returns`);
  }
  if (!state.quorum) {
    return off("waits", `${noQuorum(state, total)}: HA starts nothing until a node returns`);
  }
  return haRestart(index, state, recovery, guest, guest.ha);
}

function stillRuns(state: ClusterState, guest: GuestModel): Outcome {
  const replicas = guest.replica?.nodes ?? [];
  const lost = replicas.filter((node) => state.failed.has(node));
  if (lost.length === 0) return UNAFFECTED;
  const last =
    lost.length === replicas.length
      ? `, and the loss of ${guest.node} would mean restore from backup`
      : "";
  return {
    ...UNAFFECTED,
    reason: `its node is not hit; until ${listed(lost)} returns it has no replica there${last}`,
  };
}

/** What becomes of every guest, and where HA puts those that it starts elsewhere. */
export function guestOutcomes(
  index: ClusterIndex,
  state: ClusterState,
  unaffected: Readonly<Record<string, Outcome>>,
): { outcomes: Record<string, Outcome>; recovery: Recovery } {
  const outcomes = { ...unaffected };
  const recovery: Recovery = { movedTo: new Map(), load: new Map(index.haLoad) };
  for (const node of state.failed) recovery.load.delete(node);
  const hit = new Set<GuestModel>();
  const add = (guests: readonly GuestModel[] | undefined) => {
    for (const guest of guests ?? []) hit.add(guest);
  };
  for (const node of [...state.failed].sort()) {
    add(index.guestsOn.get(node));
    add(index.replicasOn.get(node));
  }
  for (const node of state.fenced) add(index.guestsOn.get(node));
  for (const storage of state.ceph.keys()) add(index.guestsOnStorage.get(storage));
  for (const guest of hit) outcomes[guest.name] = guestOutcome(index, state, recovery, guest);
  return { outcomes, recovery };
}

/** The outcome of every guest when nothing failed. */
export function allUnaffected(index: ClusterIndex): Record<string, Outcome> {
  return Object.fromEntries(index.cluster.guests.map((guest) => [guest.name, UNAFFECTED]));
}
