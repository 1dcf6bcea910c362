import type { ObservedResource } from "../rule";
import { UNKNOWN } from "./plain";

// A provider manages one cluster: VMIDs, node names, private addresses, router ids and names of rules
// mean something there and nowhere else. So whatever is judged over several resources is judged within
// one cluster, which here is called a site.

/** What tells the site of a resource. */
export type Placed = Pick<
  ObservedResource,
  "urn" | "type" | "parent" | "provider" | "dependencies"
>;

/** Configured endpoint of a provider, by its URN: a text, `UNKNOWN`, or nothing where none is written. */
export type Endpoints = ReadonlyMap<string, unknown>;

/** Sites of resources, by URN. */
export interface SiteIndex {
  /** Site of each resource that certainly belongs to one. @default it is not told, or there is one site */
  sites: ReadonlyMap<string, string>;
  /** Providers whose endpoint is known after the update only: whether two are of one cluster is not known. */
  unsure: ReadonlySet<string>;
  /** All sites, where there are several. */
  names: readonly string[];
  /** Component around each resource of no certain site that is of one site as a whole, by URN. */
  within: ReadonlyMap<string, string>;
}

const siteComponent = "homelab:components:Site";

const isProxmox = ({ type }: Pick<ObservedResource, "type">) => /^proxmox(ve)?:/.test(type);

/** The cluster behind a provider; two providers with one endpoint (such as for two users) are of one. */
function clusterOf(provider: string | undefined, endpoints: Endpoints): string {
  if (provider === undefined) return "";
  if (!endpoints.has(provider)) return provider;
  const endpoint = endpoints.get(provider);
  if (endpoint === UNKNOWN) return provider;
  // Without one, the environment of the program names it, the same for all.
  if (typeof endpoint !== "string" || endpoint === "") return "";
  return (URL.canParse(endpoint) && new URL(endpoint).host) || endpoint;
}

/**
 * Finds the site of every resource: of one of Proxmox by its provider, of any other by the component
 * around it, where all that it has of Proxmox is of one cluster.
 *
 * @param resources all of a stack, whether a rule looks at them or not
 */
export function siteIndex(resources: readonly Placed[], endpoints: Endpoints): SiteIndex {
  const proxmox = resources.filter(isProxmox);
  const clusters = new Set(proxmox.map(({ provider }) => clusterOf(provider, endpoints)));
  const ownSites = resources.filter(({ type }) => type === siteComponent);
  if (clusters.size < 2 && ownSites.length < 2) {
    return { sites: new Map(), unsure: new Set(), names: [], within: new Map() };
  }
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const above = (urn: string | undefined): string[] => {
    const around: string[] = [];
    for (let at = urn; at !== undefined && !around.includes(at); at = byUrn.get(at)?.parent) {
      around.push(at);
    }
    return around;
  };
  const within = new Map<string, Set<string>>();
  for (const resource of proxmox) {
    for (const urn of above(resource.urn)) {
      const found = within.get(urn) ?? new Set<string>();
      within.set(urn, found.add(clusterOf(resource.provider, endpoints)));
    }
  }
  const own = new Map(ownSites.map(({ urn }) => [urn, [...(within.get(urn) ?? [urn])][0] ?? urn]));
  const siteOf = (resource: Placed): string | undefined => {
    if (isProxmox(resource)) return clusterOf(resource.provider, endpoints);
    for (const urn of above(resource.urn)) {
      const site = own.get(urn);
      if (site !== undefined) return site;
      const found = within.get(urn);
      // The stack itself is around everything, and is no place of its own.
      if (found === undefined || isStack(urn)) continue;
      return found.size === 1 ? [...found][0] : undefined;
    }
    return undefined;
  };
  const sites = new Map<string, string>();
  for (const resource of resources) {
    const site = siteOf(resource);
    if (site !== undefined) sites.set(resource.urn, site);
  }
  const names = [...new Set(sites.values())];
  const around = outermost(resources, (urn) => within.has(urn) || isStack(urn), above);
  for (const [urn, site] of byDependencies(resources, sites, around)) sites.set(urn, site);
  const unsure = proxmox.flatMap(({ provider }) =>
    provider !== undefined && endpoints.get(provider) === UNKNOWN ? [provider] : [],
  );
  return { sites, unsure: new Set(unsure), names, within: around };
}

/** The outermost component around each resource that has nothing of Proxmox in it. */
function outermost(
  resources: readonly Placed[],
  isMixed: (urn: string) => boolean,
  above: (urn: string) => string[],
): Map<string, string> {
  return new Map(
    resources.map(({ urn }): [string, string] => {
      const chain = above(urn);
      const mixed = chain.findIndex(isMixed);
      return [urn, (mixed < 0 ? chain : chain.slice(0, mixed)).at(-1) ?? urn];
    }),
  );
}

/**
 * Sites of what waits for things of one site only: a file for a guest that the program makes depends on
 * that guest, at once or through other commands.
 */
function byDependencies(
  resources: readonly Placed[],
  sites: ReadonlyMap<string, string>,
  around: ReadonlyMap<string, string>,
): [string, string][] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const groupOf = (urn: string) => around.get(urn) ?? urn;
  const own = new Map<string, string>();
  const met = new Map<string, Set<string>>();
  for (const { urn } of resources) {
    if (sites.has(urn)) continue;
    const found = new Set<string>();
    const seen = new Set([urn]);
    for (const at of seen) {
      const site = sites.get(at);
      if (site !== undefined) found.add(site);
      else for (const next of byUrn.get(at)?.dependencies ?? []) seen.add(next);
    }
    const [site] = found;
    if (site !== undefined && found.size === 1) own.set(urn, site);
    const group = met.get(groupOf(urn)) ?? new Set<string>();
    met.set(groupOf(urn), new Set([...group, ...found]));
  }
  return resources.flatMap(({ urn }): [string, string][] => {
    const [whole, ...others] = met.get(groupOf(urn)) ?? [];
    const site = others.length === 0 ? whole : own.get(urn);
    return site === undefined || sites.has(urn) ? [] : [[urn, site]];
  });
}

const isStack = (urn: string) => urn.split("::")[2] === "pulumi:pulumi:Stack";

/** A resource with the site that the index has for it. */
export function inItsSite(
  resource: ObservedResource,
  { sites, unsure, names, within }: SiteIndex,
): ObservedResource {
  const site = sites.get(resource.urn);
  if (site === undefined) {
    if (names.length < 2) return resource;
    const around = within.get(resource.urn);
    return {
      ...resource,
      among: {
        sites: names,
        ...(around !== undefined && around !== resource.urn && { within: around }),
      },
    };
  }
  const { provider } = resource;
  const open = isProxmox(resource) && provider !== undefined && unsure.has(provider);
  return { ...resource, site, ...(open && { siteUnsure: true }) };
}
