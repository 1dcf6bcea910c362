import { canonicalAddress } from "../../model/network/address";
import { type SiteNetworks, sharedRanges } from "../../model/network/site-networks";
import { listed } from "../../model/text";
import { nearest } from "../file/nearest";
import type { Problem } from "../file/problem";
import { at, elements, entries, type Path, textAt } from "../file/raw";
import { CLUSTER_SECTIONS, objectClusters, ownContexts } from "../kubernetes-objects";
import { loggedInHosts } from "../logged-in-hosts";
import type { StackConfig } from "../stack";
import { SITES } from "./site-schema";

/** A site as the file has it, with what of it can be read. */
export interface SeenSite {
  name: string;
  data: unknown;
  /** @default too little of it is sound */
  stack?: StackConfig | undefined;
}

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/** What only shows when all sites are looked at together; paths begin with the section of the sites. */
export function acrossSites(sites: readonly SeenSite[]): Problem[] {
  return [
    ...alikeNames(sites),
    ...samePlatforms(sites),
    ...missingContexts(sites),
    ...sameTunnels(sites),
    ...sameHostNames(sites),
    ...sameLogins(sites),
    ...routes(sites),
  ];
}

/** Names of resources begin with the site's: `a` with a pair `b-c` and `a-b` with `c` would be one. */
function alikeNames(sites: readonly SeenSite[]): Problem[] {
  return sites.flatMap(({ name }) =>
    sites
      .filter((other) => other.name.startsWith(`${name}-`))
      .map((other) =>
        error(
          [SITES, other.name],
          `begins with the name of the site "${name}" and a hyphen, so that resources of both could have one name; rename one of the two, e.g. ${other.name.replaceAll("-", "")}`,
        ),
      ),
  );
}

/** Every value that several sites have and only one may, reported where it stands for the second time. */
function repeated(
  places: readonly { value: string; path: Path }[],
  message: (value: string, first: Path) => string,
): Problem[] {
  const first = new Map<string, Path>();
  return places.flatMap(({ value, path }) => {
    const before = first.get(value);
    if (before === undefined) {
      first.set(value, path);
      return [];
    }
    // Within one site its own checks speak.
    return before[1] === path[1] ? [] : [error(path, message(value, before))];
  });
}

const siteOf = (path: Path) => String(path[1]);

function samePlatforms(sites: readonly SeenSite[]): Problem[] {
  const endpoints = sites.flatMap(({ name, data }) => {
    const value = textAt(data, ["proxmox", "endpoint"]);
    if (value === undefined || !URL.canParse(value)) return [];
    return [{ value: new URL(value).host, path: [SITES, name, "proxmox", "endpoint"] }];
  });
  const contexts = sites.flatMap(({ name, data }) =>
    [
      ["kubernetesContext"],
      ...CLUSTER_SECTIONS.flatMap((section) =>
        entries(data, [section]).map(({ path }) => [...path, "kubernetesContext"]),
      ),
    ].flatMap((path) => {
      const value = textAt(data, path);
      return value === undefined ? [] : [{ value, path: [SITES, name, ...path] }];
    }),
  );
  return [
    ...repeated(
      endpoints,
      (value, first) =>
        `found ${value}, which is the cluster of the site "${siteOf(first)}" already, expected a cluster of its own for each site; correct it, or make one site of the two`,
    ),
    ...repeated(
      contexts,
      (value, first) =>
        `found "${value}", which is the Kubernetes cluster of the site "${siteOf(first)}" already, expected one of its own for each site; correct it`,
    ),
  ];
}

/** Without a context of its own, a site's objects would go into whatever kubectl uses today. */
function missingContexts(sites: readonly SeenSite[]): Problem[] {
  return sites.flatMap(({ name, data, stack }) => {
    const inCluster = (section: string) =>
      entries(data, [section]).some(({ value }) => at(value, ["connectors"]) === undefined);
    // Connectors on hosts need no Kubernetes.
    const section = ["kubernetesIngress", "tunnels"].find(inCluster);
    if (section === undefined || at(data, ["kubernetesContext"]) !== undefined) return [];
    // Clusters that state their own leave nothing to kubectl.
    if (stack && statesContexts(stack)) return [];
    return [
      error(
        [SITES, name, "kubernetesContext"],
        `missing, expected the context of the Kubernetes cluster that ${section} of this site is for; write e.g. kubernetesContext: ${name}`,
      ),
    ];
  });
}

function statesContexts(stack: StackConfig): boolean {
  const clusters = objectClusters(stack);
  return (
    clusters.length > 0 && clusters.length === Object.keys(ownContexts(stack, undefined)).length
  );
}

/** Cloudflare takes one tunnel of a name in an account. */
function sameTunnels(sites: readonly SeenSite[]): Problem[] {
  const names = sites.flatMap(({ name, data }) =>
    entries(data, ["tunnels"]).flatMap(({ key, value }) => {
      const account = textAt(value, ["accountId"]);
      if (account === undefined) return [];
      const tunnel = textAt(value, ["existing", "name"]) ?? key;
      return [{ value: `${tunnel} of ${account}`, path: [SITES, name, "tunnels", key] }];
    }),
  );
  return repeated(
    names,
    (value, first) =>
      `found the tunnel ${value}, which the site "${siteOf(first)}" has already, expected a name of its own for each tunnel of an account; rename one`,
  );
}

/** A public name leads to one place, whatever the private addresses behind it are. */
function sameHostNames(sites: readonly SeenSite[]): Problem[] {
  const names = sites.flatMap(({ name, data }) =>
    entries(data, ["tunnels"]).flatMap((tunnel) =>
      elements(data, ["tunnels", tunnel.key, "ingress"]).flatMap(({ value, path }) => {
        const hostname = textAt(value, ["hostname"]);
        const place = [SITES, name, ...path, "hostname"];
        return hostname === undefined ? [] : [{ value: hostname.toLowerCase(), path: place }];
      }),
    ),
  );
  return repeated(
    names,
    (value, first) =>
      `found "${value}", which a tunnel of the site "${siteOf(first)}" serves already, expected one tunnel for each public name; take it out of one of the two`,
  );
}

/** A program that logs in on two hosts of one address from one place meets one of them twice. */
function sameLogins(sites: readonly SeenSite[]): Problem[] {
  const hosts = sites.flatMap(({ name, stack }) =>
    (stack ? loggedInHosts(stack) : [])
      // A node without a pinned key is left alone: start-up orders are then set by nobody.
      .filter(({ hostKey, keyPath }) => hostKey !== undefined || keyPath[0] !== "cluster")
      .map((host) => ({
        // Behind another jump host, the same address is another host.
        value: `${canonicalAddress(host.address)}${stack?.cluster.ssh.proxy ? ` through ${stack.cluster.ssh.proxy.host}` : ""}`,
        path: [SITES, name, ...host.keyPath.slice(0, -1)],
      })),
  );
  return repeated(
    hosts,
    (value, first) =>
      `is logged in to at ${value}, and so is a host of the site "${siteOf(first)}", expected an address of its own for each host that this stack logs in to; give it one that leads to it from here (such as one of a VPN), state a jump host of the site (cluster.ssh.proxy), or move one site into a stack of its own`,
  );
}

/** Networks and addresses of a site. */
function networksOf({ name, data, stack }: SeenSite): SiteNetworks {
  const routedTo = elements(data, ["routedTo"]).flatMap(({ value }) =>
    typeof value === "string" ? [value] : [],
  );
  return { name, ranges: stack ? networksOfStack(stack) : [], routedTo };
}

/** Networks of a cluster, and addresses of its hosts. */
export function networksOfStack(stack: StackConfig): string[] {
  const segments = Object.values(stack.cluster.segments).flatMap(({ cidr, cidr6 }) => [
    cidr,
    ...(cidr6 === undefined ? [] : [cidr6]),
  ]);
  const hosts = [...Object.values(stack.cluster.nodes), ...Object.values(stack.guests)];
  const addresses = hosts.flatMap(({ address }) => (address === undefined ? [] : [address]));
  return [...segments, ...addresses];
}

function routes(sites: readonly SeenSite[]): Problem[] {
  const names = sites.map(({ name }) => name);
  const unknown = sites.flatMap(({ name, data }) =>
    elements(data, ["routedTo"]).flatMap(({ value, path }) => {
      const others = names.filter((one) => one !== name);
      if (typeof value !== "string" || others.includes(value)) return [];
      const meant = nearest(value, others);
      const fix = meant ? `did you mean "${meant}"?` : `name one of ${listed(others, 12)}`;
      const what = value === name ? "is this site itself" : "is no site of this file";
      return [error([SITES, name, ...path], `"${value}" ${what}; ${fix}`)];
    }),
  );
  const overlapping = sharedRanges(sites.map(networksOf))
    .filter(({ routed }) => routed)
    .map(({ sites: [one, other], ranges: [a, b] }) =>
      error(
        [SITES, other],
        `uses ${b}, which overlaps ${a} of the site "${one}", and routedTo says that each reaches the other by address; renumber one of them, or take the other out of routedTo`,
      ),
    );
  return [...unknown, ...overlapping];
}

/**
 * What is not judged across sites: addresses that two use, where nothing says that one reaches the
 * other.
 */
export function unjudgedAcrossSites(
  sites: readonly { name: string; stack: StackConfig; routedTo: readonly string[] }[],
): string[] {
  const networks = sites.map(({ name, stack, routedTo }) =>
    networksOf({ name, stack, data: { routedTo } }),
  );
  return sharedRanges(networks)
    .filter(({ routed }) => !routed)
    .map(
      ({ sites: [one, other], ranges: [a, b] }) =>
        `addresses were judged within each site only: "${one}" uses ${a} and "${other}" uses ${b}, which is right while neither is routed to the other; if one is, say so in homelab:sites.${other}.routedTo`,
    );
}
