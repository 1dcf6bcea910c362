import { normalUsage, type Usage } from "../capacity/capacity";
import { addTo } from "../maps";
import { affinityOf } from "../placement/affinity";
import { clusterVotes, majorityOf, votesLeft } from "../placement/quorum";
import { type Loss, lossPlus } from "./failure-domains";
import type { ClusterModel, GuestModel, StorageModel } from "./types";

/** A cluster model, looked up from every side once, so that many failures can be tried. */
export interface ClusterIndex {
  cluster: ClusterModel;
  nodes: Set<string>;
  guests: Map<string, GuestModel>;
  guestsOn: Map<string, GuestModel[]>;
  guestsOnStorage: Map<string, GuestModel[]>;
  /** Guests by the node that has a replica of them. */
  replicasOn: Map<string, GuestModel[]>;
  /** What the guests of each node take while all is well. */
  usage: Usage;
  /** Guests that a guest must not meet, and that it must, by name. */
  apart: ReadonlyMap<string, ReadonlySet<string>>;
  together: ReadonlyMap<string, ReadonlySet<string>>;
  /** Placement of guests under HA, inherited from partners included. */
  ha: ReadonlyMap<string, Ha>;
  /**
   * Guests that are not where their rules would have them, for somebody they are kept apart from is
   * there: HA may move them when others are lost.
   */
  restless: GuestModel[];
}

/** What is left of the cluster itself. */
export interface ClusterState {
  loss: Loss;
  /** Nodes that do nothing for anybody: gone, without power, or cut off. */
  failed: ReadonlySet<string>;
  /** Nodes that are gone with their disks. */
  dead: ReadonlySet<string>;
  /** Nodes that are left in the cluster and see each other. */
  survivors: string[];
  /** Votes of nodes and quorum device while nothing is lost, what is left of them, what a quorum takes. */
  votes: { total: number; left: number; needed: number };
  quorum: boolean;
  /** Surviving nodes that reset themselves because they carry HA guests and have no quorum. */
  fenced: ReadonlySet<string>;
  /** Shared storages that do not work, with the reason. */
  ceph: Map<string, CephTrouble>;
}

/** Why a shared storage does not work. */
export interface CephTrouble {
  /** `lost`: every copy of some data was on a lost node. */
  state: "frozen" | "lost";
  reason: string;
}

/**
 * Ceph's own defaults for a pool: 3 copies (fewer if there are fewer hosts for them), and
 * `min_size` = size - floor(size/2), so 2 of 3 and 1 of 2.
 */
export function cephCopies(osdNodes: number): { copies: number; minCopies: number } {
  const copies = Math.min(3, osdNodes);
  return { copies, minCopies: copies - Math.floor(copies / 2) };
}

type Ha = NonNullable<GuestModel["ha"]>;

/** Id of a guest for HA, by which it orders them. */
export const sidOf = ({ sid, name }: GuestModel) => sid ?? name;

/** Whom guests must meet and must not, and their placement with what partners bring along. */
function placements(cluster: ClusterModel): Pick<ClusterIndex, "apart" | "together" | "ha"> {
  const names = new Map(cluster.guests.map((guest) => [guest.name, sidOf(guest)]));
  const bySid = new Map(cluster.guests.map((guest) => [sidOf(guest), guest]));
  const sids = (sets: readonly string[][]) =>
    sets.map((set) => set.map((name) => names.get(name) ?? name));
  const { apart, together, sets } = affinityOf(sids(cluster.keepTogether), sids(cluster.keepApart));
  const named = (map: Map<string, Set<string>>) => {
    const nameOf = (sid: string) => bySid.get(sid)?.name ?? sid;
    return new Map(
      [...map].map(([sid, others]) => [nameOf(sid), new Set([...others].map(nameOf))]),
    );
  };
  const ha = new Map(cluster.guests.flatMap(({ name, ha: own }) => (own ? [[name, own]] : [])));
  for (const set of sets) {
    const members = [...set].flatMap((sid) => bySid.get(sid) ?? []);
    const rule = members.find((guest) => Object.keys(guest.ha?.nodes ?? {}).length > 0)?.ha;
    if (!rule) continue;
    for (const guest of members) {
      if (!guest.ha || Object.keys(guest.ha.nodes).length > 0) continue;
      ha.set(guest.name, { ...guest.ha, nodes: rule.nodes, strict: rule.strict });
    }
  }
  return { apart: named(apart), together: named(together), ha };
}

/** Looks the cluster up from every side; throws when a guest names a node or storage that is not there. */
export function indexCluster(cluster: ClusterModel): ClusterIndex {
  const index: ClusterIndex = {
    cluster,
    nodes: new Set(cluster.nodes),
    guests: new Map(),
    guestsOn: new Map(),
    guestsOnStorage: new Map(),
    replicasOn: new Map(),
    usage: normalUsage(cluster),
    ...placements(cluster),
    restless: [],
  };
  const sorted = [...cluster.guests].sort((a, b) => (sidOf(a) < sidOf(b) ? -1 : 1));
  for (const guest of sorted) {
    if (!index.nodes.has(guest.node) || !cluster.storages[guest.storage]) {
      throw new Error(
        `guest "${guest.name}" names node "${guest.node}" and storage "${guest.storage}"; both must be in the model`,
      );
    }
    index.guests.set(guest.name, guest);
    addTo(index.guestsOn, guest.node, guest);
    addTo(index.guestsOnStorage, guest.storage, guest);
    for (const node of guest.replica?.nodes ?? []) addTo(index.replicasOn, node, guest);
  }
  return index;
}

function cephTrouble(
  storage: Extract<StorageModel, { kind: "ceph" }>,
  failed: ReadonlySet<string>,
  dead: ReadonlySet<string>,
): CephTrouble | undefined {
  const left = (nodes: readonly string[]) => nodes.filter((node) => !failed.has(node)).length;
  const [monitors, osds] = [left(storage.monitors), left(storage.osdNodes)];
  const majority = majorityOf(storage.monitors.length);
  const gone = storage.osdNodes.filter((node) => dead.has(node)).length;
  // With as many hosts gone as there are copies, some data was on exactly those hosts.
  if (gone >= storage.copies) {
    return {
      state: "lost",
      reason: `Ceph keeps ${storage.copies} copies and lost ${gone} of ${storage.osdNodes.length} nodes with OSDs, so some data has no copy left`,
    };
  }
  if (monitors < majority) {
    return {
      state: "frozen",
      reason: `Ceph has ${monitors} of ${storage.monitors.length} monitors and needs ${majority}: every disk there hangs until one returns`,
    };
  }
  if (osds < storage.minCopies) {
    return {
      state: "frozen",
      reason: `Ceph has ${osds} of ${storage.osdNodes.length} nodes with OSDs and writes to no fewer than ${storage.minCopies} copies: every disk there hangs until one returns`,
    };
  }
  return undefined;
}

/** Whether a majority of a storage's monitors is left. */
export function cephQuorum(index: ClusterIndex, { failed, loss }: ClusterState): boolean | null {
  const ceph = Object.entries(index.cluster.storages).flatMap(([name, storage]) =>
    storage.kind === "ceph" ? [{ name, monitors: storage.monitors }] : [],
  );
  if (ceph.length === 0) return null;
  return ceph.every(
    ({ name, monitors }) =>
      !loss.storages.includes(name) &&
      monitors.filter((node) => !failed.has(node)).length * 2 > monitors.length,
  );
}

/**
 * Quorum, self-fencing and Ceph after a loss.
 *
 * @param carriesHa whether a node carries guests under HA, so that its watchdog is armed
 */
export function clusterState(
  index: ClusterIndex,
  loss: Loss,
  carriesHa: (node: string) => boolean,
): ClusterState {
  const dead = new Set(loss.dead);
  // A node that only misses corosync runs on, but where its watchdog is armed it resets itself.
  const reset = loss.unlinked.filter(carriesHa);
  const failed = new Set([...loss.dead, ...loss.off, ...loss.isolated, ...reset]);
  const outside = new Set([...failed, ...loss.unlinked]);
  const survivors = index.cluster.nodes.filter((node) => !outside.has(node));
  const all = clusterVotes(index.cluster.nodes.length, index.cluster.quorumDevice === true);
  const left = votesLeft(all, survivors.length) - (loss.quorumDevice ? all.device : 0);
  const votes = { total: all.total, left: Math.max(0, left), needed: all.needed };
  const quorum = !loss.corosync && votes.left >= votes.needed;
  const ceph = new Map<string, CephTrouble>();
  for (const [name, storage] of Object.entries(index.cluster.storages)) {
    const trouble = storage.kind === "ceph" ? cephTrouble(storage, failed, dead) : undefined;
    if (trouble) ceph.set(name, trouble);
    else if (loss.storages.includes(name)) {
      const what = storage.kind === "ceph" ? "Ceph has no quorum" : "nobody reaches it";
      const reason = `the storage ${name} has failed (${what}): every disk there hangs until the storage returns`;
      ceph.set(name, { state: "frozen", reason });
    }
  }
  const fenced = new Set(quorum ? [] : survivors.filter(carriesHa));
  return { loss, failed, dead, survivors, votes, quorum, fenced, ceph };
}

/** The state after the loss of one more node. */
export function stateWithout(
  index: ClusterIndex,
  state: ClusterState,
  node: string,
  carriesHa: (node: string) => boolean,
): ClusterState {
  return clusterState(index, lossPlus(state.loss, node), carriesHa);
}

/** Whether the loss of any one more node takes quorum away. */
export function onItsLastVote(state: ClusterState): boolean {
  return state.quorum && state.votes.left === state.votes.needed;
}

/** Whether something on that node, with its disk on that storage, runs on. */
export function runs(state: ClusterState, node: string, storage: string | undefined): boolean {
  return reaches(state, node, storage) && !state.fenced.has(node);
}

/** The same while no node resets itself for lack of quorum. */
export function reaches(state: ClusterState, node: string, storage: string | undefined): boolean {
  return !state.failed.has(node) && (storage === undefined || !state.ceph.has(storage));
}
