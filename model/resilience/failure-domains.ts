import { clusterVotes } from "../placement/quorum";
import { listed } from "../text";
import type { ClusterModel } from "./types";

/** Everything that fails at once. */
export interface Loss {
  /** Names of what fails: nodes, failure domains, storages, `corosync`. */
  names: string[];
  /** Nodes that are gone with their disks. */
  dead: string[];
  /** Nodes that crashed or have no power; their disks come back with them. */
  off: string[];
  /** Nodes that run on but are cut off, each for itself. */
  isolated: string[];
  /** Nodes whose corosync link is down, while everything else reaches them. */
  unlinked: string[];
  /** Node that sees no other and has quorum, by the vote of the quorum device. */
  deviceFor?: string;
  /** Both sides of a network that is cut in two; the side without a majority is in `isolated`. */
  sides?: [string[], string[]];
  /** Names of pairs whose certificates have run out. */
  certificates: string[];
  /** Storages that nobody can use. */
  storages: string[];
  /** Guests that are dead, or that run and answer nothing. */
  guests: { name: string; how: "dead" | "hung" }[];
  /** Pools and disks that died in a node that lives. */
  pools: { node: string; storage: string }[];
  /** Things outside the cluster, such as `internet`. */
  outside: string[];
  /** Whether the quorum device is gone. */
  quorumDevice: boolean;
  /** Whether the backups are gone. */
  backups: boolean;
  /** Whether every node loses corosync, as when its network fails. */
  corosync: boolean;
}

/** The loss of every node's corosync at once, as a name beside those of nodes and domains. */
export const COROSYNC = "corosync";

/** Before the name of a node whose disks are gone as well: `disks:pve1`. */
export const DISKS = "disks:";

/** The crash of nodes: their disks are whole, as after a kernel panic, or a dead power supply. */
export function lossOfNodes(nodes: readonly string[]): Loss {
  return {
    names: [...nodes],
    dead: [],
    off: [...nodes],
    isolated: [],
    unlinked: [],
    certificates: [],
    storages: [],
    guests: [],
    pools: [],
    outside: [],
    quorumDevice: false,
    backups: false,
    corosync: false,
  };
}

/** The quorum device, and the place where the backups are, as names that can fail. */
export const QDEVICE = "qdevice";
export const BACKUPS = "backups";
/** Before the name of a guest that runs and answers nothing. */
export const HUNG = "hung:";

/** Before the name of a node whose corosync link alone fails, and of a pair with old certificates. */
export const LINK = "corosync:";
export const CERTIFICATE = "certificate:";
/** Before the nodes of one side of a network that is cut in two, separated by commas. */
export const PARTITION = "partition:";

/** Text behind a prefix; nothing without the prefix. */
const behind = (prefix: string, name: string) =>
  name.startsWith(prefix) ? name.slice(prefix.length) : undefined;

/**
 * A network cut in two. The quorum device votes for one side only: for the larger one, and of two
 * equal ones for that of the first node.
 */
function addPartition(cluster: ClusterModel, loss: Loss, name: string): boolean {
  const named = new Set((behind(PARTITION, name) ?? "").split(",").map((node) => node.trim()));
  const side = cluster.nodes.filter((node) => named.has(node));
  const rest = cluster.nodes.filter((node) => !named.has(node));
  if (side.length !== named.size || rest.length === 0) return false;
  const [first = ""] = cluster.nodes;
  const sideFirst = side.length > rest.length || (side.length === rest.length && named.has(first));
  const [larger, smaller] = sideFirst ? [side, rest] : [rest, side];
  const votes = clusterVotes(cluster.nodes.length, cluster.quorumDevice === true);
  const voice = loss.quorumDevice ? 0 : votes.device;
  loss.sides = [larger, smaller];
  if (larger.length + voice >= votes.needed) loss.isolated.push(...smaller);
  else loss.corosync = true;
  return true;
}

/** What a name other than that of nodes, domains and shared storages stands for. */
function addOther(cluster: ClusterModel, loss: Loss, name: string): boolean {
  const hung = name.startsWith(HUNG);
  const guest = hung ? name.slice(HUNG.length) : name;
  const [storage = "", node = ""] = name.split("@");
  const kind = cluster.storages[storage]?.kind;
  const link = behind(LINK, name);
  const certificate = behind(CERTIFICATE, name);
  if (name.startsWith(PARTITION)) return addPartition(cluster, loss, name);
  const linked = cluster.nodes.length > 1;
  if (name === COROSYNC && linked) loss.corosync = true;
  else if (link !== undefined && linked && cluster.nodes.includes(link)) loss.unlinked.push(link);
  else if (certificate !== undefined && cluster.certificates?.[certificate] !== undefined)
    loss.certificates.push(certificate);
  else if (name === QDEVICE && cluster.quorumDevice) loss.quorumDevice = true;
  else if (name === BACKUPS) loss.backups = true;
  else if (cluster.outside?.includes(name)) loss.outside.push(name);
  else if (cluster.places?.includes(name)) loss.off.push(name);
  else if (
    (kind === "zfs" || kind === "local") &&
    cluster.storages[storage]?.nodes.includes(node)
  ) {
    loss.pools.push({ node, storage });
  } else if (cluster.guests.some((one) => one.name === guest)) {
    loss.guests.push({ name: guest, how: hung ? "hung" : "dead" });
  } else return false;
  return true;
}

/** Names that can fail; besides, guests by name and `storage@node`. */
export function failingNames(cluster: ClusterModel): string[] {
  return [
    ...cluster.nodes,
    ...cluster.nodes.map((node) => `${DISKS}${node}`),
    // A node by itself has no corosync.
    ...(cluster.nodes.length > 1 ? cluster.nodes.map((node) => `${LINK}${node}`) : []),
    ...Object.keys(cluster.certificates ?? {}).map((pair) => `${CERTIFICATE}${pair}`),
    ...(cluster.domains ?? []).map(({ name }) => name),
    ...sharedStorages(cluster),
    ...(cluster.outside ?? []),
    ...(cluster.places ?? []),
    ...(cluster.quorumDevice ? [QDEVICE] : []),
    BACKUPS,
    ...(cluster.nodes.length > 1 ? [COROSYNC] : []),
  ];
}

/** Storages that several nodes use at once, and that can fail without a node. */
export function sharedStorages(cluster: ClusterModel): string[] {
  return Object.entries(cluster.storages)
    .filter(([, { kind }]) => kind === "ceph" || kind === "shared")
    .map(([name]) => name);
}

/** Whether a name is something that can fail. */
export function canFail(cluster: ClusterModel, name: string): boolean {
  return failingNames(cluster).includes(name) || addOther(cluster, lossOfNodes([]), name);
}

/**
 * What fails together when all that is named fails. A node that is gone for one reason counts as
 * gone, whatever else is named.
 *
 * @throws Error when a name is none of `failingNames`
 */
export function lossOf(cluster: ClusterModel, names: readonly string[]): Loss {
  const loss = lossOfNodes([]);
  loss.names = [...new Set(names)];
  const nodes = new Set(cluster.nodes);
  const domains = new Map((cluster.domains ?? []).map((domain) => [domain.name, domain]));
  const storages = new Set(sharedStorages(cluster));
  for (const name of loss.names) {
    const domain = domains.get(name);
    const node = name.startsWith(DISKS) ? name.slice(DISKS.length) : undefined;
    if (nodes.has(name)) loss.off.push(name);
    else if (node !== undefined && nodes.has(node)) loss.dead.push(node);
    else if (domain) loss[kindOfLoss[domain.kind]].push(...domain.nodes);
    else if (storages.has(name)) loss.storages.push(name);
    else if (!addOther(cluster, loss, name)) {
      throw new Error(
        `"${name}" cannot fail, the cluster has ${listed(failingNames(cluster), 10)}; name one of them`,
      );
    }
  }
  const dead = new Set(loss.dead);
  const off = new Set(loss.off.filter((node) => !dead.has(node)));
  const isolated = new Set(loss.isolated.filter((node) => !dead.has(node) && !off.has(node)));
  const cut = new Set([...dead, ...off, ...isolated]);
  const unlinked = loss.unlinked.filter((node) => !cut.has(node));
  const all = { ...loss, dead: [...dead], off: [...off], isolated: [...isolated], unlinked };
  return withDevice(cluster, all, cut);
}

/**
 * Nodes that see no other still reach the quorum device, which votes for one side: the larger one, and
 * of equal ones that of the first node (corosync-qdevice(8): `tie_breaker`, by default the lowest id).
 */
function withDevice(cluster: ClusterModel, loss: Loss, cut: ReadonlySet<string>): Loss {
  if (!cluster.quorumDevice || loss.quorumDevice || loss.sides) return loss;
  const living = cluster.nodes.filter((node) => !cut.has(node));
  const alone = loss.corosync ? living : loss.unlinked;
  const together = living.filter((node) => !alone.includes(node));
  const { device, needed } = clusterVotes(cluster.nodes.length, true);
  const [first] = living;
  if (alone.length === 0 || together.length > 1 || first === undefined) return loss;
  if (1 + device < needed) return loss;
  return {
    ...loss,
    corosync: false,
    unlinked: living.filter((node) => node !== first),
    deviceFor: first,
  };
}

const kindOfLoss = { rack: "dead", ups: "off", switch: "isolated" } as const;

/** The same with one more node that crashes. */
export function lossPlus(loss: Loss, node: string): Loss {
  return {
    ...loss,
    off: loss.dead.includes(node) ? loss.off : [...loss.off, node],
    isolated: loss.isolated.filter((other) => other !== node),
    unlinked: loss.unlinked.filter((other) => other !== node),
  };
}
