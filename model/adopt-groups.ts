import type { HaResourceSnapshot, HaRuleSnapshot } from "../proxmox/snapshot";
import { stackName } from "./adopt-names";
import { adoptReplication } from "./adopt-replication";
import { byVmid, type DraftGroup, type Reasons, type Section, type Source } from "./adopt-types";
import { nodeRuleId, rulesOf } from "./placement";

/** A placement of the cluster with the guests that it is for. */
interface Placement {
  name: string;
  /** Id in the cluster; none for guests that HA may start anywhere. */
  id?: string;
  resources: HaResourceSnapshot[];
  nodes: Record<string, number>;
  unranked: string[];
  strict: boolean;
  failback: boolean;
  apart: HaRuleSnapshot[];
  together: HaRuleSnapshot[];
}

/** HA groups of the stack file. */
export interface AdoptedGroups {
  sections: Record<string, Section>;
  groups: DraftGroup[];
}

/**
 * Placements that say what the cluster's groups (version 8) or rules (9) say, together with the
 * guests under HA. What does not fit is told and stays as it is.
 *
 * @param leave what must stay out, by HA id or `rule <id>`
 */
export function adoptGroups(source: Source, leave: Reasons): AdoptedGroups {
  const placements =
    source.cluster.version.major >= 9 ? ofRules(source, leave) : ofGroups(source, leave);
  const made = placements.map((placement) => groupOf(source, placement));
  return {
    sections: Object.fromEntries(made.map(({ group, section }) => [group.name, section])),
    groups: made.map(({ group }) => group),
  };
}

/** Resources that can be taken over; the others are told. */
function takeable({ cluster, names, left }: Source, leave: Reasons): HaResourceSnapshot[] {
  return cluster.ha.resources
    .filter(({ sid, state }) => {
      const why =
        leave.get(sid) ??
        (names.has(sid) ? undefined : "its guest is not in the stack file") ??
        (state === "started"
          ? undefined
          : `its state is "${state}", and an HaGroup starts its guests`);
      if (why !== undefined) left.push({ what: `HA resource ${sid}`, why });
      return why === undefined;
    })
    .sort((a, b) => byVmid(a.sid, b.sid));
}

const ANYWHERE = "anywhere";

const unplaced = (taken: Set<string>, resources: HaResourceSnapshot[]): Placement => ({
  name: stackName(ANYWHERE, taken, "ha"),
  resources,
  nodes: {},
  unranked: [],
  strict: false,
  failback: true,
  apart: [],
  together: [],
});

function ofGroups(source: Source, leave: Reasons): Placement[] {
  const taken = new Set<string>();
  const resources = takeable(source, leave);
  const placed = source.cluster.ha.groups.flatMap((group): Placement[] => {
    const own = resources.filter((resource) => resource.group === group.group);
    if (own.length === 0) {
      const why = "none of its guests is taken over, and an HaGroup needs one";
      source.left.push({ what: `group ${group.group}`, why });
      return [];
    }
    return [
      {
        name: stackName(group.group, taken, "group"),
        id: group.group,
        resources: own,
        nodes: group.nodes,
        unranked: group.unranked ?? [],
        strict: group.restricted,
        failback: !group.nofailback,
        apart: [],
        together: [],
      },
    ];
  });
  const free = resources.filter(({ group }) => group === undefined);
  return free.length > 0 ? [...placed, unplaced(taken, free)] : placed;
}

const PREFIX = "ha-group-";

function ofRules(source: Source, leave: Reasons): Placement[] {
  const taken = new Set<string>();
  const resources = takeable(source, leave);
  const known = new Map(resources.map((resource) => [resource.sid, resource]));
  const tell = (rule: HaRuleSnapshot, why: string) => {
    source.left.push({ what: `rule ${rule.rule}`, why });
    return false;
  };
  const usable = source.cluster.ha.rules.filter((rule) => {
    const why = leave.get(`rule ${rule.rule}`);
    if (why !== undefined) return tell(rule, why);
    if (rule.disable) return tell(rule, "it is switched off");
    if (rule.errors.length > 0)
      return tell(rule, `Proxmox itself ignores it: ${rule.errors.join(", ")}`);
    const stranger = rule.resources.find((sid) => !known.has(sid));
    return stranger === undefined || tell(rule, `it names ${stranger}, which is not taken over`);
  });
  const placed = usable
    .filter(({ type }) => type === "node-affinity")
    .map((rule): Placement => {
      const own = rule.rule.startsWith(PREFIX) ? rule.rule.slice(PREFIX.length) : rule.rule;
      const members = [...rule.resources].sort(byVmid).flatMap((sid) => known.get(sid) ?? []);
      return {
        name: stackName(own, taken, "rule"),
        id: rule.rule,
        resources: members,
        nodes: rule.nodes,
        unranked: rule.unranked ?? [],
        strict: rule.strict,
        failback: members.some(({ failback }) => failback !== false),
        apart: [],
        together: [],
      };
    });
  const inRule = new Set(placed.flatMap((one) => one.resources.map(({ sid }) => sid)));
  const free = resources.filter(({ sid }) => !inRule.has(sid));
  const all = free.length > 0 ? [...placed, anywhere(taken, free)] : placed;
  for (const rule of usable.filter(({ type }) => type === "resource-affinity")) {
    const home = all.find(({ resources: own }) =>
      rule.resources.every((sid) => own.some((resource) => resource.sid === sid)),
    );
    if (home) (rule.affinity === "positive" ? home.together : home.apart).push(rule);
    else tell(rule, "its guests have different placements, and an HaGroup states one for all");
  }
  return all;
}

function anywhere(taken: Set<string>, free: HaResourceSnapshot[]): Placement {
  return { ...unplaced(taken, free), failback: free.some(({ failback }) => failback !== false) };
}

/** What the schema takes where a group states nothing (config/ha-groups.ts). */
const USUAL = { maxRestart: 3, maxRelocate: 2 };

function groupOf(source: Source, placement: Placement): { group: DraftGroup; section: Section } {
  const { resources, apart, together } = placement;
  const nameOf = (sid: string) => source.names.get(sid) ?? sid;
  const sets = (rules: HaRuleSnapshot[]) =>
    rules.map((rule) => [...rule.resources].sort(byVmid).map(nameOf));
  const limits = {
    maxRestart: usualOf(resources, "maxRestart"),
    maxRelocate: usualOf(resources, "maxRelocate"),
  };
  const replication = adoptReplication(source, resources);
  const perGuest = Object.fromEntries(
    resources.flatMap((resource) => {
      const own = exception(source, resource, limits, placement.failback);
      return Object.keys(own).length > 0 ? [[nameOf(resource.sid), own]] : [];
    }),
  );
  return {
    group: {
      name: placement.name,
      sids: resources.map(({ sid }) => sid),
      keepApart: apart.map(({ rule }) => rule),
      keepTogether: together.map(({ rule }) => rule),
    },
    section: {
      guests: resources.map(({ sid }) => nameOf(sid)),
      nodes: placement.nodes,
      ...(placement.strict && { strict: true }),
      ...(!placement.failback && { failback: false }),
      ...(apart.length > 0 && { keepApart: sets(apart) }),
      ...(together.length > 0 && { keepTogether: sets(together) }),
      ...(limits.maxRestart !== USUAL.maxRestart && { maxRestart: limits.maxRestart }),
      ...(limits.maxRelocate !== USUAL.maxRelocate && { maxRelocate: limits.maxRelocate }),
      ...(replication && { replication }),
      ...(Object.keys(perGuest).length > 0 && { perGuest }),
      ...ids(source, placement),
      ...(placement.unranked.length > 0 && { unranked: placement.unranked }),
    },
  };
}

type Limit = keyof typeof USUAL;

/** The number that most of them state. */
function usualOf(resources: readonly HaResourceSnapshot[], key: Limit): number {
  const counts = new Map<number, number>();
  for (const resource of resources) {
    if (!resource.unset?.includes(key)) {
      counts.set(resource[key], (counts.get(resource[key]) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort(([a, one], [b, other]) => other - one || a - b);
  return most?.[0] ?? USUAL[key];
}

function exception(
  { cluster }: Source,
  resource: HaResourceSnapshot,
  limits: Record<Limit, number>,
  failback: boolean,
): Section {
  const limit = (key: Limit) => {
    if (resource.unset?.includes(key)) return { [key]: "default" };
    return resource[key] === limits[key] ? {} : { [key]: resource[key] };
  };
  const stated = cluster.version.major >= 9 ? resource.failback : undefined;
  // Unset means that it fails back, and is what a group that does writes.
  const written = failback ? undefined : false;
  return {
    ...limit("maxRestart"),
    ...limit("maxRelocate"),
    ...(stated !== written && { failback: stated ?? true }),
  };
}

/** Ids that are not those which an `HaGroup` of this name would give. */
function ids({ cluster }: Source, { name, id, resources, apart, together }: Placement): Section {
  if (cluster.version.major < 9) return id === undefined || id === name ? {} : { groupId: id };
  const sets = (rules: HaRuleSnapshot[]) => rules.map((rule) => [...rule.resources].sort(byVmid));
  const affinity = rulesOf({
    name,
    resources: resources.map(({ sid }) => sid),
    nodes: {},
    strict: false,
    failback: true,
    keepApart: sets(apart),
    keepTogether: sets(together),
  }).map((rule) => rule.name);
  const pairs = [
    ...(id === undefined ? [] : [[nodeRuleId(name), id] as const]),
    ...[...apart, ...together].map((rule, index) => [affinity[index] ?? "", rule.rule] as const),
  ].filter(([ours, theirs]) => ours !== theirs);
  return pairs.length > 0 ? { ruleIds: Object.fromEntries(pairs) } : {};
}
