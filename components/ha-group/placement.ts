import { Hagroup, type HagroupArgs } from "@muhlba91/pulumi-proxmoxve/hagroup";
import { Haresource, type HaresourceArgs } from "@muhlba91/pulumi-proxmoxve/haresource";
import { Harule, type HaruleArgs } from "@muhlba91/pulumi-proxmoxve/harule";
import type * as pulumi from "@pulumi/pulumi";
import { haId } from "../../config/resolve";
import type { HaRule } from "../../model/placement/ha-rules";
import { nodeRuleId, rulePriorities, rulesOf } from "../../model/placement/placement";
import { type Transform, transformed } from "../shared/transform";
import { type HaGroupFacts, type HaGuestFacts, placementOf } from "./facts";
import { unset } from "./guests";

/** One key per kind of object that the HA manager knows. */
export interface PlacementTransforms {
  group?: Transform<HagroupArgs>;
  resource?: Transform<HaresourceArgs>;
  rule?: Transform<HaruleArgs>;
}

/** The group of a PVE 8 cluster. Version 9 has none and refuses every call about one. */
export function haGroup(
  name: string,
  facts: HaGroupFacts,
  transform: Transform<HagroupArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): Hagroup | undefined {
  if (facts.pveVersion !== 8 || Object.keys(facts.nodes).length === 0) return undefined;
  const defaults: HagroupArgs = {
    group: facts.groupId ?? name,
    nodes: facts.nodes,
    restricted: facts.strict,
    noFailback: !facts.failback,
  };
  const args = transformed(transform, defaults, opts);
  const ignoreChanges = [...unset(args, ["comment"]), ...unrankedPaths(facts)];
  return new Hagroup(name, args, { ...opts, ignoreChanges });
}

/** What a guest's HA resource hangs on. */
interface HaNeeds {
  /** The group on PVE 8, if the guests are placed at all. */
  group: Hagroup | undefined;
  /** The container, if this stack creates it. */
  container: pulumi.Resource | undefined;
  /** Its replicas: HA must not start it on a node whose copy is still missing. */
  replicas: pulumi.Resource[];
}

/** Puts one guest under HA. */
export function haResource(
  name: string,
  facts: HaGroupFacts,
  guest: HaGuestFacts,
  { group, container, replicas }: HaNeeds,
  transform: Transform<HaresourceArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): Haresource {
  const own = facts.perGuest?.[guest.name];
  const { maxRestart = facts.maxRestart, maxRelocate = facts.maxRelocate } = own ?? {};
  // Unset means that it fails back. Proxmox writes only the other setting, in its web interface
  // and when it migrates groups, so that writing this one would differ from every such cluster.
  const failback = own?.failback ?? (facts.failback ? undefined : false);
  const defaults: HaresourceArgs = {
    resourceId: haId(guest),
    state: "started",
    ...(maxRestart !== "default" && { maxRestart }),
    ...(maxRelocate !== "default" && { maxRelocate }),
    ...(group && { group: group.group }),
    ...(facts.pveVersion === 9 && failback !== undefined && { failback }),
  };
  const args = transformed(transform, defaults, opts);
  return new Haresource(`${name}-${guest.name}-ha`, args, {
    ...opts,
    ignoreChanges: unset(args, ["comment"]),
    dependsOn: [...(container ? [container] : []), ...replicas],
    // Proxmox does not delete a container that is under HA.
    ...(container && { replaceWith: [container] }),
    // The provider would update the old id and never manage the new one (bpg, resource_haresource.go).
    replaceOnChanges: ["resourceId"],
    deleteBeforeReplace: true,
  });
}

/**
 * The rules of a PVE 9 cluster. A rule names guests that are under HA already, and Proxmox takes a
 * guest that leaves HA out of every rule: hence the order, and the replacement along with them.
 *
 * @param resources the group's HA resources by HA id
 */
export function haRules(
  name: string,
  facts: HaGroupFacts,
  resources: ReadonlyMap<string, Haresource>,
  transform: Transform<HaruleArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): Harule[] {
  if (facts.pveVersion !== 9) return [];
  const rules: Harule[] = [];
  for (const rule of rulesOf(placementOf(name, facts))) {
    const members = rule.resources.flatMap((sid) => resources.get(sid) ?? []);
    const args = transformed(transform, ruleArgs(rule, facts), opts);
    // Proxmox writes a comment into the rules that it makes of groups.
    const kept: string[] = unset(args, ["comment"]);
    if (rule.type === "node-affinity") kept.push(...unrankedPaths(facts));
    const made = new Harule(rule.name, args, {
      ...opts,
      // The node rule comes first: Proxmox takes no other while that one has several priorities.
      dependsOn: [...members, ...rules.slice(0, 1)],
      replaceWith: members,
      deleteBeforeReplace: true,
      ...(kept.length > 0 && { ignoreChanges: kept }),
    });
    rules.push(made);
  }
  return rules;
}

function ruleArgs(
  { name, type, resources, nodes = {}, ...rule }: HaRule,
  { groupId, ruleIds = {}, unranked }: HaGroupFacts,
): HaruleArgs {
  if (type !== "node-affinity") {
    return { rule: ruleIds[name] ?? name, type, resources, affinity: rule.affinity };
  }
  const id = nodeRuleId(groupId ?? name);
  return {
    rule: ruleIds[id] ?? id,
    type,
    resources,
    nodes: unranked ? nodes : rulePriorities(nodes),
    strict: rule.strict ?? false,
  };
}

/**
 * A node without a priority stays so: it counts as 0, and TypeScript cannot write it, so that what
 * was read at the import is kept.
 */
function unrankedPaths({ unranked = [] }: HaGroupFacts): string[] {
  return unranked.map((node) => `nodes[${JSON.stringify(node)}]`);
}
