import { expect, test } from "vitest";
import type { Props } from "../../sim/props";
import { moveGuest } from "../../sim/proxmox/api";
import { changes, create, platform, smallSeed, types } from "../support/platform";

const container = { nodeName: "a", vmId: 140, disk: { datastoreId: "local-zfs", size: 8 } };

test("a container gets the VMID it asks for, or the lowest free one", async () => {
  const on = platform();
  expect((await create(on, types.container, container)).id).toBe("140");
  expect((await create(on, types.container, { nodeName: "a" })).id).toBe("100");
});

test("rejects a VMID that any guest of the cluster has, whatever its type or node", async () => {
  const on = platform();
  await expect(
    create(on, types.container, { nodeName: "a", vmId: 130 }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[Error: VM 130 already exists on node 'c']`);
});

test("rejects a node that does not exist, and one that is off", async () => {
  const on = platform(smallSeed, [{ kind: "node-down", node: "b" }]);
  await expect(
    create(on, types.container, { ...container, nodeName: "z" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[Error: no such cluster node 'z']`);
  await expect(
    create(on, types.container, { ...container, nodeName: "b" }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: received an HTTP 595 response - Reason: No route to host (node 'b')]`,
  );
});

test("a container that HA moved away is not found on the node of the state", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.container, container);
  on.world.change((state) => moveGuest(state.proxmox, 140, "b"));
  expect(await on.read(types.container, "it", id, outputs, container)).toBe(undefined);
  expect(await on.read(types.container, "it", "b/140", {}, {})).toMatchObject({
    id: "140",
    outputs: { nodeName: "b", vmId: 140 },
  });
});

test("a virtual machine that HA moved away is found wherever it is", async () => {
  const on = platform();
  const machine = { nodeName: "a", vmId: 150 };
  const { id, outputs } = await create(on, types.machine, machine);
  on.world.change((state) => moveGuest(state.proxmox, 150, "b"));
  expect(await on.read(types.machine, "it", id, outputs, machine)).toMatchObject({
    outputs: { nodeName: "b" },
  });
});

test("an import does not bring back what the provider cannot read", async () => {
  const on = platform();
  const whole = {
    ...container,
    unprivileged: true,
    operatingSystem: { templateFileId: "local:vztmpl/debian.tar.zst" },
    initialization: { hostname: "links", userAccount: { password: "x" } },
  };
  const { id, outputs } = await create(on, types.container, whole);
  const read = await on.read(types.container, "it", id, outputs, whole);
  expect(read?.inputs).toEqual(whole);
  expect((await on.read(types.container, "it", "a/140", {}, {}))?.inputs).toEqual({
    ...container,
    initialization: { hostname: "links" },
  });
});

test("rejects a change and a deletion where the guest is not any more", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.container, container);
  on.world.change((state) => moveGuest(state.proxmox, 140, "b"));
  await expect(
    on.delete(types.container, "it", id, outputs),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: Configuration file 'nodes/a/lxc/140.conf' does not exist]`,
  );
  await expect(
    on.update(types.container, "it", { id, outputs }, container),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: Configuration file 'nodes/a/lxc/140.conf' does not exist]`,
  );
});

test("without quorum the cluster is read and not written", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.container, container);
  on.faults.replace([{ kind: "no-quorum" }]);
  expect(await on.read(types.container, "it", id, outputs, container)).toMatchObject({ id: "140" });
  await expect(
    create(on, types.container, { nodeName: "a", vmId: 141 }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: received an HTTP 500 response - Reason: cluster not ready - no quorum?]`,
  );
  on.faults.replace([]);
  expect((await create(on, types.container, { nodeName: "a", vmId: 141 })).id).toBe("141");
});

test("guests of a node that is off are in no list, the node itself and its HA resources are", async () => {
  const on = platform(smallSeed, [{ kind: "node-down", node: "a" }]);
  await create(on, types.resource, { resourceId: "ct:110" });
  const ask = (name: string, args = {}) => on.invoke(`proxmoxve:index/${name}:${name}`, args);
  const { containers } = await ask("getContainersLegacy");
  expect(containers).toMatchObject([{ vmId: 121, nodeName: "b" }]);
  expect((await ask("getVmsLegacy")).vms).toMatchObject([{ vmId: 130, nodeName: "c" }]);
  expect((await ask("getVmsLegacy", { nodeName: "b" })).vms).toEqual([]);
  expect(await ask("getNodesLegacy")).toMatchObject({
    names: ["a", "b", "c"],
    onlines: [false, true, true],
  });
  expect((await ask("getHaresources", { type: "ct" })).resourceIds).toEqual(["ct:110"]);
});

test("HA resources of both kinds are listed by kind, and without one those of virtual machines only", async () => {
  const on = platform();
  await create(on, types.resource, { resourceId: "ct:110" });
  await create(on, types.resource, { resourceId: "vm:130" });
  const listed = (args: Props) => on.invoke("proxmoxve:index/getHaresources:getHaresources", args);
  expect((await listed({ type: "ct" })).resourceIds).toEqual(["ct:110"]);
  expect((await listed({ type: "vm" })).resourceIds).toEqual(["vm:130"]);
  expect((await listed({})).resourceIds).toEqual(["vm:130"]);
});

test("what the provider calls ForceNew replaces, anything else changes in place", async () => {
  const on = platform();
  const moved = { ...container, nodeName: "b", vmId: 141, description: "new" };
  expect(await changes(on, types.container, container, moved)).toEqual([
    "nodeName!",
    "vmId!",
    "description",
  ]);
  const disk = { datastoreId: "ceph", size: 16 };
  expect(await changes(on, types.container, container, { ...container, disk })).toEqual([
    "disk.datastoreId!",
    "disk.size",
  ]);
});

test("a virtual machine changes its node in place only when it may migrate", async () => {
  const on = platform();
  const machine = { nodeName: "a", vmId: 150 };
  const elsewhere = { nodeName: "b", vmId: 150 };
  expect(await changes(on, types.machine, machine, elsewhere)).toEqual(["nodeName!"]);
  const migrating = { ...elsewhere, migrate: true };
  expect(await changes(on, types.machine, { ...machine, migrate: true }, migrating)).toEqual([
    "nodeName",
  ]);
});

test("rejects the deletion of a container that HA manages or that is replicated", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.container, container);
  const remove = () => on.delete(types.container, "it", id, outputs);
  const ha = await create(on, types.resource, { resourceId: "ct:140" });
  await expect(remove()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: unable to remove CT 140 - used in HA resources and purge parameter not set.]`,
  );
  await on.delete(types.resource, "it", ha.id, ha.outputs);
  const job = await create(on, types.replication, {
    resourceId: "140-0",
    target: "b",
    type: "local",
  });
  await expect(remove()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: There is a replication job '140-0' for guest '140' - Please remove that first.]`,
  );
  await on.delete(types.replication, "it", job.id, job.outputs);
  await remove();
  expect(on.world.state.proxmox.guests).not.toHaveProperty("140");
});

test("deleting a virtual machine takes its HA resource along, unless it may not purge", async () => {
  const on = platform();
  const inputs = { nodeName: "a", vmId: 150, purgeOnDestroy: false };
  const { id, outputs } = await create(on, types.machine, inputs);
  await create(on, types.resource, { resourceId: "vm:150" });
  await expect(
    on.delete(types.machine, "it", id, outputs),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: unable to remove VM 150 - used in HA resources and purge parameter not set.]`,
  );
  await on.delete(types.machine, "it", id, { ...outputs, purgeOnDestroy: true });
  expect(on.world.state.proxmox.haResources).toEqual({});
});

test("a VMID is free again when its guest is deleted", async () => {
  const on = platform();
  const { id, outputs } = await create(on, types.container, container);
  await on.delete(types.container, "it", id, outputs);
  await expect(create(on, types.container, container)).resolves.toMatchObject({ id: "140" });
});
