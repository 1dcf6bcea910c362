import {
  type ClusterIndex,
  cephQuorum,
  clusterState,
  indexCluster,
  onItsLastVote,
} from "./resilience-cluster";
import { allUnaffected, guestOutcomes } from "./resilience-guests";
import { fatalNodes, type Settled } from "./resilience-redundancy";
import { type Known, serviceOutcome } from "./resilience-services";
import type { ClusterModel, FailureReport, Outcome, ServiceModel } from "./resilience-types";
import { listed } from "./words";

export { cephCopies } from "./resilience-cluster";
export type * from "./resilience-types";

/** A cluster made ready to try many failures. */
interface Prepared {
  index: ClusterIndex;
  unaffected: Record<string, Outcome>;
  services: Map<string, ServiceModel>;
  /** Services that survive the loss of any one node: only they have a redundancy to lose. */
  redundant: Set<string>;
}

function prepare(cluster: ClusterModel): Prepared {
  const index = indexCluster(cluster);
  const prepared: Prepared = {
    index,
    unaffected: allUnaffected(index),
    services: new Map(cluster.services.map((service) => [service.name, service])),
    redundant: new Set(),
  };
  const healthy = settle(prepared, new Set());
  for (const service of cluster.services) {
    if (fatalNodes(index, prepared.services, healthy, service).length === 0) {
      prepared.redundant.add(service.name);
    }
  }
  return prepared;
}

/** Everything but redundancy: the cluster, the guests, and each service for itself. */
function settle(prepared: Prepared, failed: ReadonlySet<string>): Settled {
  const { index, services } = prepared;
  const state = clusterState(index, failed, (node) => (index.haLoad.get(node) ?? 0) > 0);
  const { outcomes, recovery } = guestOutcomes(index, state, prepared.unaffected);
  const known: Known = { state, guests: outcomes, services: new Map() };
  for (const service of services.values()) serviceOutcome(services, known, service);
  return { known, carriesHa: (node) => (recovery.load.get(node) ?? 0) > 0, next: new Map() };
}

function withRedundancy(prepared: Prepared, settled: Settled, service: ServiceModel): Outcome {
  const outcome = settled.known.services.get(service.name);
  if (!outcome) throw new Error(`service "${service.name}" was not judged`);
  const goesOn = outcome.status === "unaffected" || outcome.status === "failover";
  if (!goesOn || !prepared.redundant.has(service.name)) return outcome;
  const nextLoss = fatalNodes(prepared.index, prepared.services, settled, service);
  if (nextLoss.length === 0) return outcome;
  const { state } = settled.known;
  const quorumToo = onItsLastVote(state) ? ", as the cluster then has no quorum" : "";
  return {
    ...outcome,
    status: outcome.status === "unaffected" ? "degraded" : outcome.status,
    reason: `${outcome.reason}; the loss of ${listed(nextLoss, 5, "or")} next takes it down${quorumToo}`,
    nextLoss,
  };
}

function report(prepared: Prepared, failed: readonly string[]): FailureReport {
  const { index } = prepared;
  const stranger = failed.find((node) => !index.nodes.has(node));
  if (stranger !== undefined) {
    throw new Error(
      `node "${stranger}" cannot fail, the cluster has ${listed([...index.nodes], 10)}; name one of them`,
    );
  }
  const settled = settle(prepared, new Set(failed));
  const { state, guests } = settled.known;
  return {
    failed: [...failed],
    corosyncQuorum: state.quorum,
    cephQuorum: cephQuorum(index, state.failed),
    guests,
    services: Object.fromEntries(
      index.cluster.services.map((service) => [
        service.name,
        withRedundancy(prepared, settled, service),
      ]),
    ),
  };
}

/**
 * What the loss of these nodes at once does to every guest and every service, until they return.
 *
 * Quorum is floor(N/2)+1 votes; without it nodes that carry HA guests reset themselves and nothing
 * starts. Ceph works with a majority of its monitors and enough hosts for `minCopies`. HA restarts a
 * guest on the most preferred surviving node that has its disk, one guest after the other, within
 * its group and apart from those it must not meet. Memory is not counted.
 */
export function simulate(cluster: ClusterModel, failed: string[]): FailureReport {
  return report(prepare(cluster), failed);
}

/** Every loss of exactly `count` nodes, in the order of the cluster's nodes. */
export function allFailures(cluster: ClusterModel, count: 1 | 2): FailureReport[] {
  const prepared = prepare(cluster);
  const { nodes } = cluster;
  if (count === 1) return nodes.map((node) => report(prepared, [node]));
  return nodes.flatMap((first, index) =>
    nodes.slice(index + 1).map((second) => report(prepared, [first, second])),
  );
}
