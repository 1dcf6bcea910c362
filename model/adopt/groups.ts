import type { HaResourceSnapshot, HaRuleSnapshot } from "../cluster-snapshot";
import { groupOf, type Placement } from "./group-section";
import { stackName } from "./names";
import { byVmid, type DraftGroup, type Reasons, type Section, type Source } from "./types";

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
        (state === "started" || state === "enabled"
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

const works = ({ disable, errors }: HaRuleSnapshot): boolean => !disable && errors.length === 0;

/**
 * The resources without those whose node rule names others that stay out: a rule is taken over
 * whole, and without it the file would say that they may run anywhere.
 */
function withWholeRules(
  { cluster, left }: Source,
  leave: Reasons,
  resources: HaResourceSnapshot[],
): HaResourceSnapshot[] {
  const known = new Set(resources.map(({ sid }) => sid));
  const partners = new Map<string, string>();
  for (const rule of cluster.ha.rules) {
    const stranger = rule.resources.find((sid) => !known.has(sid));
    if (rule.type !== "node-affinity" || !works(rule) || stranger === undefined) continue;
    for (const sid of rule.resources) {
      partners.set(sid, `rule ${rule.rule} places it together with ${stranger}, which is not`);
    }
  }
  return resources.filter(({ sid }) => {
    const why = partners.get(sid);
    if (why !== undefined && !leave.has(sid)) left.push({ what: `HA resource ${sid}`, why });
    return why === undefined;
  });
}

function ofRules(source: Source, leave: Reasons): Placement[] {
  const taken = new Set<string>();
  const resources = withWholeRules(source, leave, takeable(source, leave));
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
