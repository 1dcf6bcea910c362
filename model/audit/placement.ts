import type { ClusterSnapshot, HaRuleSnapshot } from "../cluster-snapshot";
import type { Finding } from "../finding";
import { addTo } from "../maps";
import { pageUrl } from "../pages";
import { type PlacementGroup, rulesOf } from "../placement/group-rules";
import { type HaRule, judgeRules } from "../placement/ha-rules";
import { judgePlacement } from "../placement/placement";
import { counted, listed } from "../text";
import type { AuditContext, AuditFinding } from "./types";

/** Looks up the nodes on which HA may start a resource: those of its strict rule or restricted group, else all. */
export function placesOf({ ha, nodes }: ClusterSnapshot): (sid: string) => string[] {
  const all = nodes.map(({ name }) => name);
  const restricted = new Map(
    ha.groups.filter((group) => group.restricted).map((group) => [group.group, group]),
  );
  const found = new Map<string, string[]>();
  for (const { sid, group = "" } of ha.resources) {
    const own = restricted.get(group);
    if (own) found.set(sid, Object.keys(own.nodes));
  }
  for (const { type, strict, disable, resources, nodes: listedNodes } of ha.rules) {
    if (type !== "node-affinity" || !strict || disable) continue;
    for (const sid of resources) found.set(sid, Object.keys(listedNodes));
  }
  return (sid) => found.get(sid) ?? all;
}

/** Rules and groups: none at all, not those of the stack file, or ones that Proxmox ignores. */
export function judgeRulesAndGroups(context: AuditContext): AuditFinding[] {
  const { cluster } = context;
  const { rules, groups } = cluster.ha;
  const usable = rules.filter(({ disable }) => !disable);
  if (usable.length + groups.length === 0) return [...nonePresent(context), ...disabled(cluster)];
  return [...missing(context), ...ignored(cluster), ...infeasible(cluster), ...disabled(cluster)];
}

/** No rule and no group at all: bad only for a pair under HA, or where a stack file states some. */
function nonePresent({ cluster, wanted, pairs, managed }: AuditContext): AuditFinding[] {
  const pair = pairs.find(
    ({ members }) => members.filter(({ sid }) => managed.has(sid)).length > 1,
  );
  const stated = wanted?.groups.length ?? 0;
  if (cluster.nodes.length < 2 || (pair === undefined && stated === 0)) return [];
  const word = cluster.version.major >= 9 ? "rule" : "group";
  const harm = pair
    ? `, so after a failure HA may put both members of ${pair.name} on one node`
    : ", so HA starts a guest on any node";
  return [
    {
      rule: "no-ha-placement",
      severity: pair ? "critical" : "warning",
      subject: "cluster",
      message: `there is no HA ${word}: nothing says where HA resources may run${harm}`,
      fix:
        wanted && stated > 0
          ? `apply the ${counted(stated, "placement")} of ${wanted.file}: pulumi up`
          : "set the placement in haGroups of a stack file, and apply it: pulumi up",
    },
  ];
}

/** What the stack file wants and the cluster does not have, or has otherwise. */
function missing({ cluster, wanted }: AuditContext): AuditFinding[] {
  if (!wanted) return [];
  const drift = (subject: string, message: string): AuditFinding => ({
    rule: "ha-placement-differs",
    severity: "warning",
    subject,
    message,
    fix: "apply the stack file: pulumi up",
  });
  const bySid = new Map<string, HaRuleSnapshot[]>();
  for (const rule of cluster.ha.rules) for (const sid of rule.resources) addTo(bySid, sid, rule);
  const rulesFor = (sids: readonly string[]) => [
    ...new Set(sids.flatMap((sid) => bySid.get(sid) ?? [])),
  ];
  return wanted.groups.flatMap((group) => {
    if (cluster.version.major < 9) {
      const live = cluster.ha.groups.find(({ group: name }) => name === group.name);
      if (Object.keys(group.nodes).length === 0) return [];
      if (!live)
        return [drift(group.name, `the stack file's HA group ${group.name} does not exist`)];
      const same =
        sameNodes(live.nodes, group.nodes) &&
        live.restricted === group.strict &&
        live.nofailback === !group.failback;
      return same ? [] : [drift(group.name, `HA group ${group.name} differs from the stack file`)];
    }
    return rulesOf(group).flatMap((rule) => {
      const rules = rulesFor(rule.resources);
      // By what it says: the name that a rule goes by makes no difference to HA.
      if (rules.some((live) => !live.disable && sameRule(live, rule))) return [];
      const near = rules.find((live) => live.type === rule.type);
      const what = `${rule.type} rule for ${listed(rule.resources, 4)} (haGroups.${group.name})`;
      return near
        ? [drift(`rule ${near.rule}`, `the HA rule ${near.rule} is not the stack file's ${what}`)]
        : [drift(group.name, `the stack file's ${what} does not exist`)];
    });
  });
}

const sorted = (values: readonly string[]) => [...new Set(values)].sort().join(",");

function sameNodes(a: Record<string, number>, b: Record<string, number>): boolean {
  const text = (nodes: Record<string, number>) =>
    sorted(Object.entries(nodes).map(([node, priority]) => `${node}:${priority}`));
  return text(a) === text(b);
}

function sameRule(live: HaRuleSnapshot, rule: HaRule): boolean {
  return (
    live.type === rule.type &&
    sorted(live.resources) === sorted(rule.resources) &&
    live.affinity === rule.affinity &&
    (rule.type !== "node-affinity" ||
      (sameNodes(live.nodes, rule.nodes ?? {}) && live.strict === (rule.strict ?? false)))
  );
}

/** Rules that the HA manager itself reports as broken. */
function ignored({ ha }: ClusterSnapshot): AuditFinding[] {
  return ha.rules
    .filter(({ errors, disable }) => errors.length > 0 && !disable)
    .map(({ rule, errors }) => ({
      rule: "ha-rule-infeasible",
      severity: "critical" as const,
      subject: `rule ${rule}`,
      message: `Proxmox ignores the HA rule ${rule}: ${listed(errors.map((error) => error.trim()))}`,
      fix: `correct the rule: see ${pageUrl("policies/ha-rule-infeasible.md")} for the seven conditions`,
    }));
}

/** The same from our own judgement, for what the manager does not say; groups of version 8 too. */
function infeasible({ ha, nodes, version }: ClusterSnapshot): AuditFinding[] {
  const names = nodes.map(({ name }) => name);
  const reported = new Set(
    ha.rules.filter(({ errors }) => errors.length > 0).map(({ rule }) => rule),
  );
  const rules = ha.rules
    .filter(({ disable }) => !disable)
    .map(({ rule, ...rest }): HaRule => ({ name: rule, ...rest }));
  const groups = ha.groups.map(
    ({ group, nodes: allowed, restricted, nofailback }): PlacementGroup => ({
      name: group,
      resources: ha.resources.filter((resource) => resource.group === group).map(({ sid }) => sid),
      nodes: allowed,
      strict: restricted,
      failback: !nofailback,
      keepApart: [],
      keepTogether: [],
    }),
  );
  const found: Finding[] =
    version.major >= 9 ? judgeRules(rules, names) : judgePlacement(8, names, groups);
  return found
    .filter(({ path }) => !reported.has(String(path[0])))
    .map(({ message, fix, path, severity }) => ({
      rule: "ha-rule-infeasible",
      severity: severity === "error" ? ("critical" as const) : ("warning" as const),
      subject: `${version.major >= 9 ? "rule" : "group"} ${path[0] ?? ""}`,
      message,
      fix,
    }));
}

function disabled({ ha, nodes }: ClusterSnapshot): AuditFinding[] {
  const names = nodes.map(({ name }) => name);
  const refusals = (rules: readonly HaRuleSnapshot[]) =>
    judgeRules(
      rules.map(({ rule, ...rest }): HaRule => ({ name: rule, ...rest })),
      names,
    )
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message);
  const on = ha.rules.filter(({ disable }) => !disable);
  const before = new Set(refusals(on));
  const conflicts = (id: string) =>
    refusals(ha.rules.filter(({ rule, disable }) => rule === id || !disable)).some(
      (message) => !before.has(message),
    );
  return ha.rules
    .filter(({ disable }) => disable)
    .map(({ rule, resources, type }) => ({
      rule: "ha-placement-differs",
      severity: "warning" as const,
      subject: `rule ${rule}`,
      message: `the HA rule ${rule} (${listed(resources)}) is switched off`,
      fix: conflicts(rule)
        ? `Proxmox does not take it beside the others: correct it in the stack file, or remove it: ha-manager rules remove ${rule}`
        : `switch it on, or remove it: ha-manager rules set ${type} ${rule} --delete disable`,
    }));
}
