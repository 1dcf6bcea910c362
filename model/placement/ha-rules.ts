import type { Finding } from "../finding";
import { addTo } from "../maps";
import { counted, listed } from "../text";
import {
  type HaRule,
  indexRules,
  nodeRulesOfAll,
  type RuleIndex,
  type TogetherSet,
} from "./ha-rule-index";
import { cannotSpread } from "./spread";

export type { HaRule } from "./ha-rule-index";

const names = (rules: readonly HaRule[]) => listed(rules.map((rule) => `"${rule.name}"`));

const infeasible = (rule: HaRule, message: string, fix: string): Finding => ({
  rule: "ha-rule-infeasible",
  path: [rule.name],
  message,
  fix,
  severity: "error",
});

/** (a) A resource may be in one node-affinity rule at most. */
function inSeveralNodeRules(index: RuleIndex): Finding[] {
  const byRules = new Map<string, { rules: HaRule[]; resources: string[] }>();
  for (const [resource, rules] of index.nodeRulesOf) {
    if (rules.length < 2) continue;
    const key = rules.map((rule) => rule.name).join("\n");
    const entry = byRules.get(key) ?? { rules, resources: [] };
    entry.resources.push(resource);
    byRules.set(key, entry);
  }
  return [...byRules.values()].map(({ rules, resources }) =>
    infeasible(
      rules.at(-1) as HaRule,
      `${listed(resources)} is in the node-affinity rules ${names(rules)}, and Proxmox allows a resource in one of them only`,
      `leave ${listed(resources)} in one of ${names(rules)}`,
    ),
  );
}

/** (b) A resource-affinity rule needs two resources. */
function tooFewResources(index: RuleIndex): Finding[] {
  return index.affinityRules
    .filter((rule) => new Set(rule.resources).size < 2)
    .map((rule) =>
      infeasible(
        rule,
        `resource-affinity rule "${rule.name}" names ${counted(new Set(rule.resources).size, "resource")} (${listed([...new Set(rule.resources)])}), and it takes 2 to be kept ${rule.affinity === "positive" ? "together" : "apart"}`,
        "name the other resource, or remove the rule",
      ),
    );
}

/** (c) A negative rule cannot spread more resources than the cluster has nodes. */
function tooFewClusterNodes(index: RuleIndex, clusterNodes: readonly string[]): Finding[] {
  return index.negativeRules
    .filter((rule) => new Set(rule.resources).size > clusterNodes.length)
    .map((rule) =>
      infeasible(
        rule,
        `rule "${rule.name}" keeps ${counted(new Set(rule.resources).size, "resource")} apart, and the cluster has ${counted(clusterNodes.length, "node")}`,
        `keep at most ${clusterNodes.length} apart, or split the rule`,
      ),
    );
}

/** (d) Nobody can be kept together and apart. */
function togetherAndApart(index: RuleIndex): Finding[] {
  const setsOf = new Map<string, TogetherSet[]>();
  for (const set of index.togetherSets) {
    for (const resource of set.resources) addTo(setsOf, resource, set);
  }
  return index.negativeRules.flatMap((negative) => {
    const shared = new Map<TogetherSet, string[]>();
    for (const resource of new Set(negative.resources)) {
      for (const set of setsOf.get(resource) ?? []) addTo(shared, set, resource);
    }
    return [...shared]
      .filter(([, resources]) => resources.length > 1)
      .map(([set, resources]) =>
        infeasible(
          negative,
          `${listed(resources)} are kept apart by "${negative.name}" and together by ${names(set.rules)}`,
          `take ${listed(resources)} out of one of them`,
        ),
      );
  });
}

function classesText(rule: HaRule): string {
  const classes = new Map<number, string[]>();
  for (const [node, priority] of Object.entries(rule.nodes ?? {})) {
    addTo(classes, priority, node);
  }
  return [...classes]
    .sort(([a], [b]) => b - a)
    .map(([priority, nodes]) => `${priority}: ${listed(nodes)}`)
    .join(", ");
}

/** (e) A resource may be in both kinds of rule only if its node rule has one priority class. */
function severalPriorityClasses(index: RuleIndex): Finding[] {
  return index.affinityRules.flatMap((rule) =>
    nodeRulesOfAll(index, rule.resources)
      .filter((nodeRule) => new Set(Object.values(nodeRule.nodes ?? {})).size > 1)
      .map((nodeRule) => {
        const shared = rule.resources.filter((resource) =>
          index.nodeRulesOf.get(resource)?.includes(nodeRule),
        );
        const classes = new Set(Object.values(nodeRule.nodes ?? {})).size;
        return infeasible(
          rule,
          `rule "${rule.name}" keeps ${listed(rule.resources)} ${rule.affinity === "positive" ? "together" : "apart"}, and "${nodeRule.name}" gives ${listed(shared)} nodes of ${classes} priority classes (${classesText(nodeRule)}), which Proxmox refuses`,
          `use one priority class: give every node of "${nodeRule.name}" the same priority`,
        );
      }),
  );
}

/** (f) What is kept together must not be in several node-affinity rules. */
function togetherInSeveralNodeRules(index: RuleIndex): Finding[] {
  return index.togetherSets.flatMap((set) => {
    const nodeRules = nodeRulesOfAll(index, set.resources);
    const [first] = set.rules;
    if (nodeRules.length < 2 || !first) return [];
    return [
      infeasible(
        first,
        `${listed([...set.resources])} are kept together by ${names(set.rules)}, but stand in the node-affinity rules ${names(nodeRules)}`,
        "put all of them into one node-affinity rule",
      ),
    ];
  });
}

/** (g) The node rules of resources that are kept apart must leave a node for each. */
function tooFewAllowedNodes(
  index: RuleIndex,
  clusterNodes: readonly string[] | undefined,
): Finding[] {
  return index.negativeRules.flatMap((rule) => {
    const nodeRules = nodeRulesOfAll(index, rule.resources);
    const located = rule.resources.filter((resource) => index.nodeRulesOf.has(resource));
    const nodes = new Set(nodeRules.flatMap((nodeRule) => Object.keys(nodeRule.nodes ?? {})));
    if (nodes.size < new Set(located).size) {
      return [
        infeasible(
          rule,
          `rule "${rule.name}" keeps ${listed(located)} apart, and ${names(nodeRules)} leaves them ${counted(nodes.size, "node")} (${listed([...nodes])})`,
          `list at least ${new Set(located).size} nodes in ${names(nodeRules)}`,
        ),
      ];
    }
    if (clusterNodes && new Set(rule.resources).size > clusterNodes.length) return [];
    const crowd = cannotSpread(rule.resources, (resource) => {
      const strict = index.nodeRulesOf.get(resource)?.find((nodeRule) => nodeRule.strict);
      return strict ? Object.keys(strict.nodes ?? {}) : clusterNodes;
    });
    if (!crowd) return [];
    return [
      infeasible(
        rule,
        `rule "${rule.name}" keeps ${listed(crowd.resources)} apart, and strict rules leave them only ${listed(crowd.nodes)}: one of them would never run`,
        "allow one of them on another node",
      ),
    ];
  });
}

/**
 * What Proxmox VE 9 refuses, or silently drops, about a set of HA rules: its seven feasibility
 * tests (pve-docs, ha-manager, "Rule Conflicts and Errors"; pve-ha-manager, HA/Rules.pm), and
 * beyond the seventh a set that is kept apart but whose strict rules cannot seat it.
 *
 * @param clusterNodes every node of the cluster; undefined when unknown, then test (c) is left out
 * @returns findings whose path is the name of the rule to change
 */
export function judgeRules(
  rules: readonly HaRule[],
  clusterNodes: readonly string[] | undefined,
): Finding[] {
  return [...inSeveralNodeRules(indexRules(rules)), ...judgeAffinityRules(rules, clusterNodes)];
}

/** The tests of `judgeRules` without (a), for callers that judge several groups of a guest themselves. */
export function judgeAffinityRules(
  rules: readonly HaRule[],
  clusterNodes: readonly string[] | undefined,
): Finding[] {
  const index = indexRules(rules);
  return [
    ...tooFewResources(index),
    ...(clusterNodes ? tooFewClusterNodes(index, clusterNodes) : []),
    ...togetherAndApart(index),
    ...severalPriorityClasses(index),
    ...togetherInSeveralNodeRules(index),
    ...tooFewAllowedNodes(index, clusterNodes),
  ];
}
