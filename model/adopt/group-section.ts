import type { HaResourceSnapshot, HaRuleSnapshot } from "../cluster-snapshot";
import { nodeRuleId, rulesOf } from "../placement/group-rules";
import { adoptReplication } from "./replication";
import { byVmid, type DraftGroup, type Section, type Source } from "./types";

/** A placement of the cluster with the guests that it is for. */
export interface Placement {
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

/** What the schema takes where a group states nothing (config/ha-groups.ts). */
const USUAL = { maxRestart: 3, maxRelocate: 2 };

/** What the stack file says of a placement: only what differs from the defaults of the schema. */
export function groupOf(
  source: Source,
  placement: Placement,
): { group: DraftGroup; section: Section } {
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
  return {
    ...limit("maxRestart"),
    ...limit("maxRelocate"),
    ...ownFailback(cluster.version.major, resource.failback, failback),
  };
}

/**
 * Failback of one guest where it is not its group's. On version 8 it is the group's alone: what the
 * API gives for a guest there is a default, and would outlive the group at the upgrade.
 */
function ownFailback(major: number, stated: boolean | undefined, group: boolean): Section {
  if (major < 9) return {};
  // Unset means that it fails back, and is what a group that does writes.
  const written = group ? undefined : false;
  return stated === written ? {} : { failback: stated ?? true };
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
