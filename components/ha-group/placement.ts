import { Hagroup, type HagroupArgs } from "@muhlba91/pulumi-proxmoxve/hagroup";
import { Haresource, type HaresourceArgs } from "@muhlba91/pulumi-proxmoxve/haresource";
import { Harule, type HaruleArgs } from "@muhlba91/pulumi-proxmoxve/harule";
import type * as pulumi from "@pulumi/pulumi";
import { haId } from "../../config/guest-facts";
import { nodeRuleId, rulePriorities, rulesOf } from "../../model/placement/group-rules";
import type { HaRule } from "../../model/placement/ha-rules";
import { inSite } from "../shared/site-names";
import { type Owner, transformed } from "../shared/transform";
import { type HaGroupFacts, type HaGuestFacts, placementOf } from "./facts";
import type { StartedManager } from "./ha-manager";
import type { PlacementTransforms } from "./options";

/** The group of a PVE 8 cluster. Version 9 has none and refuses every call about one. */
export function haGroup(
  { name, transform, opts }: Owner<PlacementTransforms>,
  facts: HaGroupFacts,
): Hagroup | undefined {
  if (facts.pveVersion !== 8 || Object.keys(facts.nodes).length === 0) return undefined;
  const child = transformed<HagroupArgs>(transform?.group, {
    name,
    args: {
      group: facts.groupId ?? name,
      nodes: facts.nodes,
      restricted: facts.strict,
      noFailback: !facts.failback,
    },
    opts: { ...opts, ignoreChanges: ["comment", ...unrankedPaths(facts)] },
    leftAlone: ["comment"],
  });
  return new Hagroup(child.name, child.args, child.opts);
}

/** What a guest's HA resource hangs on. */
interface HaNeeds {
  /** The group on PVE 8, if the guests are placed at all. */
  group: Hagroup | undefined;
  /** The container, if this stack creates it. */
  container: pulumi.Resource | undefined;
  /** Its replicas, for HA must not start it where there is no copy, and its way home. */
  after: pulumi.Resource[];
}

/** Puts one guest under HA. */
export function haResource(
  { name, transform, opts }: Owner<PlacementTransforms>,
  facts: HaGroupFacts,
  guest: HaGuestFacts,
  { group, container, after }: HaNeeds,
): Haresource {
  const own = facts.perGuest?.[guest.name];
  const { maxRestart = facts.maxRestart, maxRelocate = facts.maxRelocate } = own ?? {};
  // Unset means that it fails back. Proxmox writes only the other setting, in its web interface
  // and when it migrates groups, so that writing this one would differ from every such cluster.
  const failback = own?.failback ?? (facts.failback ? undefined : false);
  const child = transformed<HaresourceArgs>(transform?.resource, {
    name: `${name}-${guest.name}-ha`,
    args: {
      resourceId: haId(guest),
      // Also where Proxmox has `enabled`, the older word: the provider reads that as this one.
      state: "started",
      ...(maxRestart !== "default" && { maxRestart }),
      ...(maxRelocate !== "default" && { maxRelocate }),
      ...(group && { group: group.group }),
      ...(facts.pveVersion === 9 && failback !== undefined && { failback }),
    },
    opts: {
      ...opts,
      ignoreChanges: ["comment"],
      dependsOn: [...(container ? [container] : []), ...after],
      // Proxmox does not delete a container that is under HA.
      ...(container && { replaceWith: [container] }),
      // The provider would update the old id and never manage the new one (bpg, resource_haresource.go).
      replaceOnChanges: ["resourceId"],
      deleteBeforeReplace: true,
    },
    leftAlone: ["comment"],
  });
  return new Haresource(child.name, child.args, child.opts);
}

/**
 * The rules of a PVE 9 cluster. A rule names guests that are under HA already, and Proxmox takes a
 * guest that leaves HA out of every rule: hence the order, and the replacement along with them.
 *
 * @param resources the group's HA resources by HA id
 * @param manager what keep-apart rules wait for: they need an HA manager that lists the nodes
 */
export function haRules(
  { name, transform, opts }: Owner<PlacementTransforms>,
  facts: HaGroupFacts,
  resources: ReadonlyMap<string, Haresource>,
  manager: StartedManager,
): Harule[] {
  if (facts.pveVersion !== 9) return [];
  const rules: Harule[] = [];
  for (const rule of rulesOf(placementOf(name, facts))) {
    const members = rule.resources.flatMap((sid) => resources.get(sid) ?? []);
    const waits = rule.affinity === "negative" ? manager : { up: [] };
    const unranked = rule.type === "node-affinity" ? unrankedPaths(facts) : [];
    const child = transformed(transform?.rule, {
      name: rule.name,
      args: ruleArgs(rule, facts),
      opts: {
        ...opts,
        // The node rule comes first: Proxmox takes no other while that one has several priorities.
        dependsOn: [...members, ...rules.slice(0, 1), ...waits.up],
        ...waits.hooks?.(inSite(rule.name, opts.parent)),
        replaceWith: members,
        // An update cannot switch a rule on: Proxmox drops `disable=0`, and the provider does not
        // delete the setting. A new rule is on.
        replaceOnChanges: ["disable"],
        deleteBeforeReplace: true,
        // Proxmox writes a comment into the rules that it makes of groups.
        ignoreChanges: ["comment", ...unranked],
      },
      leftAlone: ["comment"],
    });
    rules.push(new Harule(child.name, child.args, child.opts));
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
