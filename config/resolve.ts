import type { z } from "zod";
import { cidrContains } from "../model/network/addresses";
import type { DeclaredGuest } from "../model/placement/guest-location";
import { looksLikeDatabase } from "../model/resilience/databases";
import { replicationTargets } from "../model/storage/storage";
import { prefixOf } from "../model/text";
import type { VrrpSettings } from "../model/vrrp/vrrp";
import { ingressAtPhase, originAtPhase } from "./cutover-phase";
import { serviceName } from "./sections/kubernetes-ingress";
import type { hostSchema, memberSchema, ResolvedHost, ResolvedMember } from "./sections/vrrp";
import type { GuestConfig, HaGroupConfig, StackConfig, StorageConfig } from "./stack";
import { type Placed, vrrpAddresses } from "./virtual-addresses";

type HostRef = z.output<typeof hostSchema>;
type MemberRef = z.output<typeof memberSchema>;

/** A host as far as the file states it; which fields must be there depends on its use. */
export interface HostFacts {
  name: string;
  address?: string;
  node?: string;
  hostKey?: string;
  debian: 12 | 13;
}

/** Looks up a guest reference, or takes what is stated in place. Undefined for a reference to nothing. */
export function hostFacts(stack: StackConfig, ref: HostRef | MemberRef): HostFacts | undefined {
  if (ref.guest === undefined) {
    if (ref.host === undefined) return undefined;
    const { host, address, node, hostKey, debian = 12 } = ref;
    return { name: host, address, node, hostKey, debian };
  }
  const guest = stack.guests[ref.guest];
  return (
    guest && {
      name: ref.guest,
      address: guest.address,
      node: guest.node,
      hostKey: guest.hostKey,
      debian: guest.debian,
    }
  );
}

function resolvedHost(stack: StackConfig, ref: HostRef | MemberRef): ResolvedHost {
  const facts = hostFacts(stack, ref);
  if (!facts?.address || !facts.node || !facts.hostKey) {
    throw new Error(`host ${JSON.stringify(ref)} was not checked before it was resolved`);
  }
  const { name, address, node, hostKey, debian } = facts;
  return { name, address, node, hostKey, debian };
}

/** A host that is only named in configuration, never logged in to. */
export interface Peer {
  name: string;
  address: string;
  node: string;
  /** Where the host is logged in to after all. @default not stated */
  hostKey?: string;
}

function peer(stack: StackConfig, ref: HostRef): Peer {
  const facts = hostFacts(stack, ref);
  if (!facts?.address || !facts.node) {
    throw new Error(`host ${JSON.stringify(ref)} was not checked before it was resolved`);
  }
  const { name, address, node, hostKey } = facts;
  return { name, address, node, ...(hostKey !== undefined && { hostKey }) };
}

function members(stack: StackConfig, refs: readonly MemberRef[]): ResolvedMember[] {
  return refs.map((ref) => ({ ...resolvedHost(stack, ref), priority: ref.priority }));
}

/** Every address that keepalived moves, with the hosts behind its members; `stack` passed `parseStack`. */
export function resolvedAddresses(stack: StackConfig): Placed<VrrpSettings>[] {
  type Stated = Omit<VrrpSettings, "members"> & { members: MemberRef[] };
  return vrrpAddresses<Stated>(stack).map(({ settings, ...place }) => ({
    ...place,
    settings: { ...settings, members: members(stack, settings.members) },
  }));
}

/** HA id of a guest, as Proxmox writes it. */
export function haId(guest: Pick<GuestConfig, "type" | "vmid">): string {
  return `${guest.type}:${guest.vmid}`;
}

/** The node over which start-up orders are set: the configured one, else the first with a host key. */
export function controlHost(stack: StackConfig): ResolvedHost | undefined {
  const { nodes, controlNode } = stack.cluster;
  const name =
    controlNode ??
    Object.keys(nodes)
      .sort()
      .find((node) => nodes[node]?.hostKey);
  const node = name === undefined ? undefined : nodes[name];
  if (name === undefined || !node?.hostKey) return undefined;
  return { name, address: node.address, node: name, hostKey: node.hostKey, debian: 12 };
}

/** Nodes to which a guest's disk is replicated: by the jobs that were there before, else wherever it may run. */
export function replicaNodesOf(
  { replication }: HaGroupConfig,
  guest: string,
  disk: Parameters<typeof replicationTargets>[0],
): string[] {
  if (!replication) return [];
  return replication.jobs?.[guest]?.map(({ target }) => target) ?? replicationTargets(disk);
}

/** What HA, backup and start-up order need to know of a guest. */
function managedGuest(stack: StackConfig, name: string) {
  const guest = stack.guests[name] as GuestConfig;
  const storage = stack.cluster.storages[guest.storage] as StorageConfig;
  return {
    name,
    vmid: guest.vmid,
    type: guest.type,
    node: guest.node,
    storage: { name: guest.storage, kind: storage.kind, nodes: storage.nodes },
    passthrough: guest.passthrough,
    ...(guest.pinned !== undefined && { pinned: guest.pinned }),
    ...(guest.startup !== undefined && { startup: guest.startup }),
    // Jobs that were there before look after it: none is made.
    backup: guest.backup && stack.cluster.backup.existingJobs === undefined,
  };
}

function backupOf(stack: StackConfig) {
  const { storage, schedule } = stack.cluster.backup;
  return { storage, schedule };
}

function haGroupArgs(stack: StackConfig, name: string) {
  const { perGuest, ...group } = stack.haGroups[name] as StackConfig["haGroups"][string];
  const { pveVersion, nodes } = stack.cluster;
  return {
    ...group,
    ...(perGuest && { perGuest: limitsOf(perGuest) }),
    pveVersion,
    clusterNodes: Object.keys(nodes).sort(),
    guests: group.guests.map((guest) => managedGuest(stack, guest)),
    backup: backupOf(stack),
  };
}

/** Limits of single guests as the component takes them: which are Proxmox's own stands in a list. */
function limitsOf(perGuest: NonNullable<HaGroupConfig["perGuest"]>) {
  return mapValues(perGuest, ({ maxRestart, maxRelocate, ...own }) => {
    const limits = Object.entries({ maxRestart, maxRelocate }) as [HaLimit, typeof maxRestart][];
    const proxmoxDefaults = limits.flatMap(([limit, value]) =>
      value === "default" ? [limit] : [],
    );
    const stated = limits.filter(([, value]) => typeof value === "number");
    return {
      ...own,
      ...(Object.fromEntries(stated) as { [limit in HaLimit]?: number }),
      ...(proxmoxDefaults.length > 0 && { proxmoxDefaults }),
    };
  });
}

type HaLimit = "maxRestart" | "maxRelocate";

const mapValues = <T, R>(values: Record<string, T>, map: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));

/** Guests in no HA group: they too are backed up, and their start-up order is the one that counts. */
function guestsOutsideHa(stack: StackConfig) {
  const grouped = new Set(Object.values(stack.haGroups).flatMap((group) => group.guests));
  const names = Object.keys(stack.guests).filter((name) => !grouped.has(name));
  return {
    guests: names.sort().map((name) => managedGuest(stack, name)),
    backup: backupOf(stack),
  };
}

/** Every guest of the stack file, in the order of their VMIDs. */
function declaredGuests(stack: StackConfig): DeclaredGuest[] {
  const groupOf = new Map(
    Object.values(stack.haGroups).flatMap((group) =>
      group.guests.map((guest) => [guest, group] as const),
    ),
  );
  const reached = controlHost(stack) !== undefined;
  return Object.entries(stack.guests)
    .map(([name, { vmid, type, node, create, storage, diskGb }]) => {
      const group = groupOf.get(name);
      const created = create !== undefined;
      const { kind = "local", nodes: storageNodes = [] } = stack.cluster.storages[storage] ?? {};
      const facts = group && {
        ...{ nodes: group.nodes, strict: group.strict, kind, storageNodes, diskGb },
        replicates: group.replication !== undefined,
        moves: reached && !created,
      };
      return {
        ...{ name, vmid, type, node, created, underHa: group !== undefined },
        ...(facts && { group: facts }),
      };
    })
    .sort((a, b) => a.vmid - b.vmid);
}

/** What makes a guest that this stack creates; its address with the prefix length of its segment. */
function createdGuest(stack: StackConfig, name: string, guest: GuestConfig) {
  const { vmid, type, purpose, node, storage, startup, create, address } = guest;
  const segment = Object.values(stack.cluster.segments).find(
    ({ cidr }) => address !== undefined && cidrContains(cidr, address),
  );
  if (!segment || !create)
    throw new Error(`guest "${name}" was not checked before it was resolved`);
  const prefix = prefixOf(segment.cidr);
  return { vmid, type, purpose, node, storage, startup, create, address: `${address}/${prefix}` };
}

function tunnelArgs(stack: StackConfig, name: string) {
  const tunnel = stack.tunnels[name] as StackConfig["tunnels"][string];
  return {
    ...tunnel,
    ingress: tunnel.ingress.map(({ hostname, origin }) => {
      const ingress = stack.kubernetesIngress[origin.ingress];
      if (!ingress)
        throw new Error(`ingress "${origin.ingress}" was not checked before it was resolved`);
      return {
        hostname,
        origin: originAtPhase(stack, origin.ingress, {
          service: serviceName(origin.ingress, ingress),
          namespace: ingress.namespace,
          port: origin.scheme === "https" ? 443 : 80,
          scheme: origin.scheme,
          serverName: origin.serverName ?? hostname.replace(/^\*\./, ""),
        }),
      };
    }),
  };
}

function metalLbArgs(stack: StackConfig, name: string) {
  const {
    pool,
    allowlist: _allowlist,
    cluster: _cluster,
    ...facts
  } = stack.kubernetesIngress[name] as StackConfig["kubernetesIngress"][string];
  const [segment = "", poolName = ""] = pool.split(".");
  const range = stack.cluster.segments[segment]?.pools[poolName]?.range;
  if (range === undefined) throw new Error(`pool "${pool}" was not checked before it was resolved`);
  return { ...facts, pool: { name: poolName, range } };
}

const mapKeys = <T, R>(section: Record<string, T>, map: (name: string, value: T) => R) =>
  Object.fromEntries(
    Object.entries(section)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, map(name, value)]),
  ) as Record<string, R>;

/**
 * The arguments of every component, with references looked up and sections in the order of their
 * names (the engine hands maps over in any order, and names are identity, not position).
 * The stack must have passed `parseStack`.
 */
export function resolveStack(stack: StackConfig) {
  return {
    ssh: stack.cluster.ssh,
    controlHost: controlHost(stack),
    createdGuests: mapKeys(
      Object.fromEntries(Object.entries(stack.guests).filter(([, guest]) => guest.create)),
      (name, guest) => createdGuest(stack, name, guest),
    ),
    declaredGuests: declaredGuests(stack),
    guestsOutsideHa: guestsOutsideHa(stack),
    haGroups: mapKeys(stack.haGroups, (name) => haGroupArgs(stack, name)),
    traefikPairs: mapKeys(stack.traefikPairs, (_name, pair) => ({
      ...pair,
      members: members(stack, pair.members),
    })),
    apiLoadBalancers: mapKeys(stack.apiLoadBalancers, (_name, balancer) => ({
      ...balancer,
      members: members(stack, balancer.members),
      masters: balancer.masters.map((master) => peer(stack, master)),
      workers: balancer.workers.map((worker) => peer(stack, worker)),
    })),
    kubernetesIngress: ingressAtPhase(
      stack,
      mapKeys(stack.kubernetesIngress, (name) => metalLbArgs(stack, name)),
    ),
    tunnels: mapKeys(stack.tunnels, (name) => tunnelArgs(stack, name)),
  };
}

export type ResolvedStack = ReturnType<typeof resolveStack>;

/** Whether a guest is a database, as far as its name, purpose and service say. */
export function isDatabase(name: string, guest: StackConfig["guests"][string]): boolean {
  return looksLikeDatabase(name, guest.purpose, guest.serves ?? "");
}
