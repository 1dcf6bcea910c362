import type { NodeCapacity } from "../model/capacity/types";
import { COUNTS_OUTSIDE_HA, haManagerDefault, isAtLeast } from "../model/placement/cluster-version";
import { allowedNodes } from "../model/placement/group-rules";
import {
  type ClusterModel,
  cephCopies,
  type GuestModel,
  type ServiceModel,
  type StorageModel,
} from "../model/resilience/resilience";
import type { Range } from "../model/resilience/times";
import { longestGapMinutes } from "../model/storage/calendar-interval";
import { storageTiers } from "../model/storage/tiers";
import { haId, isDatabase, replicaNodesOf } from "./guest-facts";
import { guestServices, networkServices, outsideServices } from "./service-models";
import type { HaGroupConfig, StackConfig, StorageConfig } from "./stack";

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
    backup: guest.backup && stack.cluster.backup !== undefined,
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

/** Where the backups are, and whether the stack says so. */
function backupModel(stack: StackConfig): ClusterModel["backup"] {
  const { nodes, storages, backup } = stack.cluster;
  if (!backup) return { everySec: 0, nodes: [], stated: false };
  const everySec = backup.everyHours * 3600;
  const { on } = backup;
  const guest = on === undefined ? undefined : stack.guests[on];
  if (on !== undefined && guest) return { everySec, nodes: [guest.node], guest: on };
  if (on !== undefined) return { everySec, nodes: nodes[on] ? [on] : [] };
  const storage = storages[backup.storage];
  // What is shared is outside the nodes.
  const inside = storage && storage.kind !== "shared" ? storage.nodes : [];
  return {
    everySec,
    nodes: inside,
    stated: storage !== undefined,
    // A job runs where its guest does, and writes to that node's own directory.
    ...(storage?.kind === "local" && inside.length > 1 && { ownNode: true }),
  };
}

/** Where members are that no node carries. */
function placesOutside(services: readonly ServiceModel[], nodes: object): string[] {
  const members = services.flatMap(({ layers }) => layers.flatMap((layer) => layer.members));
  return [...new Set(members.map(({ node }) => node))].filter((place) => !(place in nodes));
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
  const places = placesOutside(network, nodes);
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
    ...(places.length > 0 && { places }),
    domains: Object.entries(stack.cluster.failureDomains).map(([name, domain]) => ({
      name,
      ...domain,
      // A host outside the nodes that stands in the rack, or on the power supply, fails with them.
      nodes: places.includes(name) ? [...domain.nodes, name] : domain.nodes,
    })),
  };
}

/** Where the stack's guests keep their disks, storage by storage; an output of the program. */
export const tiersOf = (stack: StackConfig) => storageTiers(clusterModel(stack));
