import { addressOf } from "../../model/text";
import type { ObservedResource } from "../rule";
import { guestsOf } from "./guests";
import { UNKNOWN } from "./plain";
import { text } from "./resource";

// A provider manages one cluster: VMIDs, node names, private addresses, router ids and names of rules
// mean something there and nowhere else. So whatever is judged over several resources is judged within
// one cluster, which here is called a site.

/** What tells the site of a resource. */
export type Placed = Pick<ObservedResource, "urn" | "type" | "parent" | "provider">;

/** Configured endpoint of a provider, by its URN: a text, `UNKNOWN`, or nothing where none is written. */
export type Endpoints = ReadonlyMap<string, unknown>;

/** Sites of resources, by URN. */
export interface SiteIndex {
  /** Site of each resource that certainly belongs to one. @default it is not told, or there is one site */
  sites: ReadonlyMap<string, string>;
  /** Providers whose endpoint is known after the update only: whether two are of one cluster is not known. */
  unsure: ReadonlySet<string>;
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
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
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
  if (clusters.size < 2 && ownSites.length < 2) return { sites: new Map(), unsure: new Set() };
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
  const sites = resources.flatMap((resource): [string, string][] => {
    const site = siteOf(resource);
    return site === undefined ? [] : [[resource.urn, site]];
  });
  const unsure = proxmox.flatMap(({ provider }) =>
    provider !== undefined && endpoints.get(provider) === UNKNOWN ? [provider] : [],
  );
  return { sites: new Map(sites), unsure: new Set(unsure) };
}

const isStack = (urn: string) => urn.split("::")[2] === "pulumi:pulumi:Stack";

/** A resource with the site that the index has for it. */
export function inItsSite(
  resource: ObservedResource,
  { sites, unsure }: SiteIndex,
): ObservedResource {
  const site = sites.get(resource.urn);
  if (site === undefined) return resource;
  const { provider } = resource;
  const open = isProxmox(resource) && provider !== undefined && unsure.has(provider);
  return { ...resource, site, ...(open && { siteUnsure: true }) };
}

/**
 * What each site sees: what is its own, and everything of which nothing says that it is of another.
 * Two houses may use the same private addresses.
 */
export function siteViews(resources: readonly ObservedResource[]): ObservedResource[][] {
  const names = [...new Set(resources.flatMap(({ site }) => site ?? []))];
  if (names.length < 2) return [[...resources]];
  const addresses = new Map(
    names.map((name) => {
      const guests = guestsOf(resources.filter(({ site }) => site === name));
      return [name, new Set(guests.flatMap((guest) => guest.addresses.map(addressOf)))];
    }),
  );
  /** Sites of whose guests one has the address at which a resource logs in. */
  const reached = (resource: ObservedResource) => {
    const host = text(resource.props, "connection", "host");
    return host === undefined ? [] : names.filter((name) => addresses.get(name)?.has(host));
  };
  const open = resources.filter(({ site }) => site === undefined);
  const known = new Set(open.flatMap((resource) => reached(resource)));
  return names.map((name) =>
    resources.filter((resource) => {
      if (resource.site !== undefined) return resource.site === name;
      const found = reached(resource);
      // Hosts of one site only: a host that the stack does not make is most likely of that one too.
      if (known.size === 1 && text(resource.props, "connection", "host") !== undefined) {
        return known.has(name);
      }
      return found.length === 0 || found.includes(name);
    }),
  );
}
