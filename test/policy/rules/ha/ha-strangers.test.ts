import { expect, test } from "vitest";
import type { ObservedResource } from "../../../../policy/rule";
import { vipCollision } from "../../../../policy/rules/addresses";
import { haLocalDisk, haPassthrough } from "../../../../policy/rules/ha";
import { haResource } from "../../group";
import { reported } from "../../reported";
import { container, pair, resource } from "../../resources";

// What other people's stacks state, in the words of each release of the provider.

const vm = (type: string, props: Record<string, unknown>) =>
  resource(`proxmoxve:${type}`, "box", { nodeName: "pve1", vmId: 200, ...props });
const other = container("other", 300, "pve2", "192.168.1.30");
const local = async (...guests: ObservedResource[]) =>
  reported(haLocalDisk, [...guests, other, haResource("vm:200")]);

test.each([
  [
    "VM/virtualMachine:VirtualMachine",
    { disks: [{ interface: "scsi0", datastoreId: "local-lvm" }] },
  ],
  ["index/vmLegacy:VmLegacy", { disks: [{ interface: "scsi0", datastoreId: "local-lvm" }] }],
  [
    "cloned/vm:Vm",
    { vmId: undefined, resourceId: "200", disk: { scsi0: { datastoreId: "local-lvm" } } },
  ],
  ["index/vmLegacy:VmLegacy", { disks: [{ interface: "scsi0" }] }],
  [
    "index/vmLegacy:VmLegacy",
    { disks: [{ interface: "scsi0", datastoreId: "ceph" }], efiDisk: { datastoreId: "local-lvm" } },
  ],
  [
    "index/vmLegacy:VmLegacy",
    {
      disks: [{ interface: "scsi0", datastoreId: "ceph" }],
      tpmState: { datastoreId: "local-lvm" },
    },
  ],
  ["index/vmLegacy:VmLegacy", { clone: { vmId: 9000, datastoreId: "local-lvm" } }],
  [
    "index/vmLegacy:VmLegacy",
    { disks: [{ interface: "scsi0", datastoreId: "ceph" }], cdrom: { fileId: "local:iso/a.iso" } },
  ],
])("rejects a local disk of %s: %j", async (type, props) => {
  expect(await local(vm(type, props))).toEqual([
    expect.stringMatching(/^\[mandatory\] ha-local-disk: .*box \(vm:200\)/),
  ]);
});

test("every disk counts: one left out of the replication is not where HA starts the guest", async () => {
  const job = resource("proxmoxve:index/replication:Replication", "job", {
    resourceId: "200-0",
    guest: 200,
    target: "pve2",
  });
  const disks = (replicate: boolean) => [
    { interface: "scsi0", datastoreId: "local-zfs" },
    { interface: "scsi1", datastoreId: "local-zfs", replicate },
  ];

  expect(await local(vm("index/vmLegacy:VmLegacy", { disks: disks(true) }), job)).toEqual([]);
  expect(await local(vm("index/vmLegacy:VmLegacy", { disks: disks(false) }), job)).toHaveLength(1);
});

test.each(["ignored", "disabled"])(
  "a guest in HA state %s stays where it is: no refusal",
  async (state) => {
    const guest = vm("index/vmLegacy:VmLegacy", { disks: [{ datastoreId: "local-lvm" }] });
    expect(await reported(haLocalDisk, [guest, other, haResource("vm:200", { state })])).toEqual(
      [],
    );
  },
);

test.each([
  { kvmArguments: "-device vfio-pci,host=01:00.0" },
  { serialDevices: [{ device: "/dev/ttyUSB0" }] },
  { disks: [{ interface: "scsi1", pathInDatastore: "/dev/disk/by-id/ata-x", datastoreId: "" }] },
  { hostpcis: [{ device: "hostpci0", id: "0000:01:00" }] },
  { usbs: [{ host: "10c4:ea60" }] },
])("rejects a device of the node under HA: %j", async (props) => {
  const guest = vm("index/vmLegacy:VmLegacy", props);
  expect(await reported(haPassthrough, [guest, other, haResource("vm:200")])).toHaveLength(1);
});

test.each([
  { hostpcis: [{ device: "hostpci0", mapping: "gpu" }] },
  { usbs: [{ mapping: "zigbee" }] },
  { virtiofs: [{ mapping: "media" }] },
  { serialDevices: [{ device: "socket" }] },
])("a mapping may name a device on every node: %j", async (props) => {
  const guest = vm("index/vmLegacy:VmLegacy", props);
  expect(await reported(haPassthrough, [guest, other, haResource("vm:200")])).toEqual([]);
});

test("a folder of a mounted storage is on every node, another one is the node's", async () => {
  const mounted = (volume: string) =>
    container("media", 200, "pve1", "192.168.1.20", { mountPoints: [{ path: "/m", volume }] });
  const found = (volume: string) =>
    reported(haPassthrough, [mounted(volume), other, haResource("ct:200")]);

  expect(await found("/mnt/pve/nas/media")).toEqual([]);
  expect(await found("/tank/media")).toHaveLength(1);
});

const at = (provider: string, ...resources: ObservedResource[]) =>
  resources.map((each) => ({
    ...each,
    urn: `${each.urn}-${provider}`,
    provider: `urn:pulumi:test::test::pulumi:providers:proxmoxve::${provider}`,
  }));

test("two sites have their own ids and private addresses", async () => {
  const site = (storage: string) => [
    container("dns", 100, "pve1", "192.168.1.10", { disk: { datastoreId: storage } }),
    container("web", 101, "pve2", "192.168.1.11"),
  ];
  const stack = [...at("home", ...site("ceph")), ...at("cabin", ...site("ceph"))];
  const shared = at("home", haResource("ct:100"));
  expect(await reported(haLocalDisk, [...stack, ...shared])).toEqual([]);
  expect(await reported(vipCollision, stack)).toEqual([]);

  const mixed = [...at("home", ...site("ceph")), ...at("cabin", ...site("local-lvm"))];
  expect(await reported(haLocalDisk, [...mixed, ...at("home", haResource("ct:100"))])).toEqual([]);
  expect(
    await reported(haLocalDisk, [...mixed, ...at("cabin", haResource("ct:100"))]),
  ).toHaveLength(1);
});

test("within one site a guest at a virtual address is still a collision, a template is none", async () => {
  const twin = (more = {}) => container("twin", 140, "proxmox", "192.168.1.101", more);
  expect(await reported(vipCollision, [pair(), twin()])).toHaveLength(1);
  expect(await reported(vipCollision, [pair(), twin({ template: true })])).toEqual([]);
});
