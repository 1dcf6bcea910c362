import { expect, test } from "vitest";
import { findingText, pathText } from "../../../model/finding";
import { type GuestDisk, judgeHaGuest, replicationTargets } from "../../../model/storage/storage";

const disk = (fields: Partial<GuestDisk>): GuestDisk => ({
  guest: "influxdb",
  sid: "ct:100",
  storage: "local-zfs",
  kind: "zfs",
  storageNodes: ["proxmox", "proxmox2", "proxmox3"],
  allowedNodes: ["proxmox", "proxmox2", "proxmox3"],
  homeNode: "proxmox2",
  replicaNodes: ["proxmox", "proxmox3"],
  passthrough: [],
  ...fields,
});
const texts = (fields: Partial<GuestDisk>) =>
  judgeHaGuest(disk(fields)).map(
    (found) => `${found.rule} ${pathText(found.path)}: ${findingText(found)}`,
  );

test("a guest is replicated to every allowed node with the storage but its own", () => {
  expect(replicationTargets(disk({}))).toEqual(["proxmox", "proxmox3"]);
  expect(replicationTargets(disk({ storageNodes: ["proxmox2", "proxmox3"] }))).toEqual([
    "proxmox3",
  ]);
  expect(replicationTargets(disk({ allowedNodes: ["proxmox2"] }))).toEqual([]);
  expect(replicationTargets(disk({ kind: "ceph" }))).toEqual([]);
});

test.each([
  { title: "replicated to every allowed node", fields: {} },
  { title: "on Ceph", fields: { kind: "ceph", replicaNodes: [] } },
  { title: "on shared storage", fields: { kind: "shared", replicaNodes: [] } },
  {
    title: "local and allowed at home only",
    fields: { kind: "local", allowedNodes: ["proxmox2"], replicaNodes: [] },
  },
  {
    title: "on ZFS without replica and allowed at home only",
    fields: { allowedNodes: ["proxmox2"], replicaNodes: [] },
  },
] satisfies { title: string; fields: Partial<GuestDisk> }[])("accepts HA $title", ({ fields }) => {
  expect(judgeHaGuest(disk(fields))).toEqual([]);
});

test("rejects HA on a local disk", () => {
  expect(texts({ storage: "local-lvm", kind: "local", replicaNodes: [] })).toMatchInlineSnapshot(`
    [
      "ha-local-disk storage: influxdb (ct:100) is under HA, and its disk on local-lvm is on proxmox2 only: on proxmox and proxmox3 it cannot start; move the disk to shared storage or to replicated ZFS, or allow proxmox2 only (strict)",
    ]
  `);
});

test("rejects a local disk whose guest is allowed on one other node", () => {
  expect(texts({ kind: "local", allowedNodes: ["proxmox3"], replicaNodes: [] })).toHaveLength(1);
});

test("rejects ZFS that lacks one replica", () => {
  expect(texts({ replicaNodes: ["proxmox"] })).toMatchInlineSnapshot(`
    [
      "ha-local-disk storage: influxdb (ct:100) is under HA, and its ZFS disk on proxmox2 is not replicated to proxmox3, where HA may start it; set replication for its group, or take proxmox3 out of the nodes it may run on (strict)",
    ]
  `);
});

test("rejects shared storage that an allowed node does not have", () => {
  expect(
    texts({ storage: "ceph-vm-disks", kind: "ceph", storageNodes: ["proxmox", "proxmox2"] }),
  ).toMatchInlineSnapshot(`
    [
      "ha-local-disk storage: influxdb (ct:100) is under HA, and may start on proxmox3, where its storage ceph-vm-disks does not exist; add ceph-vm-disks there, or take proxmox3 out of the nodes it may run on (strict)",
    ]
  `);
});

test("rejects HA on passthrough and on pinned guests", () => {
  expect(
    texts({ passthrough: ["usb Z-Wave stick"], pinned: "must work when Ceph fails" }),
  ).toMatchInlineSnapshot(`
    [
      "ha-passthrough passthrough: influxdb (ct:100) is under HA and uses usb Z-Wave stick of proxmox2: HA cannot start it anywhere else; take it out of haGroups, or reach the device over the network",
      "ha-passthrough pinned: influxdb (ct:100) is under HA and pinned to proxmox2 (must work when Ceph fails): HA has nowhere to move it; take it out of haGroups, or drop the pin",
    ]
  `);
});
