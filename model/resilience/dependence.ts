import { sharedStorages } from "./failure-domains";
import { allFailures } from "./resilience";
import { compareOutcomes, isInterrupted } from "./severity";
import { domainFailures } from "./single-points";
import type { ClusterModel, Outcome } from "./types";

/** A service that is interrupted when one thing fails. */
export interface Dependence {
  service: string;
  /** Node, failure domain or shared storage. */
  on: string;
  outcome: Outcome;
}

/** How the dependence of a service on one thing changes. */
export interface DependenceChange {
  service: string;
  on: string;
  change: "depends" | "worse" | "better" | "independent";
  /** Absent when the service did not depend on it. */
  before?: Outcome;
  /** Absent when the service no longer depends on it. */
  after?: Outcome;
}

/** What each service depends on: everything whose loss alone interrupts it, were it for minutes. */
export function dependences(cluster: ClusterModel): Dependence[] {
  return [...allFailures(cluster, 1), ...domainFailures(cluster)].flatMap(({ failed, services }) =>
    Object.entries(services).flatMap(([service, outcome]) =>
      isInterrupted(outcome) ? [{ service, on: failed.join(" + "), outcome }] : [],
    ),
  );
}

const namesOf = (cluster: ClusterModel) =>
  new Set([
    ...cluster.nodes,
    ...(cluster.domains ?? []).map(({ name }) => name),
    ...sharedStorages(cluster),
  ]);

/**
 * How the dependences of services that both clusters have differ, the bad news first. What one of
 * the two does not have (a new node, a service that is gone) is no change of dependence, except
 * that a service may come to depend on what is new.
 */
export function dependenceChanges(before: ClusterModel, after: ClusterModel): DependenceChange[] {
  const key = ({ service, on }: Dependence) => JSON.stringify([service, on]);
  const was = new Map(dependences(before).map((one) => [key(one), one]));
  const now = new Map(dependences(after).map((one) => [key(one), one]));
  const known = new Set(before.services.map(({ name }) => name));
  const still = new Set(after.services.map(({ name }) => name));
  const there = namesOf(after);
  const changes = [...new Map([...was, ...now])].flatMap(
    ([id, { service, on }]): DependenceChange[] => {
      if (!known.has(service) || !still.has(service)) return [];
      const [old, current] = [was.get(id)?.outcome, now.get(id)?.outcome];
      const both = { service, on, ...(old && { before: old }), ...(current && { after: current }) };
      if (!old) return [{ ...both, change: "depends" }];
      if (!current) return there.has(on) ? [{ ...both, change: "independent" }] : [];
      const difference = compareOutcomes(current, old);
      if (difference === 0) return [];
      return [{ ...both, change: difference > 0 ? "worse" : "better" }];
    },
  );
  const order = { depends: 0, worse: 1, better: 2, independent: 3 };
  return changes.sort((a, b) => order[a.change] - order[b.change]);
}
