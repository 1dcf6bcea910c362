import { addTo } from "./maps";
import {
  type ClusterIndex,
  cephQuorum,
  clusterState,
  indexCluster,
  onItsLastVote,
} from "./resilience-cluster";
import { allUnaffected, guestOutcomes } from "./resilience-guests";
import { fatalNodes, type Settled } from "./resilience-redundancy";
import { type Known, serviceOutcome, UNAFFECTED } from "./resilience-services";
import type { ClusterModel, FailureReport, Outcome, ServiceModel } from "./resilience-types";
import { listed } from "./words";

export { cephCopies } from "./resilience-cluster";
export type * from "./resilience-types";

/** A cluster made ready to try many failures. */
interface Prepared {
  index: ClusterIndex;
  unaffectedGuests: Record<string, Outcome>;
  unaffectedServices: Record<string, Outcome>;
  services: Map<string, ServiceModel>;
  /** Services with a member on a node. */
  servicesOn: Map<string, ServiceModel[]>;
  /** Services with a member whose disk is on a storage. */
  servicesOnStorage: Map<string, ServiceModel[]>;
  /** Services that stand on other services. */
  dependents: ServiceModel[];
  /** Services that survive the loss of any one node: only they have a redundancy to lose. */
  redundant: ServiceModel[];
}

function prepare(cluster: ClusterModel): Prepared {
  const index = indexCluster(cluster);
  const prepared: Prepared = {
    index,
    unaffectedGuests: allUnaffected(index),
    unaffectedServices: Object.fromEntries(
      cluster.services.map((service) => [service.name, UNAFFECTED]),
    ),
    services: new Map(cluster.services.map((service) => [service.name, service])),
    servicesOn: new Map(),
    servicesOnStorage: new Map(),
    dependents: [],
    redundant: [],
  };
  for (const service of cluster.services) {
    for (const member of service.layers.flatMap((layer) => layer.members)) {
      addTo(prepared.servicesOn, member.node, service);
      const guest = member.guest === undefined ? undefined : index.guests.get(member.guest);
      if (guest) addTo(prepared.servicesOnStorage, guest.storage, service);
    }
    const stacked = service.layers.some((layer) => layer.api !== undefined);
    if (stacked || service.needs.length > 0) prepared.dependents.push(service);
  }
  const healthy = settle(prepared, new Set());
  prepared.redundant = cluster.services.filter(
    (service) => fatalNodes(index, prepared.services, healthy, service).length === 0,
  );
  return prepared;
}

/** Everything but redundancy: the cluster, the guests, and each service that can be hit. */
function settle(prepared: Prepared, failed: ReadonlySet<string>): Settled {
  const { index, services } = prepared;
  const state = clusterState(index, failed, (node) => (index.haLoad.get(node) ?? 0) > 0);
  const { outcomes, recovery } = guestOutcomes(index, state, prepared.unaffectedGuests);
  const known: Known = { state, guests: outcomes, services: new Map() };
  const touched = [
    ...[...state.failed, ...state.fenced].map((node) => prepared.servicesOn.get(node)),
    ...[...state.ceph.keys()].map((storage) => prepared.servicesOnStorage.get(storage)),
    prepared.dependents,
  ];
  for (const service of touched.flatMap((some) => some ?? [])) {
    serviceOutcome(services, known, service);
  }
  return { known, carriesHa: (node) => (recovery.load.get(node) ?? 0) > 0, next: new Map() };
}

/** Whether some of these losses are fatal only because nodes without quorum reset themselves. */
function takesQuorum(
  prepared: Prepared,
  settled: Settled,
  service: ServiceModel,
  fatal: number,
): boolean {
  if (!onItsLastVote(settled.known.state)) return false;
  const unarmed: Settled = { ...settled, carriesHa: () => false, next: new Map() };
  return fatalNodes(prepared.index, prepared.services, unarmed, service).length < fatal;
}

function withRedundancy(prepared: Prepared, settled: Settled, service: ServiceModel): Outcome {
  const outcome = settled.known.services.get(service.name) ?? UNAFFECTED;
  if (outcome.status !== "unaffected" && outcome.status !== "failover") return outcome;
  const nextLoss = fatalNodes(prepared.index, prepared.services, settled, service);
  if (nextLoss.length === 0) return outcome;
  const why = takesQuorum(prepared, settled, service, nextLoss.length)
    ? ", as the cluster then has no quorum"
    : "";
  return {
    ...outcome,
    status: outcome.status === "unaffected" ? "degraded" : outcome.status,
    reason: `${outcome.reason}; the loss of ${listed(nextLoss, 5, "or")} next takes it down${why}`,
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
  const services = { ...prepared.unaffectedServices };
  for (const [name, outcome] of settled.known.services) services[name] = outcome;
  for (const service of prepared.redundant) {
    services[service.name] = withRedundancy(prepared, settled, service);
  }
  return {
    failed: [...failed],
    corosyncQuorum: state.quorum,
    cephQuorum: cephQuorum(index, state.failed),
    guests,
    services,
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
