import { familyOf } from "../model/network/address";
import { cidrContains } from "../model/network/addresses";
import type { DeclaredGuest } from "../model/placement/guest-location";
import { replicationTargets } from "../model/storage/storage";
import { prefixOf } from "../model/text";
import { controlHost } from "./hosts";
import type { GuestConfig, HaGroupConfig, StackConfig, StorageConfig } from "./stack";

/** HA id of a guest, as Proxmox writes it. */
export function haId(guest: Pick<GuestConfig, "type" | "vmid">): string {
  return `${guest.type}:${guest.vmid}`;
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
    backup: guest.backup && makesBackups(stack),
  };
}

/** Whether this stack makes backup jobs: a storage is stated, and no jobs of before. */
function makesBackups({ cluster: { backup } }: StackConfig): boolean {
  return backup !== undefined && backup.existingJobs === undefined;
}

function backupOf({ cluster: { backup } }: StackConfig) {
  return backup && { storage: backup.storage, schedule: backup.schedule };
}

export function haGroupArgs(stack: StackConfig, name: string) {
  const { perGuest, ...group } = stack.haGroups[name] as StackConfig["haGroups"][string];
  const { pveVersion, nodes } = stack.cluster;
  return {
    ...group,
    ...(perGuest && { perGuest: limitsOf(perGuest) }),
    pveVersion,
    clusterNodes: Object.keys(nodes).sort(),
    guests: group.guests.map((guest) => managedGuest(stack, guest)),
    ...(stack.cluster.backup && { backup: backupOf(stack) }),
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
export function guestsOutsideHa(stack: StackConfig) {
  const grouped = new Set(Object.values(stack.haGroups).flatMap((group) => group.guests));
  const names = Object.keys(stack.guests).filter((name) => !grouped.has(name));
  return {
    guests: names.sort().map((name) => managedGuest(stack, name)),
    ...(stack.cluster.backup && { backup: backupOf(stack) }),
  };
}

/** Every guest of the stack file, in the order of their VMIDs. */
export function declaredGuests(stack: StackConfig): DeclaredGuest[] {
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

/** The segment of an address, with its network of the address's family. */
export function segmentOf({ cluster }: StackConfig, address: string | undefined) {
  if (address === undefined) return undefined;
  for (const segment of Object.values(cluster.segments)) {
    const { cidr, cidr6, gateway, gateway6 } = segment;
    const network = [cidr, cidr6].find((one) => one !== undefined && cidrContains(one, address));
    if (network === undefined) continue;
    const router = [gateway, gateway6].find(
      (one) => one !== undefined && familyOf(one) === familyOf(address),
    );
    return { cidr: network, ...(router !== undefined && { gateway: router }) };
  }
  return undefined;
}

/** The gateway of a guest that is made, for one of its addresses. */
export function gatewayOf(
  stack: StackConfig,
  { create }: GuestConfig,
  address: string | undefined,
): string | undefined {
  const family = familyOf(address ?? "");
  const stated = [create?.gateway, create?.gateway6].find(
    (one) => one !== undefined && familyOf(one) === family,
  );
  return stated ?? segmentOf(stack, address)?.gateway;
}

/** What makes a guest that this stack creates; its addresses with the prefix lengths of their segments. */
export function createdGuest(stack: StackConfig, name: string, guest: GuestConfig) {
  const { vmid, type, purpose, node, storage, startup, address, address6 } = guest;
  const { gateway6: _gateway6, ...create } = guest.create ?? {};
  const placed = [address, address6].flatMap((one) => {
    const segment = segmentOf(stack, one);
    const gateway = gatewayOf(stack, guest, one);
    if (one === undefined || !segment) return [];
    const stated = { address: `${one}/${prefixOf(segment.cidr)}` };
    return [{ ...stated, ...(gateway !== undefined && { gateway }) }];
  });
  const [first, second] = placed;
  if (!first || !guest.create || (second === undefined && address6 !== undefined))
    throw new Error(`guest "${name}" was not checked before it was resolved`);
  return {
    ...{ vmid, type, purpose, node, storage, startup, address: first.address },
    create: { ...(create as Omit<typeof guest.create, "gateway6">), gateway: first.gateway },
    ...(second && { second }),
  };
}

const DATABASE_WORDS =
  /postgres|mysql|mariadb|mongo|redis|valkey|influx|cassandra|clickhouse|couchdb|neo4j|\bdb\b|database/i;

/** Whether a guest is a database, as far as its name, purpose and service say. */
export function isDatabase(name: string, { purpose, serves = "" }: GuestConfig): boolean {
  return [name, purpose, serves].some((text) =>
    DATABASE_WORDS.test(text.replaceAll(/[-_.]/g, " ")),
  );
}
