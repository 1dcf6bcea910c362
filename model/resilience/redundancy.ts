import {
  type ClusterIndex,
  type ClusterState,
  onItsLastVote,
  reaches,
  stateWithout,
} from "./cluster";
import { type Known, neededOf, placeAfter } from "./services";
import type { ServiceModel } from "./types";

/** A failure that has been dealt with: what HA restarts is taken as running again. */
export interface Settled {
  known: Known;
  /** Whether a node carries guests under HA now. */
  carriesHa: (node: string) => boolean;
  /** The state after the loss of one more node, remembered. */
  next: Map<string, ClusterState>;
}

function stateAfter(index: ClusterIndex, settled: Settled, node: string): ClusterState {
  const found = settled.next.get(node);
  if (found) return found;
  const state = stateWithout(index, settled.known.state, node, settled.carriesHa);
  settled.next.set(node, state);
  return state;
}

/** Nodes whose loss can matter to these places; when quorum hangs on one vote, that is all of them. */
function suspects(
  index: ClusterIndex,
  settled: Settled,
  places: readonly { node: string; storage: string | undefined }[],
): string[] {
  const { state } = settled.known;
  if (onItsLastVote(state)) return state.survivors;
  const nodes = new Set<string>();
  for (const { node, storage: name } of places) {
    nodes.add(node);
    const storage = name === undefined ? undefined : index.cluster.storages[name];
    if (storage?.kind !== "ceph") continue;
    for (const other of [...storage.monitors, ...storage.osdNodes]) nodes.add(other);
  }
  return [...nodes].filter((node) => !state.failed.has(node));
}

/** A node whose loss takes a service down. */
export interface FatalNode {
  node: string;
  /** Whether it does so only because nodes without quorum reset themselves. */
  byQuorum: boolean;
}

/** The nodes whose loss, on top of a settled failure, takes a service down, in the order of the cluster. */
export function fatalNodes(
  index: ClusterIndex,
  services: ReadonlyMap<string, ServiceModel>,
  settled: Settled,
  service: ServiceModel,
): FatalNode[] {
  const fatal = new Map<string, boolean>();
  const add = (node: string, byQuorum: boolean) =>
    fatal.set(node, byQuorum && fatal.get(node) !== false);
  for (const layer of service.layers) {
    const places = layer.members.flatMap(
      (member) => placeAfter(index, settled.known, member) ?? [],
    );
    const needed = neededOf(layer, places.length);
    for (const node of suspects(index, settled, places)) {
      const state = stateAfter(index, settled, node);
      const reached = places.filter((place) => reaches(state, place.node, place.storage));
      const living = reached.filter((place) => !state.fenced.has(place.node));
      if (living.length < needed) add(node, reached.length >= needed);
    }
  }
  for (const name of service.needs) {
    const need = services.get(name);
    if (!need) continue;
    for (const { node, byQuorum } of fatalNodes(index, services, settled, need)) {
      add(node, byQuorum);
    }
  }
  return index.cluster.nodes.flatMap((node) => {
    const byQuorum = fatal.get(node);
    return byQuorum === undefined ? [] : [{ node, byQuorum }];
  });
}
