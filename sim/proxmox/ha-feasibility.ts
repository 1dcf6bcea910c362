import type { HaRuleState } from "../world";

// The checks of pve-ha-manager, in its order and with its words: Rules/NodeAffinity.pm,
// Rules/ResourceAffinity.pm, and "INTER-PLUGIN RULE CHECKERS" of Rules.pm. Written from that source
// and from nothing of this repository, so that the program under test is not judged by itself.

type Rules = Record<string, HaRuleState>;
type Report = (rule: string, error: string) => void;

/** What Proxmox finds wrong with each of a set of rules; rules that are switched off take no part. */
export function infeasibilities(all: Rules, clusterNodes: number): Record<string, string[]> {
  const errors: Record<string, string[]> = {};
  const report: Report = (rule, error) => {
    errors[rule] ??= [];
    errors[rule].push(error);
  };
  const rules = Object.entries(all).filter(([, rule]) => !rule.disable);
  const node = Object.fromEntries(rules.filter(([, rule]) => rule.type === "node-affinity"));
  const resource = Object.fromEntries(rules.filter(([, rule]) => rule.type !== "node-affinity"));
  const positive = withAffinity(resource, "positive");
  const negative = withAffinity(resource, "negative");

  singleReference(node, report);
  atLeastTwo(resource, report);
  notMoreThanNodes(negative, clusterNodes, report);
  consistentAffinity(positive, negative, report);
  singlePriority(resource, node, report);
  oneNodeRulePerPositive(positive, node, report);
  enoughNodes(negative, node, report);
  return errors;
}

function withAffinity(rules: Rules, affinity: "positive" | "negative"): Rules {
  return Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule.affinity === affinity));
}

/** `check_single_resource_reference` */
function singleReference(node: Rules, report: Report): void {
  const users = new Map<string, number>();
  for (const { resources } of Object.values(node)) {
    for (const sid of new Set(resources)) users.set(sid, (users.get(sid) ?? 0) + 1);
  }
  for (const [id, rule] of Object.entries(node)) {
    for (const sid of rule.resources) {
      const shared = (users.get(sid) ?? 0) > 1;
      if (shared) report(id, `resource '${sid}' is already used in another node affinity rule`);
    }
  }
}

/** `check_resource_affinity_resources_count` */
function atLeastTwo(resource: Rules, report: Report): void {
  for (const [id, rule] of Object.entries(resource)) {
    if (new Set(rule.resources).size < 2) {
      report(id, "rule is ineffective as there are less than two resources");
    }
  }
}

/** `check_negative_resource_affinity_resources_count` */
function notMoreThanNodes(negative: Rules, clusterNodes: number, report: Report): void {
  for (const [id, rule] of Object.entries(negative)) {
    if (new Set(rule.resources).size > clusterNodes) {
      report(id, "rule defines more resources than available nodes");
    }
  }
}

/** `check_inter_resource_affinity_rules_consistency` */
function consistentAffinity(positive: Rules, negative: Rules, report: Report): void {
  for (const together of disjointSets(positive)) {
    for (const [id, rule] of Object.entries(negative)) {
      if (common(rule.resources, together.resources).length < 2) continue;
      report(id, "rule shares two or more resources with a positive resource affinity rule");
      for (const other of together.rules) {
        report(other, "rule shares two or more resources with a negative resource affinity rule");
      }
    }
  }
}

/** `check_single_priority_node_affinity_in_resource_affinity_rules` */
function singlePriority(resource: Rules, node: Rules, report: Report): void {
  for (const [id, rule] of Object.entries(resource)) {
    const paired = pairedWith(rule.resources, node);
    if (!paired.some(([, other]) => new Set(Object.values(other.nodes)).size > 1)) continue;
    report(id, "resources are in node affinity rules with multiple priorities");
    for (const [other] of paired) {
      report(
        other,
        "resources are in a resource affinity rule and cannot be in a node affinity rule with multiple priorities",
      );
    }
  }
}

/** `check_single_node_affinity_per_positive_resource_affinity_rule` */
function oneNodeRulePerPositive(positive: Rules, node: Rules, report: Report): void {
  for (const together of disjointSets(positive)) {
    const paired = pairedWith(together.resources, node);
    if (paired.length < 2) continue;
    for (const id of together.rules) report(id, "resources are in multiple node affinity rules");
    for (const [id] of paired) {
      report(
        id,
        "at least one resource is in a positive resource affinity rule and there are other resources in at least one other node affinity rule already",
      );
    }
  }
}

/** `check_negative_resource_affinity_node_affinity_consistency` */
function enoughNodes(negative: Rules, node: Rules, report: Report): void {
  for (const [id, rule] of Object.entries(negative)) {
    const paired = pairedWith(rule.resources, node);
    const located = new Set(paired.flatMap(([, other]) => common(rule.resources, other.resources)));
    const allowed = new Set(paired.flatMap(([, other]) => Object.keys(other.nodes)));
    if (allowed.size >= located.size) continue;
    report(
      id,
      "two or more resources are restricted to less nodes than available to the resources",
    );
    for (const [other] of paired) {
      report(
        other,
        "at least one resource is in a negative resource affinity rule and this rule would restrict these to less nodes than available to the resources",
      );
    }
  }
}

/** Positive rules joined where they share a resource (Rules/Helpers.pm `find_disjoint_rules_resource_sets`). */
function disjointSets(positive: Rules): { rules: string[]; resources: string[] }[] {
  const sets: { rules: string[]; resources: string[] }[] = [];
  const ordered = Object.entries(positive).sort(
    ([a, one], [b, other]) => compare(lowest(one), lowest(other)) || compare(a, b),
  );
  for (const [id, rule] of ordered) {
    const joined = sets.find((set) => common(set.resources, rule.resources).length > 0);
    if (joined === undefined) sets.push({ rules: [id], resources: [...rule.resources] });
    else {
      joined.rules.push(id);
      joined.resources.push(...rule.resources);
    }
  }
  return sets;
}

/** By text, as Perl sorts: `ct:1000` comes before `ct:110`. */
function lowest(rule: HaRuleState): string {
  return [...rule.resources].sort(compare)[0] ?? "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function pairedWith(resources: string[], node: Rules): [string, HaRuleState][] {
  return Object.entries(node).filter(([, rule]) => common(resources, rule.resources).length > 0);
}

function common(a: string[], b: string[]): string[] {
  return [...new Set(a)].filter((item) => b.includes(item));
}
