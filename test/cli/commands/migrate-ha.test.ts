import { expect, test } from "vitest";
import {
  managedUrns,
  planMigration,
  ruleMembers,
  withoutGroups,
  withRules,
} from "../../../cli/commands/migrate-ha/state";
import type { ExportedState, StateResource } from "../../../cli/commands/recover/state";

const component = "urn:pulumi:homelab::homelab-ha::homelab:components:HaGroup::pair";
const child = (type: string, name: string) =>
  `urn:pulumi:homelab::homelab-ha::homelab:components:HaGroup$${type}::${name}`;
const groupUrn = child("proxmoxve:index/hagroup:Hagroup", "pair");
const ruleUrn = child("proxmoxve:index/harule:Harule", "pair");
const managedUrn = child("proxmoxve:index/haresource:Haresource", "pair-traefik-ha");

const group = {
  urn: groupUrn,
  type: "proxmoxve:index/hagroup:Hagroup",
  custom: true,
  id: "pair",
  inputs: { group: "pair", nodes: { a: 1, b: 1 }, restricted: true, noFailback: true },
  outputs: { group: "pair" },
  parent: component,
  provider: "urn::provider::id",
};
const managed = {
  urn: managedUrn,
  type: "proxmoxve:index/haresource:Haresource",
  custom: true,
  id: "ct:110",
  inputs: { resourceId: "ct:110", group: "pair" },
  outputs: { resourceId: "ct:110", group: "pair" },
  parent: component,
  dependencies: [groupUrn, "urn:other"],
  propertyDependencies: { group: [groupUrn], resourceId: null },
};
const job = {
  urn: child("proxmoxve:backup/job:Job", "pair-backup"),
  type: "proxmoxve:backup/job:Job",
  id: "pair-backup",
  inputs: { group: "kept" },
  dependencies: [groupUrn],
};

const stateOf = (...resources: StateResource[]): ExportedState => ({
  version: 3,
  deployment: { resources },
});
const state = stateOf(group, managed, job);
const resources = (of: ExportedState) => of.deployment.resources ?? [];

test("a state without groups needs nothing", () => {
  expect(planMigration(stateOf(managed))).toEqual({ moves: [], strangers: [] });
});

test("the rule stands where the program registers it, under the id that Proxmox gave it", () => {
  const claimed = resources(withRules(state, planMigration(state))).at(-1);
  expect(claimed).toMatchObject({
    urn: ruleUrn,
    id: "ha-group-pair",
    type: "proxmoxve:index/harule:Harule",
    custom: true,
    parent: component,
    provider: "urn::provider::id",
    inputs: { rule: "ha-group-pair", type: "node-affinity", nodes: { a: 1, b: 1 }, strict: true },
  });
});

test("a rule that is in the state already stays as it is", () => {
  const rule = { urn: ruleUrn, type: "proxmoxve:index/harule:Harule", id: "ha-group-pair" };
  const half = stateOf(group, managed, rule);
  expect(withRules(half, planMigration(half))).toEqual(half);
});

test("a group that no HaGroup made stays, and is told of", () => {
  const own = { ...group, parent: "urn:pulumi:homelab::homelab-ha::pulumi:pulumi:Stack::homelab" };
  const plan = planMigration(stateOf(own));
  expect(plan).toEqual({ moves: [], strangers: [own] });
  expect(withoutGroups(stateOf(own), plan)).toEqual(stateOf(own));
});

test("the group leaves with everything that names it, and the rule hangs on its resources", () => {
  const plan = planMigration(state);
  const rule = {
    urn: ruleUrn,
    type: "proxmoxve:index/harule:Harule",
    id: "ha-group-pair",
    outputs: { resources: ["ct:110", "ct:999"] },
  };
  const after = withoutGroups(stateOf(group, managed, job, rule), plan);
  expect(resources(after)).toEqual([
    {
      ...managed,
      inputs: { resourceId: "ct:110" },
      outputs: { resourceId: "ct:110" },
      dependencies: ["urn:other"],
      propertyDependencies: { resourceId: null },
    },
    { ...job, dependencies: [] },
    { ...rule, dependencies: [managedUrn] },
  ]);
  expect(ruleMembers(after, ruleUrn)).toEqual(["ct:110", "ct:999"]);
  expect(ruleMembers(after, "urn:none")).toBe(undefined);
});

test("resources that are only waiting for their deletion are not read anew", () => {
  expect(managedUrns(stateOf(managed, { ...managed, urn: "old", delete: true }))).toEqual([
    managedUrn,
  ]);
});
