import { expect, test } from "vitest";
import { create, platform, refusal, smallSeed, types } from "../support/platform";

const group = { group: "pair", nodes: { a: 1, b: 1 } };
const rule = {
  rule: "pair",
  type: "node-affinity",
  resources: ["ct:110", "ct:121"],
  nodes: { a: 1, b: 1 },
};
const apart = {
  rule: "apart",
  type: "resource-affinity",
  affinity: "negative",
  resources: ["ct:110", "ct:121"],
};

async function managed() {
  const on = platform();
  await create(on, types.resource, { resourceId: "ct:110" });
  await create(on, types.resource, { resourceId: "ct:121" });
  return on;
}

test("groups live on Proxmox VE 8 and rules on 9, and each refuses the other", async () => {
  const eight = platform({ ...smallSeed, pveVersion: 8 });
  await expect(create(eight, types.group, group)).resolves.toMatchObject({ id: "pair" });
  await expect(create(eight, types.rule, rule)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: Method 'POST /cluster/ha/rules' not implemented]`,
  );
  const nine = await managed();
  await expect(create(nine, types.group, group)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: cannot create group: ha groups have been migrated to rules]`,
  );
  await expect(create(nine, types.rule, rule)).resolves.toMatchObject({ id: "pair" });
});

test("after an upgrade, a group in the state can be neither read nor deleted", async () => {
  const on = platform({ ...smallSeed, pveVersion: 8 });
  const { id, outputs } = await create(on, types.group, group);
  on.world.change(({ proxmox }) => Object.assign(proxmox, { pveVersion: 9, haGroups: {} }));
  await expect(
    on.read(types.group, "it", id, outputs, outputs),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: cannot read group: ha groups have been migrated to rules]`,
  );
  await expect(
    on.delete(types.group, "it", id, outputs),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: cannot delete group: ha groups have been migrated to rules]`,
  );
});

test("rejects a rule while a group of before the upgrade is left", async () => {
  const on = await managed();
  on.world.change(({ proxmox }) => Object.assign(proxmox.haGroups, { old: group }));
  await expect(create(on, types.rule, rule)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: cannot create ha rule: ha groups have not been migrated yet]`,
  );
});

test("rejects the deletion of a group that a resource names", async () => {
  const on = platform({ ...smallSeed, pveVersion: 8 });
  const { id, outputs } = await create(on, types.group, group);
  await create(on, types.resource, { resourceId: "ct:110", group: "pair" });
  await expect(
    on.delete(types.group, "it", id, outputs),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[Error: ha group is used by service 'ct:110']`);
});

test.each([
  {
    what: "a guest that does not exist",
    inputs: { resourceId: "ct:999" },
    error: "resource 'ct:999' does not exist in cluster",
  },
  {
    what: "a guest of the other type",
    inputs: { resourceId: "ct:130" },
    error: "resource 'ct:130' - guest with ID 130 is not a container",
  },
  {
    what: "a group on Proxmox VE 9",
    inputs: { resourceId: "ct:110", group: "pair" },
    error: "invalid parameter 'group': ha groups have been migrated to rules",
  },
  {
    what: "an id that is none",
    inputs: { resourceId: "traefik" },
    error: "resourceId: value must be of the form ct:<vmid> or vm:<vmid>, got: traefik",
  },
  {
    what: "eleven restarts",
    inputs: { resourceId: "ct:110", maxRestart: 11 },
    error: "maxRestart: value must be between 0 and 10, got: 11",
  },
])("rejects an HA resource for $what", async ({ inputs, error }) => {
  expect(await refusal(create(platform(), types.resource, inputs))).toBe(error);
});

test("rejects a guest that HA manages already", async () => {
  const on = await managed();
  await expect(
    create(on, types.resource, { resourceId: "ct:110" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[Error: resource ID 'ct:110' already defined]`);
});

test("a changed resourceId is an update of the old resource: the new guest stays unmanaged", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.resource, { resourceId: "ct:110" });
  const news = { ...outputs, resourceId: "ct:121" };
  const { changed } = await on.diff(types.resource, "it", outputs, outputs, news);
  expect(changed).toEqual([{ path: "resourceId", replace: false }]);
  const after = await on.update(types.resource, "it", { id, outputs }, news);
  expect(after).toMatchObject({ resourceId: "ct:110" });
  expect(Object.keys(on.world.state.proxmox.haResources)).toEqual(["ct:110"]);
});

test("deleting an HA resource takes it out of every rule, and an empty rule goes", async () => {
  const on = await managed();
  await create(on, types.rule, { ...rule, resources: ["ct:110"] });
  await create(on, types.rule, apart);
  await on.delete(types.resource, "it", "ct:110", {});
  expect(on.world.state.proxmox.haRules).toMatchObject({ apart: { resources: ["ct:121"] } });
  expect(Object.keys(on.world.state.proxmox.haRules)).toEqual(["apart"]);
});

test.each([
  {
    what: "guests that HA does not manage",
    inputs: { ...rule, resources: ["ct:110", "vm:130"] },
    error: "cannot use unmanaged resource(s) vm:130.",
  },
  {
    what: "nodes that do not exist",
    inputs: { ...rule, nodes: { a: 1, z: 1 } },
    error: "cannot use non-existent node(s) z.",
  },
  { what: "no nodes", inputs: { ...rule, nodes: {} }, error: "no nodes were specified" },
  {
    what: "a priority above 1000",
    inputs: { ...rule, nodes: { a: 1001 } },
    error: "nodes.a: value must be between 0 and 1000, got: 1001",
  },
  {
    what: "a name that is none",
    inputs: { ...rule, rule: "-" },
    error:
      "rule: must start with a letter, end with a letter or number, be composed of letters, numbers, '-', '_' and '.', and must be at least 2 characters long",
  },
])("rejects a rule with $what", async ({ inputs, error }) => {
  expect(await refusal(create(await managed(), types.rule, inputs))).toBe(error);
});

test("rejects a rule that cannot be kept together with those that are there", async () => {
  const on = await managed();
  await create(on, types.rule, { ...rule, nodes: { a: 2, b: 1 } });
  await expect(create(on, types.rule, apart)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: Rule 'apart' is invalid. resources: resources are in node affinity rules with multiple priorities]`,
  );
  expect(Object.keys(on.world.state.proxmox.haRules)).toEqual(["pair"]);
});

test("a rule's name and type replace it, its resources do not", async () => {
  const on = await managed();
  const { outputs } = await create(on, types.rule, apart);
  const news = { ...apart, rule: "other", resources: ["ct:110"], disable: false, strict: false };
  const { changed } = await on.diff(types.rule, "it", outputs, outputs, news);
  expect(changed).toEqual([
    { path: "resources[1]", replace: false },
    { path: "rule", replace: true },
  ]);
});

test.each([
  { type: types.resource, id: "ct:110", error: "HA resource not found after update" },
  { type: types.rule, id: "apart", error: "Unable to Read HA Rule" },
])("what does not exist is an error to import, and gone to refresh: $type", async (kind) => {
  const on = platform();
  expect(await refusal(on.read(kind.type, "it", kind.id, {}, {}))).toBe(kind.error);
  expect(await on.read(kind.type, "it", kind.id, { id: kind.id }, {})).toBe(undefined);
});
