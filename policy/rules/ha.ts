import { type Finding, pathText } from "../../model/finding";
import type { PlacementGroup } from "../../model/placement/group-rules";
import { judgeRules } from "../../model/placement/ha-rules";
import { judgePlacement } from "../../model/placement/placement";
import { type GuestDisk, judgeHaGuest } from "../../model/storage/storage";
import { nodePriorities } from "../reading/guests";
import { haGroupFacts } from "../reading/ha/component";
import { declaredRules } from "../reading/ha/lookup";
import { haDisks } from "../reading/ha/raw";
import { flag, placeOf, text } from "../reading/resource";
import { type StatedStorages, statedStorages, storagesConfig } from "../reading/stated-storages";
import * as types from "../reading/types";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

/** A rule that the cluster refuses or ignores protects nobody. */
export const haRuleInfeasible: Rule = {
  name: "ha-rule-infeasible",
  description: "HA groups and rules are ones that Proxmox VE accepts and can keep.",
  severity: "mandatory",
  docs: docsPage("ha-rule-infeasible"),
  types: [types.haGroupComponent, ...types.haRules, ...types.haGroups],
  advises: true,
  resource: placementOf,
  stack: (resources) => {
    const reported = new Set(resources.flatMap(placementOf).map(({ finding }) => finding.message));
    return [
      ...acrossGroups(resources),
      ...declared(resources),
      ...groupsAndRules(resources),
    ].filter(({ finding }) => !reported.has(finding.message));
  },
};

/** HA starts a guest on another node, where its disk must be too. */
export const haLocalDisk = diskRule(
  "ha-local-disk",
  "A guest under HA has its disk on shared storage or replicated to where HA may start it.",
  [...types.localStorages, ...types.zfsStorages, ...types.sharedStorages, ...types.replications],
);

/** HA starts a guest on another node, where its device is not. */
export const haPassthrough = diskRule(
  "ha-passthrough",
  "A guest that needs a device of its node, or is pinned to it, is not under HA.",
  [],
);

function diskRule(name: string, description: string, more: readonly string[]): Rule {
  return {
    name,
    description,
    severity: "mandatory",
    docs: docsPage(name),
    types: [
      types.haGroupComponent,
      ...types.containers,
      ...types.virtualMachines,
      ...types.haResources,
      ...types.haRules,
      ...types.haGroups,
      ...more,
    ],
    advises: name === "ha-local-disk",
    resource: (resource) =>
      (haGroupFacts(resource)?.disks ?? []).flatMap((disk, index) =>
        judgeHaGuest(disk)
          .filter((finding) => finding.rule === name)
          .map((finding) => ({ finding, where: `${placeOf(resource)} guests[${index}]` })),
      ),
    config: storagesConfig,
    stack: (resources, config) => rawDisks(name, resources, statedStorages(config)),
  };
}

/** HA ids of guests that a component's facts describe. */
export function judgedSids(resources: ObservedResource[]): Set<string> {
  return new Set(
    resources.flatMap((resource) => haGroupFacts(resource)?.disks.map((disk) => disk.sid) ?? []),
  );
}

/** Guests of our own components are judged by their facts, which know more than the resources. */
function rawDisks(name: string, resources: ObservedResource[], stated: StatedStorages): Located[] {
  return haDisks(resources, judgedSids(resources), stated).disks.flatMap(
    ({ resource, disk, replicationUnseen }) =>
      judgeHaGuest(disk)
        .filter((finding) => finding.rule === name)
        .map((finding) => ({
          finding: {
            ...finding,
            fix: rawFix(name, disk),
            // Replication may have been set up by hand; then only the stack does not know of it.
            ...(name === "ha-local-disk" &&
              disk.kind === "zfs" &&
              replicationUnseen && { severity: "warning" as const }),
          },
          where: placeOf(resource),
          urn: resource.urn,
        })),
  );
}

/** The model's fixes speak of a stack file; this stack has none. */
function rawFix(name: string, { kind, homeNode }: GuestDisk): string {
  const stay = `limit it to ${homeNode} with a strict node-affinity rule`;
  if (name === "ha-passthrough") {
    return "remove its Haresource, or reach the device over the network";
  }
  return kind === "zfs"
    ? `declare a Replication to every node that HA may use, or ${stay}`
    : `move the disk to shared storage or to replicated ZFS, or ${stay}`;
}

function placementOf(resource: ObservedResource): Located[] {
  const facts = haGroupFacts(resource);
  if (!facts) return [];
  const { pveVersion, clusterNodes, group } = facts;
  return judgePlacement(pveVersion, clusterNodes, [group]).map((finding) => ({
    finding,
    where: inGroup(resource, finding),
  }));
}

function inGroup(resource: ObservedResource, { path }: Finding): string {
  const inside = path[0] === resource.name ? path.slice(1) : path;
  return [placeOf(resource), pathText(inside)].filter(Boolean).join(" ");
}

/** What only shows when all groups of a cluster are seen: a guest in two of them. */
function acrossGroups(resources: ObservedResource[]): Located[] {
  const owners = resources.flatMap((resource) => {
    const facts = haGroupFacts(resource);
    return facts ? [{ resource, facts }] : [];
  });
  const first = owners[0]?.facts;
  if (!first) return [];
  const groups = owners.map(({ facts }) => facts.group);
  return judgePlacement(first.pveVersion, first.clusterNodes, groups).map((finding) => {
    const owner = owners.find(({ facts }) => facts.group.name === finding.path[0])?.resource;
    return {
      finding,
      where: owner ? inGroup(owner, finding) : "HA groups of this stack",
      urn: owner?.urn,
    };
  });
}

/** Rules and groups written as plain resources; only an HaGroup tells how many nodes there are. */
function declared(resources: ObservedResource[]): Located[] {
  const rules = declaredRules(resources);
  const [component] = resources.flatMap((resource) => haGroupFacts(resource) ?? []);
  const found = judgeRules(
    rules.map(({ rule }) => rule),
    component?.clusterNodes,
  ).map((finding) => {
    const owner = rules.find(({ rule }) => rule.name === finding.path[0])?.resource;
    return { finding, where: owner ? placeOf(owner) : "HA rules of this stack", urn: owner?.urn };
  });
  const groups = resources.filter((resource) => isGroup(resource)).flatMap(declaredGroup);
  return [...found, ...groups];
}

function declaredGroup(resource: ObservedResource): Located[] {
  const nodes = nodePriorities(resource.props);
  if (!nodes) return [];
  const group: PlacementGroup = {
    name: text(resource.props, "group") ?? resource.name,
    resources: [],
    nodes,
    strict: flag(resource.props, "restricted") ?? false,
    failback: !flag(resource.props, "noFailback"),
    keepApart: [],
    keepTogether: [],
  };
  return judgePlacement(8, Object.keys(nodes), [group]).map((finding) => ({
    finding,
    where: placeOf(resource),
    urn: resource.urn,
  }));
}

function isGroup(resource: ObservedResource): boolean {
  return types.haGroups.some((type) => type === resource.type);
}

/** A cluster has the one or the other: version 9 migrates groups away, version 8 has no rules. */
function groupsAndRules(resources: ObservedResource[]): Located[] {
  const group = resources.find(isGroup);
  const rule = resources.find((resource) => types.haRules.some((type) => type === resource.type));
  if (!group || !rule) return [];
  return [
    {
      where: placeOf(group),
      urn: group.urn,
      finding: {
        rule: "ha-rule-infeasible",
        path: [],
        message: `this stack has the HA group "${group.name}" and the HA rule "${rule.name}", and Proxmox VE 9 refuses groups as 8 refuses rules`,
        fix: "keep the groups on Proxmox VE 8, or turn each group into a node-affinity rule on 9",
        severity: "error",
      },
    },
  ];
}
