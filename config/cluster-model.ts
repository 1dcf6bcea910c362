import type { NodeCapacity } from "../model/capacity/types";
import { addTo } from "../model/maps";
import { COUNTS_OUTSIDE_HA, haManagerDefault, isAtLeast } from "../model/placement/cluster-version";
import { allowedNodes } from "../model/placement/placement";
import {
  type ClusterModel,
  cephCopies,
  type GuestModel,
  type ServiceMember,
  type ServiceModel,
  type StorageModel,
} from "../model/resilience/resilience";
import {
  API_CHECK_SEC,
  CLIENT_SEC,
  DHCP_SEC,
  METALLB_SEC,
  type Range,
  TUNNEL_SEC,
} from "../model/resilience/times";
import { longestGapMinutes } from "../model/storage/calendar-interval";
import { storageTiers } from "../model/storage/tiers";
import { advertSec, budget, type VrrpSettings, vrrpGroup } from "../model/vrrp/vrrp";
import { haId, hostFacts, isDatabase, replicaNodesOf } from "./resolve";
import type { HaGroupConfig, StackConfig, StorageConfig } from "./stack";
import { addressSections, vrrpAddresses } from "./virtual-addresses";

type MemberRef = StackConfig["traefikPairs"][string]["members"][number];
type HostRef = StackConfig["apiLoadBalancers"][string]["masters"][number];

/** A shared address as either section of the stack file states it. */
type SharedAddress = Omit<VrrpSettings, "members"> & { members: MemberRef[] };

function storageModel(storage: StorageConfig): StorageModel {
  if (storage.kind !== "ceph") return { kind: storage.kind, nodes: storage.nodes };
  const { kind, nodes, monitors, osdNodes } = storage;
  return { kind, nodes, monitors, osdNodes, ...cephCopies(osdNodes.length) };
}

/** Least and most that corosync may have, in milliseconds. */
function tokenCoefficient({ pveVersion, tokenCoefficientMs: ms }: StackConfig["cluster"]): Range {
  if (ms !== undefined) return [ms, ms];
  return pveVersion === 9 ? [125, 650] : [650, 650];
}

/** Relocations of a guest; Proxmox's own default is 1. */
function relocations(group: HaGroupConfig, guest: string): number {
  const { maxRelocate = group.maxRelocate } = group.perGuest?.[guest] ?? {};
  return maxRelocate === "default" ? 1 : maxRelocate;
}

function immovable(guest: StackConfig["guests"][string]): string | undefined {
  const devices = guest.passthrough.map(({ kind, device }) => `${kind} ${device}`);
  const reasons = [...devices, ...(guest.pinned === undefined ? [] : [guest.pinned])];
  return reasons.length > 0 ? reasons.join(", ") : undefined;
}

/** Minutes between two copies at worst: of its own jobs, else of its group; unknown dates count as a day. */
function replicationMinutes(group: HaGroupConfig | undefined, guest: string): number {
  const usual = group?.replication?.everyMinutes ?? 0;
  const jobs = group?.replication?.jobs?.[guest] ?? [];
  const gaps = jobs.map(({ schedule }) =>
    schedule === undefined ? usual : (longestGapMinutes(schedule) ?? 1440),
  );
  return gaps.length > 0 ? Math.max(...gaps) : usual;
}

function guestModel(
  stack: StackConfig,
  name: string,
  guest: StackConfig["guests"][string],
  [groupName, group]: readonly [string, HaGroupConfig] | readonly [],
): GuestModel {
  const { memoryMb = guest.create?.memoryMb, cores = guest.create?.cores } = guest;
  const storage = stack.cluster.storages[guest.storage];
  const targets =
    group && storage
      ? replicaNodesOf(group, name, {
          kind: storage.kind,
          storageNodes: storage.nodes,
          allowedNodes: allowedNodes(group, Object.keys(stack.cluster.nodes)),
          homeNode: guest.node,
        })
      : [];
  const everySec = replicationMinutes(group, name) * 60;
  const stuck = immovable(guest);
  return {
    name,
    sid: haId(guest),
    node: guest.node,
    storage: guest.storage,
    ...(group && {
      ha: {
        nodes: group.nodes,
        strict: group.strict,
        failback: group.perGuest?.[name]?.failback ?? group.failback,
        maxRelocate: relocations(group, name),
        group: groupName,
      },
    }),
    ...(targets.length > 0 && { replica: { nodes: targets, everySec } }),
    ...(stuck !== undefined && { immovable: stuck }),
    ...(guest.startup && { startup: { order: guest.startup.order } }),
    ...(isDatabase(name, guest) && { database: true }),
    backup: guest.backup,
    ...(memoryMb !== undefined && { memoryMb }),
    ...(cores !== undefined && { cores }),
  };
}

/** Memory and cores of the nodes that state them. */
function capacities(nodes: StackConfig["cluster"]["nodes"]): Record<string, NodeCapacity> {
  return Object.fromEntries(
    Object.entries(nodes)
      .filter(([, node]) => node.memoryGb !== undefined || node.cores !== undefined)
      .map(([name, { memoryGb, reservedGb, cores }]) => [
        name,
        {
          ...(memoryGb !== undefined && {
            memoryMb: memoryGb * 1024,
            reservedMb: reservedGb * 1024,
          }),
          ...(cores !== undefined && { cores }),
        },
      ]),
  );
}

function serviceMember(stack: StackConfig, ref: HostRef | MemberRef): ServiceMember {
  const facts = hostFacts(stack, ref);
  if (!facts?.node) {
    throw new Error(`host ${JSON.stringify(ref)} was not checked before the model was built`);
  }
  const { name, node } = facts;
  return { name, node, ...(ref.guest !== undefined && { guest: ref.guest }) };
}

/** After a crash, from the least to the most: two or three adverts missing, and the skew. */
function crashRange(stack: StackConfig, name: string, address: SharedAddress): Range {
  const members = address.members.map((ref) => {
    const { name: member, node } = serviceMember(stack, ref);
    const { address: own = "" } = hostFacts(stack, ref) ?? {};
    return { name: member, node, address: own, priority: ref.priority };
  });
  const { crashSec } = budget(vrrpGroup(name, { ...address, members }));
  return [crashSec - advertSec(address.version, address.advertIntervalSec), crashSec];
}

function addressLayer(stack: StackConfig, what: string, name: string, address: SharedAddress) {
  const byPriority = [...address.members].sort((a, b) => b.priority - a.priority);
  return {
    what,
    kind: "address" as const,
    members: byPriority.map((ref) => serviceMember(stack, ref)),
    failoverSec: crashRange(stack, name, address),
  };
}

function podLayer(stack: StackConfig, clusterName: string, replicas: number, failoverSec: Range) {
  const cluster = stack.apiLoadBalancers[clusterName];
  const hosts = cluster && (cluster.workers.length > 0 ? cluster.workers : cluster.masters);
  return {
    what: "worker",
    kind: "pods" as const,
    members: (hosts ?? []).map((ref) => serviceMember(stack, ref)),
    failoverSec,
    replicas,
    api: `apiLoadBalancers.${clusterName}`,
  };
}

function networkServices(stack: StackConfig): ServiceModel[] {
  const shared = vrrpAddresses<SharedAddress & { masters?: readonly HostRef[] }>(stack).map(
    ({ section, name, place, settings }): ServiceModel => ({
      name: place,
      layers: [
        addressLayer(stack, addressSections[section].member, name, settings),
        ...(settings.masters
          ? [
              {
                what: "API server",
                kind: "majority" as const,
                members: settings.masters.map((ref) => serviceMember(stack, ref)),
                failoverSec: API_CHECK_SEC,
              },
            ]
          : []),
      ],
      needs: [],
    }),
  );
  const ingresses = Object.entries(stack.kubernetesIngress).map(([name, ingress]) => ({
    name: `kubernetesIngress.${name}`,
    layers: [podLayer(stack, ingress.cluster, ingress.replicas, METALLB_SEC)],
    needs: [],
  }));
  const tunnels = Object.entries(stack.tunnels).map(([name, tunnel]) => {
    const origins = [...new Set(tunnel.ingress.map(({ origin }) => origin.ingress))];
    // A tunnel names no cluster: its connectors run beside the first ingress that they lead to.
    const home = stack.kubernetesIngress[origins[0] ?? ""]?.cluster ?? "";
    return {
      name: `tunnels.${name}`,
      layers: [podLayer(stack, home, tunnel.replicas, TUNNEL_SEC)],
      needs: [
        ...(stack.cluster.outside.cloudflare ? ["cloudflare"] : []),
        ...origins.map((origin) => `kubernetesIngress.${origin}`),
      ],
    };
  });
  return [...shared, ...ingresses, ...tunnels];
}

/** Whether any of these guests can stand in for the others: databases only if they say so. */
function standsIn({ guests }: StackConfig, members: readonly ServiceMember[]): boolean {
  return members.every(({ name }) => {
    const guest = guests[name];
    return guest === undefined || (guest.replicated ?? !isDatabase(name, guest));
  });
}

/** What guests serve: those with the same `serves` stand in for each other. */
function guestServices(stack: StackConfig, services: readonly ServiceModel[]): ServiceModel[] {
  const used = new Set(
    services.flatMap(({ layers }) => layers.flatMap(({ members }) => members.map((m) => m.guest))),
  );
  const alternatives = new Map<string, ServiceMember[]>();
  for (const [name, guest] of Object.entries(stack.guests)) {
    // What it carries is listed already, under the name of the pair or cluster.
    if (guest.serves === undefined && used.has(name)) continue;
    const served = guest.serves ?? name;
    const member = { name, node: guest.node, guest: name };
    addTo(alternatives, served, member);
  }
  return [...alternatives].map(([name, members]) => ({
    name,
    // Without replication each has data of its own, and all of them are missed.
    layers: (standsIn(stack, members) ? [members] : members.map((one) => [one])).map((some) => ({
      what: "guest",
      kind: "any" as const,
      members: some,
      failoverSec: name === "dhcp" ? DHCP_SEC : CLIENT_SEC,
    })),
    needs: [...new Set(members.flatMap((member) => stack.guests[member.name]?.needs ?? []))],
  }));
}

/** Things outside the cluster: nobody in it stands in for them. */
function outsideServices({ cluster }: StackConfig): ServiceModel[] {
  return Object.entries(cluster.outside).map(([name, { needs }]) => ({ name, layers: [], needs }));
}

/** Where the backups are, and whether the stack says so. */
function backupModel(stack: StackConfig): ClusterModel["backup"] {
  const { nodes, storages, backup } = stack.cluster;
  const everySec = backup.everyHours * 3600;
  const { on } = backup;
  const guest = on === undefined ? undefined : stack.guests[on];
  if (on !== undefined && guest) return { everySec, nodes: [guest.node], guest: on };
  if (on !== undefined) return { everySec, nodes: nodes[on] ? [on] : [] };
  const storage = storages[backup.storage];
  // What is shared is outside the nodes.
  const inside = storage && storage.kind !== "shared" ? storage.nodes : [];
  return { everySec, nodes: inside, stated: storage !== undefined };
}

/**
 * The resilience model of a stack that passed `parseStack`. Services are named by their place in
 * the file (`traefikPairs.traefik`), those of guests by what they serve (`dns`).
 */
export function clusterModel(stack: StackConfig): ClusterModel {
  const { nodes, storages, pveVersion } = stack.cluster;
  const { haManager = haManagerDefault(pveVersion) } = stack.cluster;
  const groups = Object.values(stack.haGroups);
  const groupOf = new Map(
    Object.entries(stack.haGroups).flatMap((entry) =>
      entry[1].guests.map((guest) => [guest, entry] as const),
    ),
  );
  // HA groups of version 8 can neither separate guests nor keep them together.
  const enforced = pveVersion === 9 ? groups : [];
  const network = networkServices(stack);
  return {
    nodes: Object.keys(nodes),
    storages: Object.fromEntries(
      Object.entries(storages).map(([name, storage]) => [name, storageModel(storage)]),
    ),
    guests: Object.entries(stack.guests).map(([name, guest]) =>
      guestModel(stack, name, guest, groupOf.get(name) ?? []),
    ),
    keepApart: enforced.flatMap((group) => group.keepApart),
    keepTogether: enforced.flatMap(({ keepTogether }) => keepTogether),
    backup: backupModel(stack),
    outside: Object.keys(stack.cluster.outside),
    services: [...network, ...guestServices(stack, network), ...outsideServices(stack)],
    certificates: Object.fromEntries(
      Object.entries(stack.traefikPairs).flatMap(([name, { certificates }]) =>
        certificates ? [[name, `traefikPairs.${name}`]] : [],
      ),
    ),
    capacity: capacities(nodes),
    quorumDevice: stack.cluster.quorumDevice !== undefined,
    scheduler: stack.cluster.scheduler,
    shutdownPolicy: stack.cluster.shutdownPolicy,
    tokenCoefficientMs: tokenCoefficient(stack.cluster),
    outsideHaCounts: isAtLeast(haManager, COUNTS_OUTSIDE_HA),
    domains: Object.entries(stack.cluster.failureDomains).map(([name, domain]) => ({
      name,
      ...domain,
    })),
  };
}

/** Where the stack's guests keep their disks, storage by storage; an output of the program. */
export const tiersOf = (stack: StackConfig) => storageTiers(clusterModel(stack));
