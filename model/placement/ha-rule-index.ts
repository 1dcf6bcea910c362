import { addTo } from "../maps";

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
  /** Those that keep together: rules that share a resource act as one, as PVE merges them. */
  togetherSets: TogetherSet[];
  /** Node-affinity rules by resource. */
  nodeRulesOf: Map<string, HaRule[]>;
}

/** Positive rules that act as one, with all their resources. */
export interface TogetherSet {
  rules: HaRule[];
  resources: Set<string>;
}

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
    togetherSets: mergeConnected(affinityRules.filter((rule) => rule.affinity === "positive")),
    nodeRulesOf: byResource(rules.filter((rule) => rule.type === "node-affinity")),
  };
}

function mergeConnected(rules: readonly HaRule[]): TogetherSet[] {
  const rulesOf = byResource(rules);
  const seen = new Set<HaRule>();
  const sets: TogetherSet[] = [];
  for (const start of rules) {
    if (seen.has(start)) continue;
    seen.add(start);
    const set: TogetherSet = { rules: [start], resources: new Set() };
    // The list grows while it is walked: every rule that shares a resource joins at its end.
    for (const rule of set.rules) {
      for (const resource of rule.resources) {
        if (set.resources.has(resource)) continue;
        set.resources.add(resource);
        for (const next of rulesOf.get(resource) ?? []) {
          if (seen.has(next)) continue;
          seen.add(next);
          set.rules.push(next);
        }
      }
    }
    sets.push(set);
  }
  return sets;
}

/** The node rules that any of the resources is in, each once, in the order of first mention. */
export function nodeRulesOfAll(index: RuleIndex, resources: Iterable<string>): HaRule[] {
  const found = new Set<HaRule>();
  for (const resource of resources) {
    for (const rule of index.nodeRulesOf.get(resource) ?? []) found.add(rule);
  }
  return [...found];
}
