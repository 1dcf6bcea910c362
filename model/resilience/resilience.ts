import { addTo } from "../maps";
import { listed } from "../text";
import {
  type ClusterIndex,
  type ClusterState,
  cephQuorum,
  clusterState,
  indexCluster,
} from "./cluster";
import { type Loss, lossOf, lossOfNodes } from "./failure-domains";
import { allUnaffected, guestOutcomes, loadAfter, type Recovery } from "./guests";
import { restlessGuests } from "./ha-manager";
import { fatalNodes, type Settled } from "./redundancy";
import { type Known, serviceOutcome, UNAFFECTED } from "./services";
import type { ClusterModel, FailureReport, Outcome, ServiceModel } from "./types";

export { cephCopies } from "./cluster";
export type * from "./types";

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
  const carriesNone = () => false;
  index.restless = restlessGuests(index, clusterState(index, lossOfNodes([]), carriesNone));
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
  const healthy = settle(prepared, lossOfNodes([]));
  prepared.redundant = cluster.services.filter(
    (service) => fatalNodes(index, prepared.services, healthy, service).length === 0,
  );
  return prepared;
}

/** Something outside the cluster that is gone; nothing inside brings it back. */
function outsideOutcome(name: string): Outcome {
  return { status: "stopped", rtoSec: null, rpoSec: 0, reason: `${name} is gone` };
}

/** It answers, but nobody takes the answer. A second member has the same certificates. */
const expiredOutcome: Outcome = {
  status: "stopped",
  rtoSec: null,
  rpoSec: 0,
  reason: "its certificates have run out: it answers, and clients refuse it until they are renewed",
};

/** Everything but redundancy: the cluster, the guests, and each service that can be hit. */
function settle(
  prepared: Prepared,
  loss: Loss,
  explained = false,
  given: Readonly<Record<string, Outcome>> = {},
): Settled & { recovery: Recovery } {
  const { index, services } = prepared;
  const armed = ({ haGuests }: Recovery["usage"]) => {
    return (node: string) => (haGuests.get(node) ?? 0) > 0;
  };
  const state = clusterState(index, loss, armed(index.usage));
  const { outcomes, recovery } = guestOutcomes(index, state, prepared.unaffectedGuests, explained);
  const known: Known = { state, guests: { ...outcomes, ...given }, services: new Map() };
  for (const name of loss.outside) known.services.set(name, outsideOutcome(name));
  for (const pair of loss.certificates) {
    const name = index.cluster.certificates?.[pair];
    if (name !== undefined) known.services.set(name, expiredOutcome);
  }
  const touched = [
    ...loss.guests.map(({ name }) => prepared.servicesOn.get(index.guests.get(name)?.node ?? "")),
    ...loss.pools.map(({ node }) => prepared.servicesOn.get(node)),
    ...[...state.failed, ...state.fenced].map((node) => prepared.servicesOn.get(node)),
    ...[...state.ceph.keys()].map((storage) => prepared.servicesOnStorage.get(storage)),
    ...Object.keys(given).map((name) =>
      prepared.servicesOn.get(index.guests.get(name)?.node ?? ""),
    ),
    prepared.dependents,
  ];
  for (const service of touched.flatMap((some) => some ?? [])) {
    serviceOutcome(services, known, service);
  }
  return { known, carriesHa: armed(recovery.usage), next: new Map(), recovery };
}

function withRedundancy(prepared: Prepared, settled: Settled, service: ServiceModel): Outcome {
  const outcome = settled.known.services.get(service.name) ?? UNAFFECTED;
  if (outcome.status !== "unaffected" && outcome.status !== "failover") return outcome;
  const fatal = fatalNodes(prepared.index, prepared.services, settled, service);
  if (fatal.length === 0) return outcome;
  const nextLoss = fatal.map(({ node }) => node);
  const why = fatal.some(({ byQuorum }) => byQuorum) ? ", as the cluster then has no quorum" : "";
  return {
    ...outcome,
    status: outcome.status === "unaffected" ? "degraded" : outcome.status,
    reason: `${outcome.reason}; the loss of ${listed(nextLoss, 5, "or")} next takes it down${why}`,
    nextLoss,
  };
}

function report(prepared: Prepared, loss: Loss): FailureReport {
  return reportOf(prepared, settle(prepared, loss));
}

function reportOf(prepared: Prepared, settled: Settled & { recovery: Recovery }): FailureReport {
  const { index } = prepared;
  const { state, guests } = settled.known;
  const services = { ...prepared.unaffectedServices };
  for (const [name, outcome] of settled.known.services) services[name] = outcome;
  for (const service of prepared.redundant) {
    services[service.name] = withRedundancy(prepared, settled, service);
  }
  const load = loadAfter(index, state, settled.recovery);
  return {
    failed: [...state.loss.names],
    corosyncQuorum: state.quorum,
    cephQuorum: cephQuorum(index, state),
    guests,
    services,
    ...(load.length > 0 && { load }),
  };
}

/**
 * What the loss of these at once does to every guest and every service, until they return.
 *
 * Quorum is more than half of the votes (see `clusterVotes`); without it nodes that carry HA guests reset themselves and nothing
 * starts. Ceph works with a majority of its monitors and enough hosts for `minCopies`. HA restarts a
 * guest on a surviving node of the highest class that has its disk, in the order of the scheduler,
 * one guest after the other, within its group, apart from those it must not meet, and where its
 * memory fits.
 *
 * @param failed nodes, failure domains, shared storages, or `corosync`
 * @throws Error for any other name
 */
export function simulate(cluster: ClusterModel, failed: string[]): FailureReport {
  return report(prepare(cluster), lossOf(cluster, failed));
}

/** One failure with what a person who asks for it wants to know besides. */
export interface Explained {
  report: FailureReport;
  state: ClusterState;
  /** Why HA chose the node of each guest that it restarted, by name of the guest. */
  choices: ReadonlyMap<string, string>;
}

/**
 * The same as `simulate`, with the reasons of HA's choices.
 *
 * @param failed what fails; nothing where only `given` counts
 * @param given outcomes of guests that are known otherwise, as those of a planned stop
 */
export type Explain = (failed: string[], given?: Readonly<Record<string, Outcome>>) => Explained;

/** Makes a cluster ready once, to explain any number of failures of it. */
export function explainer(cluster: ClusterModel): Explain {
  const prepared = prepare(cluster);
  return (failed, given = {}) => {
    const settled = settle(prepared, lossOf(cluster, failed), true, given);
    return {
      report: reportOf(prepared, settled),
      state: settled.known.state,
      choices: settled.recovery.choices ?? new Map(),
    };
  };
}

/** One failure of a cluster of which nothing else is asked. */
export function explain(cluster: ClusterModel, failed: string[]): Explained {
  return explainer(cluster)(failed);
}

/** Every loss of exactly `count` nodes, in the order of the cluster's nodes. */
export function allFailures(cluster: ClusterModel, count: 1 | 2): FailureReport[] {
  const prepared = prepare(cluster);
  const { nodes } = cluster;
  if (count === 1) return nodes.map((node) => report(prepared, lossOfNodes([node])));
  return nodes.flatMap((first, index) =>
    nodes.slice(index + 1).map((second) => report(prepared, lossOfNodes([first, second]))),
  );
}

/** The loss of each of these, one at a time. */
export function eachFailure(cluster: ClusterModel, names: readonly string[]): FailureReport[] {
  const prepared = prepare(cluster);
  return names.map((name) => report(prepared, lossOf(cluster, [name])));
}
