import { addressOf } from "../../model/text";
import type { ObservedResource } from "../rule";
import { serviceAddresses } from "./address-plan";
import { guestsOf } from "./guests";
import { servicePools } from "./kubernetes/service-pools";
import { networkOf } from "./networks";
import { list, text } from "./resource";
import { carriers, vrrpComponents } from "./types";

/** Resources that certainly belong together, in a cluster that nothing tells. */
export interface Unplaced {
  resources: ObservedResource[];
  /** What each cluster that they may be of would see. */
  views: ObservedResource[][];
}

/** A program with several clusters, taken apart. */
export interface SiteViews {
  /** What each cluster sees: what is its own, and what is at home nowhere (tunnels, Kubernetes). */
  views: ObservedResource[][];
  /** Only what holds in each of its views certainly holds. */
  unplaced: Unplaced[];
}

/**
 * Takes a program apart into its clusters. Two houses may use the same private addresses, so a file for
 * 192.168.1.110 does not tell by its address alone which host it is for.
 */
export function siteViews(resources: readonly ObservedResource[]): SiteViews {
  const names = [
    ...new Set(
      resources.flatMap(({ site, among }) => [...(among?.sites ?? []), site ?? []].flat()),
    ),
  ];
  if (names.length < 2) return { views: [[...resources]], unplaced: [] };
  const reach = new Reach(resources, names);
  const groups = [...tiedTogether(resources, reach), ...kubernetesClusters(resources, reach)];
  const view = (name: string, also?: ReadonlySet<ObservedResource>) =>
    resources.filter((resource) => {
      if (resource.site !== undefined) return resource.site === name;
      const group = groups.find((one) => one.resources.has(resource));
      if (group === undefined || group.resources === also) return true;
      return group.sites.length === 1 && group.sites[0] === name;
    });
  return {
    views: names.map((name) => view(name)),
    unplaced: groups
      .filter(({ sites }) => sites.length > 1)
      .map((group) => ({
        resources: [...group.resources],
        views: group.sites.map((name) => view(name, group.resources)),
      })),
  };
}

/** Resources of one cluster, and the clusters that this may be. */
interface Group {
  resources: ReadonlySet<ObservedResource>;
  sites: readonly string[];
}

/** Whether a resource is about hosts of one cluster, so that it matters which. */
function isAboutHosts({ type }: ObservedResource): boolean {
  return [...carriers, ...vrrpComponents].some((known) => known === type);
}

/** Addresses or names of the hosts that a resource is about. */
function hostsIn({ props }: ObservedResource): string[] {
  const told = [
    text(props, "connection", "host"),
    ...list(props, "members").map((member) => text(member, "address")),
  ];
  return told.flatMap((host) => (host === undefined ? [] : addressOf(host)));
}

/** Which hosts there are in which cluster. */
class Reach {
  private readonly addresses: Map<string, Set<string>>;
  private readonly networks: Map<string, Set<string>>;
  /** The only cluster in which a host is reached. @default there are several, or none */
  private readonly only: string | undefined;

  constructor(
    resources: readonly ObservedResource[],
    private readonly names: readonly string[],
  ) {
    const own = names.map((name) => {
      const guests = guestsOf(resources.filter(({ site }) => site === name));
      return [name, guests.flatMap((guest) => guest.addresses)] as const;
    });
    this.addresses = new Map(own.map(([name, all]) => [name, new Set(all.map(addressOf))]));
    this.networks = new Map(own.map(([name, all]) => [name, new Set(all.map(networkOf))]));
    const reached = resources
      .filter((resource) => resource.site === undefined && isAboutHosts(resource))
      .flatMap(hostsIn)
      .flatMap((host) => names.filter((name) => this.addresses.get(name)?.has(host)));
    this.only = new Set(reached).size === 1 ? reached[0] : undefined;
  }

  /** The local network that an address is in, where a cluster has guests in it. */
  networkAt(host: string): string | undefined {
    const network = networkOf(host);
    return [...this.networks.values()].some((known) => known.has(network)) ? network : undefined;
  }

  /** The clusters that resources, which belong together, may be of. */
  sitesOf(group: readonly ObservedResource[]): readonly string[] {
    const proxies = group.flatMap((resource) => proxyOf(resource) ?? []);
    const hosts = group.flatMap(hostsIn);
    // Many log in through the host that the provider asks.
    const asked = this.names.filter((name) =>
      [...proxies, ...hosts].some((host) => name.replace(/:\d+$/, "") === host.toLowerCase()),
    );
    if (asked.length === 1) return asked;
    // Hosts of one cluster only: a host that the program does not make is most likely of that one too.
    if (this.only !== undefined && proxies.length === 0) return [this.only];
    const reached = this.best(this.addresses, hosts);
    const near = reached.length > 0 ? reached : this.around(hosts);
    return near.length > 0 ? near : this.names;
  }

  /** The clusters in whose local networks most of the addresses are; none where none is. */
  around(addresses: readonly string[]): readonly string[] {
    return this.best(this.networks, addresses.map(networkOf));
  }

  private best(known: ReadonlyMap<string, ReadonlySet<string>>, all: readonly string[]): string[] {
    const counts = this.names.map((name) => all.filter((one) => known.get(name)?.has(one)).length);
    const most = Math.max(...counts);
    return most === 0 ? [] : this.names.filter((_, index) => counts[index] === most);
  }
}

/** Resources about hosts whose cluster nothing tells, in groups that are certainly of one cluster. */
function tiedTogether(resources: readonly ObservedResource[], reach: Reach): Group[] {
  const open = resources.filter(
    (resource) => resource.site === undefined && isAboutHosts(resource),
  );
  const proxies = new Map<string, Set<string>>();
  for (const resource of open) {
    const [around, proxy] = [componentOf(resource), proxyOf(resource)];
    if (around === undefined || proxy === undefined) continue;
    proxies.set(around, new Set([...(proxies.get(around) ?? []), proxy]));
  }
  const groups = new Map<string, ObservedResource[]>();
  for (const resource of open) {
    const around = componentOf(resource);
    const [proxy, ...others] = proxies.get(around ?? "") ?? [];
    const way = proxyOf(resource) ?? (others.length === 0 ? proxy : undefined);
    const tie = way === undefined ? (around ?? placeOf(resource, reach)) : `through ${way}`;
    groups.set(tie, [...(groups.get(tie) ?? []), resource]);
  }
  return [...groups.values()].map((group) => ({
    resources: new Set(group),
    sites: reach.sitesOf(group),
  }));
}

/**
 * Kubernetes clusters, one for each provider, whose pools and Services lie in the local network of a site.
 * Others may be anywhere, and each site sees them.
 */
function kubernetesClusters(resources: readonly ObservedResource[], reach: Reach): Group[] {
  const clusters = new Map<string, ObservedResource[]>();
  for (const resource of resources) {
    if (resource.site !== undefined || !resource.type.startsWith("kubernetes:")) continue;
    const provider = resource.provider ?? "";
    clusters.set(provider, [...(clusters.get(provider) ?? []), resource]);
  }
  return [...clusters.values()].flatMap((group) => {
    const addresses = [
      ...servicePools(group).map(({ range }) => range.split(/[-/]/, 1).join("")),
      ...group.flatMap(serviceAddresses),
    ];
    const sites = reach.around(addresses);
    return sites.length > 0 ? [{ resources: new Set(group), sites }] : [];
  });
}

/** The component that a resource is in, or is. */
function componentOf({ type, urn, among }: ObservedResource): string | undefined {
  return among?.within ?? (vrrpComponents.some((known) => known === type) ? urn : undefined);
}

function proxyOf({ props }: ObservedResource): string | undefined {
  return text(props, "connection", "proxy", "host");
}

/** The network that a host is reached in: from one place it is one cluster's, whoever uses it too. */
function placeOf(resource: ObservedResource, reach: Reach): string {
  const [host] = hostsIn(resource);
  return (host === undefined ? undefined : reach.networkAt(host)) ?? resource.urn;
}
