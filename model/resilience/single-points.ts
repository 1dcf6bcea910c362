import { addTo } from "../maps";
import { sharedStorages } from "./failure-domains";
import { allFailures, eachFailure } from "./resilience";
import { neededOf } from "./services";
import { isDown } from "./severity";
import type { ClusterModel, FailureDomain, FailureReport, ServiceModel } from "./types";

/** Something whose loss alone takes services down. */
export interface SinglePoint {
  kind: "node" | FailureDomain["kind"] | "storage" | "guest";
  name: string;
  /** Services that nobody serves until it is back or somebody acts. */
  services: string[];
}

/** The loss of each failure domain and of each storage that nodes share. */
export function domainFailures(cluster: ClusterModel): FailureReport[] {
  const names = (cluster.domains ?? []).map(({ name }) => name);
  return eachFailure(cluster, [...names, ...sharedStorages(cluster)]);
}

/** Guests without which a service has too few members, looked up through what it needs. */
function soleGuests(
  services: ReadonlyMap<string, ServiceModel>,
  service: ServiceModel,
  known: Map<string, string[]>,
): string[] {
  const done = known.get(service.name);
  if (done) return done;
  const own = service.layers.flatMap((layer) => {
    const left = layer.members.length - 1;
    if (left >= neededOf(layer, left)) return [];
    return layer.members.flatMap(({ guest }) => guest ?? []);
  });
  const below = service.needs.flatMap((name) => {
    const need = services.get(name);
    return need ? soleGuests(services, need, known) : [];
  });
  const found = [...new Set([...own, ...below])];
  known.set(service.name, found);
  return found;
}

/**
 * Single points of failure: nodes, failure domains and shared storages whose loss takes a service
 * down, and guests that are the only ones of their service. What HA starts again elsewhere is not
 * down. The more services, the earlier in the list of its kind.
 */
export function singlePoints(
  cluster: ClusterModel,
  singles: readonly FailureReport[] = allFailures(cluster, 1),
  domains: readonly FailureReport[] = domainFailures(cluster),
): SinglePoint[] {
  const kindOf = new Map<string, SinglePoint["kind"]>([
    ...cluster.nodes.map((name) => [name, "node"] as const),
    ...(cluster.domains ?? []).map(({ name, kind }) => [name, kind] as const),
    ...sharedStorages(cluster).map((name) => [name, "storage"] as const),
  ]);
  const places = [...singles, ...domains].flatMap(({ failed, services }): SinglePoint[] => {
    const down = Object.keys(services).filter((name) => isDown(services[name]));
    const name = failed.join(" + ");
    return down.length > 0 ? [{ kind: kindOf.get(name) ?? "node", name, services: down }] : [];
  });
  const services = new Map(cluster.services.map((service) => [service.name, service]));
  const known = new Map<string, string[]>();
  const ofGuest = new Map<string, string[]>();
  for (const service of cluster.services) {
    for (const guest of soleGuests(services, service, known)) addTo(ofGuest, guest, service.name);
  }
  const guests = [...ofGuest].map(
    ([name, found]): SinglePoint => ({ kind: "guest", name, services: found }),
  );
  const order = ["node", "rack", "ups", "switch", "storage", "guest"];
  return [...places, ...guests].sort(
    (a, b) =>
      order.indexOf(a.kind) - order.indexOf(b.kind) || b.services.length - a.services.length,
  );
}
