import { nodeLoad, type Usage } from "../capacity/capacity";
import type { NodeLoad } from "../capacity/types";
import { duration, listed } from "../text";
import type { ClusterIndex, ClusterState } from "./cluster";
import { carriers, recoverGuests } from "./ha-manager";
import type { Manager } from "./node-choice";
import { choiceText, followedOutcome, off, recoveredOutcome } from "./recovery";
import { HA_SAME_NODE, RESTORE, SELF_FENCE_SEC, takes } from "./times";
import type { GuestModel, Outcome } from "./types";

const UNAFFECTED: Outcome = {
  status: "unaffected",
  rtoSec: [0, 0],
  rpoSec: 0,
  reason: "neither its node nor its disk is hit",
};

const noQuorum = ({ loss, votes }: ClusterState) =>
  loss.corosync
    ? "corosync has failed on every node"
    : `the cluster has ${votes.left} of ${votes.total} votes and needs ${votes.needed}`;

function restore(
  index: ClusterIndex,
  state: ClusterState,
  guest: GuestModel,
  why: string,
): Outcome {
  const { everySec } = index.cluster.backup;
  if (!guest.backup) {
    const reason = `${why}, and no backup covers it: its data is gone unless the node returns`;
    return { status: "restore", rtoSec: null, rpoSec: Number.POSITIVE_INFINITY, reason };
  }
  // Restored to which node? Without quorum the cluster takes no change of its configuration.
  const first = state.quorum ? "" : "; the cluster must have quorum again first";
  const broken = backupTrouble(index, state, guest);
  if (broken) {
    const { gone, text } = broken;
    const rpoSec = gone ? Number.POSITIVE_INFINITY : everySec;
    return { status: "restore", rtoSec: null, rpoSec, reason: `${why}, and ${text}${first}` };
  }
  return {
    status: "restore",
    ...takes(RESTORE),
    rpoSec: everySec,
    reason: `${why}: restore from the last backup, at most ${duration(everySec)} old${first}`,
  };
}

/** Why no restore is promised; `gone`: the backups do not come back either. */
function backupTrouble(
  index: ClusterIndex,
  state: ClusterState,
  guest: GuestModel,
): { gone: boolean; text: string } | undefined {
  const { nodes: all, guest: store, ownNode = false, stated = true } = index.cluster.backup;
  const nodes = ownNode ? [guest.node] : all;
  if (!stated) {
    return {
      gone: true,
      text: "the stack does not say where its backups are: no restore is promised",
    };
  }
  if (state.loss.backups) return { gone: true, text: "the backups are gone as well" };
  if (store === guest.name) {
    return { gone: true, text: "it carries the backups itself: it is not restored from them" };
  }
  const every = (lost: ReadonlySet<string>) =>
    nodes.length > 0 && nodes.every((node) => lost.has(node));
  if (every(state.dead)) {
    return { gone: true, text: `the backups were on ${listed(nodes)} too: they are gone as well` };
  }
  if (!every(state.failed)) return undefined;
  return { gone: false, text: `the backups are on ${listed(nodes)}, which must return first` };
}

/** A guest that dies or hangs by itself; its node lives. */
function ownFailure(guest: GuestModel, how: "dead" | "hung"): Outcome {
  if (how === "hung") {
    return off(
      "stopped",
      "it runs and does not answer: Proxmox sees that it runs, so neither HA nor its node does anything until a person restarts it",
    );
  }
  if (!guest.ha) {
    return off("stopped", "it is not under HA: nothing starts it again until a person does");
  }
  return {
    status: "restarts",
    toNode: guest.node,
    ...takes(HA_SAME_NODE),
    rpoSec: 0,
    reason: `HA sees that it does not run and starts it again on ${guest.node}`,
  };
}

/** A guest whose pool or disk died in a node that lives: HA does not look at disks. */
function poolFailure(index: ClusterIndex, state: ClusterState, guest: GuestModel): Outcome {
  const why = `its disk on ${guest.storage} of ${guest.node} is gone, and HA does nothing, for the node lives`;
  const replicas = (guest.replica?.nodes ?? []).filter((node) => !state.failed.has(node));
  if (!guest.replica || replicas.length === 0) return restore(index, state, guest, why);
  return {
    ...off(
      "stopped",
      `${why}: a person has to start it from its replica on ${listed(replicas)}, at most ${duration(guest.replica.everySec)} old`,
    ),
    rpoSec: guest.replica.everySec,
  };
}

function guestOutcome(
  index: ClusterIndex,
  state: ClusterState,
  manager: Manager | undefined,
  guest: GuestModel,
): Outcome {
  const own = state.loss.guests.find(({ name }) => name === guest.name);
  if (own && !state.failed.has(guest.node)) return ownFailure(guest, own.how);
  const pool = state.loss.pools.some(
    ({ node, storage }) => node === guest.node && storage === guest.storage,
  );
  if (pool && !state.failed.has(guest.node)) return poolFailure(index, state, guest);
  const trouble = state.ceph.get(guest.storage);
  if (trouble?.state === "lost") return restore(index, state, guest, trouble.reason);
  if (state.fenced.has(guest.node)) {
    return off(
      "stopped",
      `${noQuorum(state)}: ${guest.node} carries HA guests and resets itself after ${SELF_FENCE_SEC} s, and nothing starts there without quorum`,
    );
  }
  if (trouble) {
    const gone = state.dead.has(guest.node) || state.loss.off.includes(guest.node);
    return off("frozen", gone ? `${guest.node} is off, and ${trouble.reason}` : trouble.reason);
  }
  if (!state.failed.has(guest.node)) return stillRuns(state, guest);
  const disks = carriers(index, guest);
  if (disks?.every((node) => state.dead.has(node))) {
    const copies = disks.length > 1 ? "every copy of its disk was" : "its only disk was";
    return restore(index, state, guest, `${copies} on ${listed(disks)}`);
  }
  if (state.loss.isolated.includes(guest.node) && !armed(index, guest.node)) {
    const whom = state.loss.sides ? "only its side of the network reaches it" : "nobody reaches it";
    return off("stopped", `it runs on, but ${guest.node} is cut off: ${whom}`);
  }
  if (guest.immovable !== undefined) {
    return off("stopped", `it never moves (${guest.immovable}): off until ${guest.node} returns`);
  }
  if (!guest.ha && disks?.every((node) => state.failed.has(node))) {
    const copies = disks.length > 1 ? "every copy of its disk is" : "its only disk is";
    const back = disks.length > 1 ? "one of them" : listed(disks);
    return off("stopped", `${copies} on ${listed(disks)}, unharmed: off until ${back} returns`);
  }
  if (!guest.ha) {
    const replicas = (guest.replica?.nodes ?? []).filter((node) => !state.failed.has(node));
    const byHand =
      guest.replica && replicas.length > 0
        ? `; its replica on ${listed(replicas)}, at most ${duration(guest.replica.everySec)} old, can be started by hand`
        : "";
    return off(
      "stopped",
      `it is not under HA: nothing starts it until ${guest.node} returns${byHand}`,
    );
  }
  if (!state.quorum) {
    return off("waits", `${noQuorum(state)}: HA starts nothing until a node returns`);
  }
  const managed = manager?.managed.get(guest.name);
  if (!manager || !managed) throw new Error(`HA has not dealt with "${guest.name}"`);
  return recoveredOutcome(manager, managed);
}

/** Whether a node carries guests under HA, so that it resets itself when it is cut off. */
function armed(index: ClusterIndex, node: string): boolean {
  return (index.usage.haGuests.get(node) ?? 0) > 0;
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
    reason: `its node is not hit; until ${listed(lost)} ${lost.length === 1 ? "returns" : "return"} it has no replica there${last}`,
  };
}

/** What is left to do for HA after a failure, and what it has done. */
export interface Recovery {
  /** Nodes of the guests that HA has moved, where they can be predicted. */
  movedTo: Map<string, string>;
  /** What the guests of each surviving node take. */
  usage: Usage;
  /** Why HA chose the node of a guest, as far as somebody asks. */
  choices?: Map<string, string>;
}

/** What becomes of every guest, and where HA puts those that it starts elsewhere. */
export function guestOutcomes(
  index: ClusterIndex,
  state: ClusterState,
  unaffected: Readonly<Record<string, Outcome>>,
  explained = false,
): { outcomes: Record<string, Outcome>; recovery: Recovery } {
  const outcomes = { ...unaffected };
  const hit = new Set<GuestModel>();
  const add = (guests: readonly GuestModel[] | undefined) => {
    for (const guest of guests ?? []) hit.add(guest);
  };
  for (const node of [...state.failed].sort()) {
    add(index.guestsOn.get(node));
    add(index.replicasOn.get(node));
  }
  for (const node of state.fenced) add(index.guestsOn.get(node));
  for (const { name } of state.loss.guests) add([index.guests.get(name) ?? []].flat());
  for (const { node, storage } of state.loss.pools) {
    add(index.guestsOn.get(node)?.filter((guest) => guest.storage === storage));
  }
  for (const storage of state.ceph.keys()) add(index.guestsOnStorage.get(storage));
  const lost = [...hit].filter(
    (guest) => guest.ha && guest.immovable === undefined && state.failed.has(guest.node),
  );
  const manager = recoverGuests(index, state, lost);
  for (const guest of hit) outcomes[guest.name] = guestOutcome(index, state, manager, guest);
  const recovery: Recovery = {
    movedTo: new Map(),
    usage: manager.usage,
    ...(explained && { choices: new Map() }),
  };
  for (const one of manager.managed.values()) {
    const { name, node: home } = one.guest;
    const followed = state.failed.has(home) ? undefined : followedOutcome(one);
    if (followed) outcomes[name] = followed;
    if (outcomes[name]?.toNode === undefined && outcomes[name]?.status !== "restarts") continue;
    recovery.movedTo.set(name, one.node);
    recovery.choices?.set(name, choiceText(manager, one));
  }
  return { outcomes, recovery };
}

/** The outcome of every guest when nothing failed. */
export function allUnaffected(index: ClusterIndex): Record<string, Outcome> {
  return Object.fromEntries(index.cluster.guests.map((guest) => [guest.name, UNAFFECTED]));
}

/** Memory and cores of the nodes that received guests, in the order of the cluster. */
export function loadAfter(
  { cluster }: ClusterIndex,
  state: ClusterState,
  { movedTo, usage }: Recovery,
): NodeLoad[] {
  const received = new Set(movedTo.values());
  return state.survivors
    .filter((node) => received.has(node))
    .flatMap((node) => nodeLoad(cluster, usage, node) ?? []);
}
