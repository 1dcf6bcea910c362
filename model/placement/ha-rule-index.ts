import { addTo } from "../maps";
import { type MergedSet, mergeTogether } from "./affinity";

/** One rule of the Proxmox VE 9 HA manager, in the vendor's words. */
export interface HaRule {
  /** Id of the rule in the cluster. */
  name: string;
  type: "node-affinity" | "resource-affinity";
  /** HA ids, e.g. `ct:110`. */
  resources: string[];
  /** Node affinity: nodes with their priority; a higher number is preferred. */
  nodes?: Record<string, number>;
  /** Node affinity: whether the resources may run on these nodes only. @default false */
  strict?: boolean;
  /** Resource affinity: `positive` keeps together, `negative` keeps apart. */
  affinity?: "positive" | "negative";
}

/** The rules, looked up from every side once, so that the tests stay near linear. */
export interface RuleIndex {
  /** Resource-affinity rules. */
  affinityRules: HaRule[];
  /** Those that keep apart. */
  negativeRules: HaRule[];
  /** Those that keep together, merged as PVE merges them. */
  togetherSets: TogetherSet[];
  /** Node-affinity rules by resource. */
  nodeRulesOf: Map<string, HaRule[]>;
}

/** Positive rules that act as one, with all their resources. */
export type TogetherSet = MergedSet<HaRule>;

function byResource(rules: readonly HaRule[]): Map<string, HaRule[]> {
  const found = new Map<string, HaRule[]>();
  for (const rule of rules) {
    for (const resource of new Set(rule.resources)) addTo(found, resource, rule);
  }
  return found;
}

/** Looks the rules up from every side. */
export function indexRules(rules: readonly HaRule[]): RuleIndex {
  const affinityRules = rules.filter((rule) => rule.type === "resource-affinity");
  return {
    affinityRules,
    negativeRules: affinityRules.filter((rule) => rule.affinity === "negative"),
    togetherSets: mergeTogether(
      affinityRules
        .filter((rule) => rule.affinity === "positive")
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ),
    nodeRulesOf: byResource(rules.filter((rule) => rule.type === "node-affinity")),
  };
}

/** The node rules that any of the resources is in, each once, in the order of first mention. */
export function nodeRulesOfAll(index: RuleIndex, resources: Iterable<string>): HaRule[] {
  const found = new Set<HaRule>();
  for (const resource of resources) {
    for (const rule of index.nodeRulesOf.get(resource) ?? []) found.add(rule);
  }
  return [...found];
}
