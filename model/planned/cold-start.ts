import { clusterVotes, majorityOf } from "../placement/quorum";
import type { ClusterModel, GuestModel, ServiceModel, Step } from "../resilience/types";
import { counted, listed } from "../text";

/** The order in which a house comes up, and what stands in its way. */
export interface ColdStart {
  /** Guests by what they need: the first need nothing that is inside. */
  levels: string[][];
  /** Services that need each other in a circle: none of them can come first. */
  circles: string[][];
  /** Guests that may start before what they need. */
  early: { guest: string; needs: string; why: string }[];
}

const needsOf = ({ needs, layers }: ServiceModel) => [
  ...needs,
  ...layers.flatMap(({ api }) => (api === undefined ? [] : [api])),
];

const guestsBelow = ({ layers }: ServiceModel) =>
  layers.flatMap(({ members }) => members.flatMap(({ guest }) => guest ?? []));

/** The guests of a need; what is outside stands for the guests that lead to it. */
function guestsOfNeed(
  byName: ReadonlyMap<string, ServiceModel>,
  need: string,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  const service = byName.get(need);
  if (!service || seen.has(need)) return [];
  if (service.layers.length > 0) return guestsBelow(service);
  const path = new Set([...seen, need]);
  return service.needs.flatMap((next) => guestsOfNeed(byName, next, path));
}

/** Depth of every service over what it needs, and the circles. */
function depths(services: readonly ServiceModel[]) {
  const byName = new Map(services.map((service) => [service.name, service]));
  const depth = new Map<string, number>();
  const circles = new Map<string, string[]>();
  const visit = (name: string, path: readonly string[]): number => {
    const known = depth.get(name);
    if (known !== undefined) return known;
    const service = byName.get(name);
    if (!service) return 0;
    if (path.includes(name)) {
      const circle = path.slice(path.indexOf(name));
      circles.set([...circle].sort().join(" "), [...circle, name]);
      return 0;
    }
    const below = needsOf(service).map((need) => visit(need, [...path, name]));
    // What has no hosts is outside, and takes no turn of its own.
    const own = service.layers.length > 0 ? 1 : 0;
    const found = Math.max(0, ...below) + own;
    depth.set(name, found);
    return found;
  };
  for (const { name } of services) visit(name, []);
  return { byName, depth, circles: [...circles.values()] };
}

/** Why a guest may start before one that it needs; nothing when the start-up order sees to it. */
function startsEarly(guest: GuestModel, other: GuestModel): string | undefined {
  if (guest.ha) return "HA starts its guests in no stated order";
  if (other.ha) return `${other.name} is under HA, which waits for its manager and knows no order`;
  if (guest.node !== other.node)
    return `start-up orders count on one node, and ${other.name} is on ${other.node}`;
  const order = ({ startup }: GuestModel) => startup?.order ?? Number.POSITIVE_INFINITY;
  if (guest === other || order(guest) > order(other)) return undefined;
  return order(guest) === order(other)
    ? "both have the same start-up order, or none"
    : "its start-up order is lower";
}

/** The order of a cold start: what needs nothing first; every member of a need has to be up. */
export function coldStart({ services, guests }: ClusterModel): ColdStart {
  const { byName, depth, circles } = depths(services);
  const guestOf = new Map(guests.map((guest) => [guest.name, guest]));
  const level = new Map<string, number>();
  const early: ColdStart["early"] = [];
  for (const service of services) {
    for (const name of guestsBelow(service)) {
      level.set(name, Math.max(level.get(name) ?? 1, depth.get(service.name) ?? 1));
      const guest = guestOf.get(name);
      for (const need of needsOf(service)) {
        const others = guestsOfNeed(byName, need).flatMap((one) => guestOf.get(one) ?? []);
        const reasons = others.map((other) => guest && startsEarly(guest, other));
        const [why] = reasons;
        if (why !== undefined && reasons.every((one) => one !== undefined)) {
          early.push({ guest: name, needs: need, why });
        }
      }
    }
  }
  const levels: string[][] = [];
  for (const { name } of guests) {
    const at = (level.get(name) ?? 1) - 1;
    while (levels.length <= at) levels.push([]);
    levels[at]?.push(name);
  }
  return { levels: levels.filter((names) => names.length > 0), circles, early };
}

/** A cold start of the whole house, in the order in which things can come up. */
export function coldStartSteps(cluster: ClusterModel): Step[] {
  const { levels, circles, early } = coldStart(cluster);
  const { needed, total } = clusterVotes(cluster.nodes.length, cluster.quorumDevice === true);
  const step = (text: string, source = ""): Step => ({ atSec: null, text, source });
  const ceph = Object.entries(cluster.storages).flatMap(([name, storage]) =>
    storage.kind === "ceph"
      ? [
          step(
            `${name} serves once ${majorityOf(storage.monitors.length)} of ${counted(storage.monitors.length, "monitor")} and ${storage.minCopies} of ${storage.osdNodes.length} nodes with OSDs are up; guests on it start, and hang until then`,
            "Ceph: majority of monitors, min_size of the pool",
          ),
        ]
      : [],
  );
  const store = cluster.backup.guest;
  return [
    {
      atSec: [0, 0],
      text: "the whole house was off, and power is back: switches first, then the nodes",
      source: "",
    },
    step(
      `no guest starts, under HA or not, until ${needed} of ${total} votes are there`,
      "corosync; pve-guests waits for quorum",
    ),
    ...ceph,
    ...levels.map((names, index) =>
      step(
        `${index + 1}. ${listed(names, 12)}${index === 0 ? ": need no other guest" : ": need what comes before"}`,
        "guests.<name>.needs",
      ),
    ),
    ...early.map(({ guest, needs, why }) =>
      step(
        `${guest} may start before ${needs}, which it needs: ${why}; it has to wait or try again by itself`,
        "pve-manager: start-up order (startup); HA ignores it",
      ),
    ),
    ...circles.map((names) =>
      step(`${names.join(" needs ")}: a circle, none of them can come first; take one need out`),
    ),
    ...(store === undefined
      ? []
      : [step(`${store} carries the backups: nothing is restored before it runs`)]),
  ];
}
