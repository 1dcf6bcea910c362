import type { HaRule } from "./ha-rules";

/** Placement of guests, stated once: a group on PVE 8, rules on PVE 9. */
export interface PlacementGroup {
  name: string;
  /** Id of the group on PVE 8. @default the name */
  groupId?: string;
  /** HA ids, e.g. `ct:110`. */
  resources: string[];
  /** Nodes with their priority; a higher number is preferred. Empty: no preference. */
  nodes: Record<string, number>;
  /** Whether the resources may run on `nodes` only. */
  strict: boolean;
  /** Whether a resource moves back by itself when a preferred node returns. */
  failback: boolean;
  /** Sets of resources that must not share a node. */
  keepApart: string[][];
  /** Sets of resources that must share a node. */
  keepTogether: string[][];
}

/** Where a guest may run: the listed nodes of a strict group, every node of the cluster otherwise. */
export function allowedNodes(
  group: Pick<PlacementGroup, "nodes" | "strict">,
  clusterNodes: readonly string[],
): string[] {
  const nodes = Object.keys(group.nodes);
  return group.strict && nodes.length > 0 ? nodes : [...clusterNodes];
}

/** A rule of a group, with the place in the group that it comes from. */
interface Origin {
  rule: HaRule;
  path: (string | number)[];
}

export function originsOf(group: PlacementGroup): Origin[] {
  const { name, nodes, strict, resources } = group;
  const origins: Origin[] = [];
  if (Object.keys(nodes).length > 0) {
    const rule: HaRule = { name, type: "node-affinity", resources, nodes, strict };
    origins.push({ rule, path: [name, "nodes"] });
  }
  const taken = new Set<string>();
  const affinity = (key: "keepApart" | "keepTogether") => {
    for (const [index, set] of group[key].entries()) {
      const word = key === "keepApart" ? "apart" : "together";
      const rule: HaRule = {
        name: ruleName(`${name}-${word}`, set, taken),
        type: "resource-affinity",
        affinity: key === "keepApart" ? "negative" : "positive",
        resources: set,
      };
      origins.push({ rule, path: [name, key, index] });
    }
  };
  affinity("keepApart");
  affinity("keepTogether");
  return origins;
}

/** First resource as suffix; further ones only while another set of the group has the same name. */
function ruleName(prefix: string, set: readonly string[], taken: Set<string>): string {
  let name = prefix;
  for (const resource of set) {
    // A rule id takes letters, digits, hyphens and underscores only.
    name = `${name}-${resource.replace(/[^A-Za-z0-9_-]/g, "-")}`;
    if (!taken.has(name)) break;
  }
  taken.add(name);
  return name;
}

/**
 * The Proxmox VE 9 rules that say what a group says: one node-affinity rule named like the group
 * if it lists nodes, and one resource-affinity rule for each set that is kept apart or together,
 * e.g. `reverse-proxy-apart-ct-110`.
 */
export function rulesOf(group: PlacementGroup): HaRule[] {
  return originsOf(group).map((origin) => origin.rule);
}

/**
 * Id in the cluster of the node-affinity rule of a group: the one under which Proxmox VE 9 itself
 * writes it when it turns the groups of version 8 into rules (pve-ha-manager, Groups.pm), so that
 * an upgraded cluster has the rule that a new one would get.
 */
export function nodeRuleId(group: string): string {
  return `ha-group-${group}`;
}

/**
 * The same preferences without priority 0. A rule does not keep it: Proxmox writes the node without
 * a priority, the provider reads that as none, and the difference would never end. Only the order
 * of priorities counts (pve-docs, ha-manager), so all of them rise; where 1000, the highest, is
 * taken, they become ranks.
 */
export function rulePriorities(nodes: Record<string, number>): Record<string, number> {
  const used = [...new Set(Object.values(nodes))].sort((a, b) => a - b);
  if (used[0] !== 0) return nodes;
  const raised = (priority: number) =>
    used.at(-1) === 1000 ? used.indexOf(priority) + 1 : priority + 1;
  return Object.fromEntries(Object.entries(nodes).map(([node, at]) => [node, raised(at)]));
}
