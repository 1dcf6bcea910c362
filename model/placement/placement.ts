import type { Finding } from "../finding";
import { listed } from "../text";
import { originsOf, type PlacementGroup } from "./group-rules";
import { judgeAffinityRules } from "./ha-rules";

/**
 * A home that contradicts the group: on a node that a strict group leaves out, or, with failback,
 * on one that it does not prefer. HA would move the guest as soon as it manages it.
 */
export function judgeHome(
  guest: { name: string; node: string },
  group: Pick<PlacementGroup, "nodes" | "strict" | "failback">,
): Finding[] {
  const nodes = Object.keys(group.nodes);
  const { name, node } = guest;
  if (nodes.length === 0) return [];
  if (group.strict && !nodes.includes(node)) {
    return [
      problem(
        [],
        `"${name}" lives on ${node}, and this strict group allows only ${nodes.join(", ")}, so HA would move it at once`,
        `change the node of "${name}", or the nodes of the group`,
      ),
    ];
  }
  const highest = Math.max(...Object.values(group.nodes));
  if (!group.failback || group.nodes[node] === highest) return [];
  const preferred = nodes.filter((other) => group.nodes[other] === highest);
  return [
    problem(
      [],
      `"${name}" lives on ${node}, and this group prefers ${listed(preferred)} and fails back, so HA would move it at once`,
      `name ${preferred.length > 1 ? "one of them" : preferred[0]} as the node of "${name}", or change the priorities or failback of the group`,
      "warning",
    ),
  ];
}

const problem = (
  path: (string | number)[],
  message: string,
  fix: string,
  severity: Finding["severity"] = "error",
): Finding => ({ rule: "ha-rule-infeasible", path, message, fix, severity });

function judgeNodes(group: PlacementGroup, clusterNodes: readonly string[]): Finding[] {
  const nodes = Object.keys(group.nodes);
  if (group.strict && nodes.length === 0) {
    return [
      problem(
        [group.name, "nodes"],
        `group "${group.name}" is strict and lists no node, so its guests could run nowhere`,
        "list the allowed nodes, or drop strict",
      ),
    ];
  }
  const known = new Set(clusterNodes);
  return nodes
    .filter((node) => !known.has(node))
    .map((node) =>
      problem(
        [group.name, "nodes", node],
        `group "${group.name}" lists node "${node}", and the cluster has ${listed(clusterNodes, 10)}`,
        "name a node of the cluster",
      ),
    );
}

/** pve-common, JSONSchema.pm `pve_verify_configid` */
function judgeGroupId({ name, groupId = name, nodes }: PlacementGroup): Finding[] {
  if (Object.keys(nodes).length === 0 || /^[a-z][a-z0-9_-]+$/i.test(groupId)) return [];
  return [
    problem(
      [name],
      `Proxmox VE 8 refuses the group id "${groupId}": it takes a letter, then at least one letter, digit, "-" or "_"`,
      "rename the group, or give it such a groupId",
    ),
  ];
}

function judgeSets(pveVersion: 8 | 9, group: PlacementGroup): Finding[] {
  const resources = new Set(group.resources);
  const strangers = (["keepApart", "keepTogether"] as const).flatMap((key) =>
    group[key].flatMap((set, index) =>
      set
        .filter((resource) => !resources.has(resource))
        .map((resource) =>
          problem(
            [group.name, key, index],
            `${key} of group "${group.name}" names ${resource}, which is not in the group`,
            `add ${resource} to the guests of the group, or take it out of ${key}`,
          ),
        ),
    ),
  );
  if (pveVersion === 9) return strangers;
  const apart = group.keepApart.map((set, index) =>
    problem(
      [group.name, "keepApart", index],
      `groups do not separate guests on Proxmox VE 8: ${listed(set)} may end up on one node after a failure`,
      "upgrade to Proxmox VE 9, or put them into groups without a common node",
      "warning",
    ),
  );
  const together = group.keepTogether.map((set, index) =>
    problem(
      [group.name, "keepTogether", index],
      `Proxmox VE 8 cannot keep ${listed(set)} together`,
      "remove keepTogether, or upgrade to Proxmox VE 9",
    ),
  );
  return [...strangers, ...apart, ...together];
}

function judgeMembership(groups: readonly PlacementGroup[]): Finding[] {
  const owner = new Map<string, string>();
  return groups.flatMap((group) =>
    group.resources.flatMap((resource, index) => {
      const first = owner.get(resource);
      owner.set(resource, first ?? group.name);
      if (first === undefined) return [];
      const where =
        first === group.name
          ? `listed twice in group "${first}"`
          : `in the groups "${first}" and "${group.name}"`;
      return [
        problem(
          [group.name, "guests", index],
          `${resource} is ${where}, and a guest has one placement only`,
          "keep it in one place",
        ),
      ];
    }),
  );
}

/**
 * What a cluster of that version would refuse, or could not keep, of all groups together: unknown
 * nodes, strict groups without a node, guests in two groups, and on PVE 9 the rules that the
 * groups become; on PVE 8 what groups cannot express.
 *
 * @returns findings whose path starts with the group's name, then nothing, `nodes`, `guests`, `keepApart` or `keepTogether`
 */
export function judgePlacement(
  pveVersion: 8 | 9,
  clusterNodes: readonly string[],
  groups: readonly PlacementGroup[],
): Finding[] {
  const own = groups.flatMap((group) => [
    ...judgeNodes(group, clusterNodes),
    ...judgeSets(pveVersion, group),
    ...(pveVersion === 8 ? judgeGroupId(group) : []),
  ]);
  const found = [...own, ...judgeMembership(groups)];
  if (pveVersion === 8) return found;
  const origins = groups.flatMap(originsOf);
  const pathOf = new Map(origins.map(({ rule, path }) => [rule.name, path]));
  const rules = origins.map((origin) => origin.rule);
  const ruleFindings = judgeAffinityRules(rules, clusterNodes).map((finding) => ({
    ...finding,
    path: pathOf.get(String(finding.path[0])) ?? finding.path,
  }));
  return [...found, ...ruleFindings];
}
