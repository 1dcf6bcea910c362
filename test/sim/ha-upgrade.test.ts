import { expect, test } from "vitest";
import { migrateGroups, upgradeNodes } from "../../sim/proxmox/upgrade";
import { create, platform, smallSeed, types } from "../support/platform";

/** A cluster of version 8 with groups, just upgraded: the HA manager has not looked yet. */
async function upgraded() {
  const on = platform({ ...smallSeed, pveVersion: 8 });
  await create(on, types.group, {
    group: "pair",
    nodes: { a: 1, b: 0 },
    restricted: true,
    noFailback: true,
  });
  await create(on, types.group, { group: "apps", nodes: { c: 1 }, comment: "mine" });
  await create(on, types.group, { group: "empty", nodes: { c: 1 } });
  await create(on, types.resource, { resourceId: "ct:121", group: "pair" });
  await create(on, types.resource, { resourceId: "ct:110", group: "pair", maxRestart: 3 });
  await create(on, types.resource, { resourceId: "vm:130", group: "apps" });
  on.world.change((state) => upgradeNodes(state.proxmox));
  return on;
}

test("every group with a resource becomes a rule, and its resources lose it", async () => {
  const on = await upgraded();
  on.world.change((state) => migrateGroups(state.proxmox));
  const { haGroups, haResources, haRules } = on.world.state.proxmox;
  expect(haGroups).toEqual({});
  expect(haRules).toEqual({
    "ha-group-pair": {
      type: "node-affinity",
      resources: ["ct:110", "ct:121"],
      nodes: { a: 1, b: 0 },
      strict: true,
      disable: false,
      comment: "Generated from HA group 'pair'.",
    },
    "ha-group-apps": {
      type: "node-affinity",
      resources: ["vm:130"],
      nodes: { c: 1 },
      strict: false,
      disable: false,
      comment: "mine",
    },
  });
  // Failback is written only where it is switched off.
  expect(haResources).toEqual({
    "ct:110": {
      resourceId: "ct:110",
      type: "ct",
      state: "started",
      maxRestart: 3,
      failback: false,
    },
    "ct:121": { resourceId: "ct:121", type: "ct", state: "started", failback: false },
    "vm:130": { resourceId: "vm:130", type: "vm", state: "started" },
  });
});

test("until then the groups can be read and changed, and the rules to come are shown", async () => {
  const on = await upgraded();
  expect(await on.read(types.group, "it", "pair", { id: "pair" }, {})).toMatchObject({
    id: "pair",
  });
  expect(await on.read(types.rule, "it", "ha-group-pair", { id: "x" }, {})).toMatchObject({
    outputs: { rule: "ha-group-pair", resources: ["ct:110", "ct:121"] },
  });
  expect(await on.read(types.rule, "it", "ha-group-empty", { id: "x" }, {})).toBe(undefined);
  expect(await on.read(types.resource, "it", "ct:110", { id: "x" }, {})).toMatchObject({
    outputs: { group: "pair" },
  });
});

test("rejects to migrate while a node is off or of version 8", async () => {
  const on = await upgraded();
  const { proxmox } = on.world.state;
  expect(() => migrateGroups(proxmox, ["b"])).toThrowErrorMatchingInlineSnapshot(
    `[Error: abort ha groups migration: node 'b' is not online]`,
  );
  expect(() => migrateGroups({ ...proxmox, pveVersion: 8 })).toThrowErrorMatchingInlineSnapshot(
    `[Error: abort ha groups migration: a node needs at least pve-manager version '9.0.0~16']`,
  );
  expect(Object.keys(proxmox.haGroups)).toEqual(["pair", "apps", "empty"]);
});

test("priority 0 comes back as none, which a program that states it sees as a change for ever", async () => {
  const on = platform();
  await create(on, types.resource, { resourceId: "ct:110" });
  const stated = {
    rule: "all",
    type: "node-affinity",
    resources: ["ct:110"],
    nodes: { a: 1, b: 0 },
  };
  const { outputs } = await create(on, types.rule, stated);
  expect(outputs.nodes).toEqual({ a: 1, b: null });
  const { inputs } = await on.check(types.rule, "it", stated);
  const { changed } = await on.diff(types.rule, "it", outputs, inputs, inputs);
  expect(changed).toEqual([{ path: "nodes.b", replace: false }]);
});

test("the order of a rule's resources is no change", async () => {
  const on = platform();
  await create(on, types.resource, { resourceId: "ct:110" });
  await create(on, types.resource, { resourceId: "ct:121" });
  const rule = {
    rule: "all",
    type: "node-affinity",
    resources: ["ct:121", "ct:110"],
    nodes: { a: 1 },
  };
  const { outputs } = await create(on, types.rule, rule);
  const { inputs } = await on.check(types.rule, "it", rule);
  expect((await on.diff(types.rule, "it", outputs, inputs, inputs)).changed).toEqual([]);
});
