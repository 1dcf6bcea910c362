import { createHash } from "node:crypto";
import { ownContexts } from "../config/kubernetes-objects";
import type { StackConfig } from "../config/stack";
import type { ProxmoxState, WorldState } from "./world";

/** A guest that was there before the program ran. */
export interface SeedGuest {
  vmid: number;
  type: "ct" | "vm";
  node: string;
  name?: string;
}

/** What the platforms hold before the first run. */
export interface Seed {
  /** @default 9 */
  pveVersion?: 8 | 9;
  /** Nodes of the cluster. @default those of the guests */
  nodes?: readonly string[];
  guests?: readonly SeedGuest[];
  /** HA was never used: its manager starts with the first HA resource, so many milliseconds later. @default it runs */
  haNeverUsed?: { pollMs: number };
  /** Privileges of the provider's token by path. @default all */
  privileges?: Record<string, string[]>;
  /** Zones at Cloudflare, with the account that owns them. */
  zones?: readonly { name: string; accountId: string }[];
  /** Namespaces besides those that every Kubernetes cluster has. */
  namespaces?: readonly string[];
  /** Kubernetes clusters by the context that leads to them: the namespaces besides those that each has. @default there is one */
  contexts?: Readonly<Record<string, readonly string[]>>;
  /** More clusters, each behind providers of its own. @default there is one of each kind */
  sites?: readonly SeedSite[];
}

/** One of several sites: a Proxmox cluster, and perhaps a Kubernetes cluster. */
export interface SeedSite
  extends Pick<Seed, "pveVersion" | "nodes" | "guests" | "namespaces" | "contexts"> {
  /** URL of its Proxmox API. */
  endpoint: string;
  /** Context of its Kubernetes cluster. @default it has none */
  context?: string;
}

/** A world as it is before the first run. */
export function seedWorld(seed: Seed): WorldState {
  const { sites = [] } = seed;
  const contexts = [
    ...sites.flatMap((site) =>
      site.context === undefined ? [] : [[site.context, kubernetesOf(site)] as const],
    ),
    ...[seed, ...sites].flatMap((one) =>
      Object.entries(one.contexts ?? {}).map(
        ([context, namespaces]) => [context, kubernetesOf({ namespaces })] as const,
      ),
    ),
  ];
  return {
    serial: 0,
    proxmox: proxmoxOf(seed),
    kubernetes: kubernetesOf(seed),
    ...(sites.length > 0 && {
      proxmoxAt: Object.fromEntries(
        sites.map((site) => [new URL(site.endpoint).host, proxmoxOf(site)]),
      ),
    }),
    ...((sites.length > 0 || contexts.length > 0) && {
      kubernetesAt: Object.fromEntries(contexts),
    }),
    cloudflare: {
      zones: (seed.zones ?? []).map((zone) => ({ ...zone, id: zoneId(zone.name) })),
      tunnels: {},
      records: {},
    },
    hosts: {},
    changes: [],
  };
}

function proxmoxOf(seed: Omit<Seed, "sites">): ProxmoxState {
  const guests = seed.guests ?? [];
  const nodes = seed.nodes ?? [...new Set(guests.map((guest) => guest.node))];
  return {
    pveVersion: seed.pveVersion ?? 9,
    nodes: [...nodes],
    ...(seed.haNeverUsed && { crm: { pollMs: seed.haNeverUsed.pollMs } }),
    ...(seed.privileges && { privileges: seed.privileges }),
    guests: Object.fromEntries(
      guests.map((guest) => [
        String(guest.vmid),
        { name: `guest-${guest.vmid}`, ...guest, running: true, config: {} },
      ]),
    ),
    haGroups: {},
    haResources: {},
    haRules: {},
    replications: {},
    backupJobs: {},
  };
}

function kubernetesOf(seed: Pick<Seed, "namespaces">): WorldState["kubernetes"] {
  const namespaces = ["default", "kube-system", ...(seed.namespaces ?? [])];
  return Object.fromEntries(namespaces.map((name) => [`v1/Namespace/${name}`, namespace(name)]));
}

/**
 * The platforms that a stack file takes for granted: its cluster, existing guests, zones, and the namespaces of what already runs in Kubernetes.
 *
 * @param usual context of its Kubernetes provider. @default kubectl's current one
 */
export function seedFromStack(stack: StackConfig, usual?: string): Seed {
  const guests = Object.entries(stack.guests)
    .filter(([, guest]) => guest.create === undefined)
    .map(([name, { vmid, type, node }]) => ({ name, vmid, type, node }));
  const zones = Object.values(stack.tunnels).map(({ zone, accountId }) => ({
    name: zone,
    accountId,
  }));
  const own = ownContexts(stack, usual);
  const namespacesOf = (has: (cluster: string) => boolean) => [
    ...new Set([
      "metallb-system",
      ...Object.values(stack.kubernetesIngress).flatMap(({ cluster, namespace }) =>
        has(cluster) ? [namespace] : [],
      ),
    ]),
  ];
  const contexts = Object.entries(own).map(
    ([cluster, context]) => [context, namespacesOf((one) => one === cluster)] as const,
  );
  const namespaces = namespacesOf((cluster) => own[cluster] === undefined);
  // Where there are several, also the usual one is found by its context.
  if (contexts.length > 0 && usual !== undefined) contexts.push([usual, namespaces]);
  return {
    pveVersion: stack.cluster.pveVersion,
    nodes: Object.keys(stack.cluster.nodes),
    guests,
    zones: zones.filter(
      (zone, index) => zones.findIndex(({ name }) => name === zone.name) === index,
    ),
    namespaces,
    ...(contexts.length > 0 && { contexts: Object.fromEntries(contexts) }),
  };
}

/** What the sites of a stack file take for granted; one without a name is the only cluster. */
export function seedFromSites(sites: readonly SiteToSeed[]): Seed {
  const [first] = sites;
  if (first && first.proxmox === undefined) {
    return seedFromStack(first.stack, first.kubernetesContext);
  }
  const seeds = sites.map(({ stack, proxmox, kubernetesContext: context }) => ({
    ...seedFromStack(stack, context),
    endpoint: proxmox?.endpoint ?? "",
    ...(context !== undefined && { context }),
  }));
  const zones = seeds.flatMap((seed) => seed.zones ?? []);
  return {
    // Nothing is at the default provider's: what gets there by mistake fails.
    nodes: [],
    zones: [...new Map(zones.map((zone) => [zone.name, zone])).values()],
    sites: seeds,
  };
}

/** A site of a stack file, as far as the platforms depend on it. */
interface SiteToSeed {
  stack: StackConfig;
  proxmox?: { endpoint: string };
  kubernetesContext?: string | undefined;
}

/** The world that a stack file takes for granted. */
export function worldFromStack(stack: StackConfig): WorldState {
  return seedWorld(seedFromStack(stack));
}

/** The same for the sites of one. */
export function worldFromSites(sites: readonly SiteToSeed[]): WorldState {
  return seedWorld(seedFromSites(sites));
}

function namespace(name: string) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** Zone ids are 32 hexadecimal digits. */
function zoneId(name: string): string {
  return createHash("sha256").update(`zone ${name}`).digest("hex").slice(0, 32);
}
