import { expect, test } from "vitest";
import { haLocalDisk } from "../../../../policy/rules/ha";
import { guest, haGroup, haResource, haRule } from "../../group";
import { pageTest } from "../../page-test";
import { proxied, unknown } from "../../proxied";
import { reported } from "../../reported";
import { container, resource } from "../../resources";

const local = { name: "local-lvm", kind: "local", nodes: ["proxmox", "proxmox2", "proxmox3"] };
const zfs = { ...local, name: "local-zfs", kind: "zfs" };
const group = (storage: unknown, more: Record<string, unknown> = {}) =>
  haGroup("dns", {
    guests: [guest("adguard", 1250, "proxmox3", { storage })],
    keepApart: [],
    ...more,
  });

const disk = (datastoreId: string) =>
  container("adguard", 1250, "proxmox3", "192.168.1.223", { disk: { datastoreId, size: 8 } });
const replication = (target: string) =>
  resource("proxmoxve:index/replication:Replication", `to-${target}`, {
    resourceId: "1250-0",
    guest: 1250,
    target,
    type: "local",
  });
const strictly = (nodes: Record<string, number>) =>
  haRule("dns", { type: "node-affinity", nodes, strict: true, resources: ["ct:1250"] });

pageTest("ha-local-disk", [
  container("adguard", 1250, "proxmox3", "192.168.1.253", { disk: { datastoreId: "local-lvm" } }),
  resource("proxmoxve:index/haresource:Haresource", "adguard-ha", { resourceId: "ct:1250" }),
]);

test("a component's guest on Ceph or on replicated ZFS passes", async () => {
  const good = [haGroup(), group(zfs, { replication: { everyMinutes: 1 } })];

  expect(await reported(haLocalDisk, good)).toEqual([]);
});

test("rejects a component's guest on a local disk, or on ZFS that nobody replicates", async () => {
  expect(await reported(haLocalDisk, [group(local)])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-local-disk: HaGroup "dns" guests[0]: adguard (ct:1250) is under HA, and its disk on local-lvm is on proxmox3 only: on proxmox and proxmox2 it cannot start; move the disk to shared storage or to replicated ZFS, or allow proxmox3 only (strict) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-local-disk.md)",
    ]
  `);
  expect(await reported(haLocalDisk, [group(zfs)])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-local-disk: HaGroup "dns" guests[0]: adguard (ct:1250) is under HA, and its ZFS disk on proxmox3 is not replicated to proxmox and proxmox2, where HA may start it; set replication for its group, or take proxmox and proxmox2 out of the nodes it may run on (strict) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-local-disk.md)",
    ]
  `);
});

test("a local disk passes when HA may only restart the guest in place", async () => {
  const inPlace = group(local, { nodes: { proxmox3: 1 }, strict: true });

  expect(await reported(haLocalDisk, [inPlace])).toEqual([]);
  expect(
    await reported(haLocalDisk, [
      disk("local-lvm"),
      haResource("ct:1250"),
      strictly({ proxmox3: 1 }),
    ]),
  ).toEqual([]);
});

test("rejects a plain container on the installer's local-lvm under HA", async () => {
  expect(
    await reported(haLocalDisk, [disk("local-lvm"), haResource("ct:1250")]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-local-disk: Haresource "ha-ct:1250": adguard (ct:1250) is under HA, and its disk on local-lvm is on proxmox3 only: on another node it cannot start; move the disk to shared storage or to replicated ZFS, or limit it to proxmox3 with a strict node-affinity rule (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-local-disk.md)",
    ]
  `);
});

test("rejects a second volume on a storage that the stack declares as local", async () => {
  const bulk = resource("proxmoxve:storage/lvmthin:Lvmthin", "bulk", { resourceId: "bulk" });
  const guests = container("adguard", 1250, "proxmox3", "192.168.1.223", {
    disk: { datastoreId: "ceph" },
    mountPoints: [{ volume: "bulk", size: "10G", path: "/srv" }],
  });

  expect(await reported(haLocalDisk, [guests, bulk, haResource("ct:1250")])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-local-disk: Haresource "ha-ct:1250": adguard (ct:1250) is under HA, and its disk on bulk is on proxmox3 only: on another node it cannot start; move the disk to shared storage or to replicated ZFS, or limit it to proxmox3 with a strict node-affinity rule (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-local-disk.md)",
    ]
  `);
});

test("a local directory that is shared all the same passes", async () => {
  const nfs = resource("proxmoxve:storage/directory:Directory", "nfs", {
    resourceId: "nfs",
    shared: true,
  });

  expect(await reported(haLocalDisk, [disk("nfs"), nfs, haResource("ct:1250")])).toEqual([]);
});

test("plain ZFS passes where its replicas are, and is refused where HA may go besides", async () => {
  const replicated = [disk("local-zfs"), haResource("ct:1250"), replication("proxmox2")];

  expect(await reported(haLocalDisk, replicated)).toEqual([]);
  expect(
    await reported(haLocalDisk, [
      ...replicated,
      strictly({ proxmox3: 1, proxmox2: 1, proxmox: 1 }),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-local-disk: Haresource "ha-ct:1250": adguard (ct:1250) is under HA, and its ZFS disk on proxmox3 is not replicated to proxmox, where HA may start it; declare a Replication to every node that HA may use, or limit it to proxmox3 with a strict node-affinity rule (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-local-disk.md)",
    ]
  `);
});

test("advises when a stack has plain ZFS under HA and no replication at all", async () => {
  expect(
    await reported(haLocalDisk, [disk("local-zfs"), haResource("ct:1250")]),
  ).toMatchInlineSnapshot(`
    [
      "[advisory] ha-local-disk-advice: Haresource "ha-ct:1250": adguard (ct:1250) is under HA, and its ZFS disk on proxmox3 is not replicated to another node, where HA may start it; declare a Replication to every node that HA may use, or limit it to proxmox3 with a strict node-affinity rule (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-local-disk.md)",
    ]
  `);
});

test("what the stack does not say is no fault: guest, kind of storage, or node not known", async () => {
  const later = disk("local-lvm");
  later.props = proxied({ ...later.props, nodeName: unknown.text });

  expect(await reported(haLocalDisk, [haResource("ct:1250")])).toEqual([]);
  expect(await reported(haLocalDisk, [disk("tank"), haResource("ct:1250")])).toEqual([]);
  expect(await reported(haLocalDisk, [later, haResource("ct:1250")])).toEqual([]);
});
