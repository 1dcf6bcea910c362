import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { lookForGuests, refuseElsewhere, refuseExisting } from "../../components/guests/location";
import { compareVersion } from "../../components/ha-group/cluster-version";
import type { DeclaredGuest } from "../../model/placement/guest-location";
import { type Functions, record } from "./recorder";

const links: DeclaredGuest = {
  name: "links",
  vmid: 140,
  type: "ct",
  node: "proxmox2",
  created: true,
  underHa: true,
};
const database: DeclaredGuest = {
  name: "db",
  vmid: 150,
  type: "vm",
  node: "proxmox",
  created: false,
  underHa: false,
};

const token = (name: string) => `proxmoxve:index/${name}:${name}`;
const cluster = (online = true): Functions => ({
  [token("getNodesLegacy")]: () => ({
    names: ["proxmox", "proxmox2", "proxmox3"],
    onlines: [true, true, online],
  }),
  [token("getContainersLegacy")]: () => ({
    containers: online ? [{ vmId: 140, nodeName: "proxmox3", name: "links" }] : [],
  }),
  [token("getVmsLegacy")]: () => ({ vms: [{ vmId: 150, nodeName: "proxmox2", name: "sql" }] }),
  // As the provider does it: without a kind, virtual machines only.
  [token("getHaresources")]: ({ type = "vm" }) => ({
    resourceIds: type === "ct" ? ["ct:140"] : [],
  }),
  [token("getVersion")]: () => ({ version: "9.0.3" }),
});

/** What a piece of a program writes to its reader. */
async function reported(run: () => Promise<unknown>, functions: Functions): Promise<string[]> {
  const lines: string[] = [];
  const write = (severity: string) => async (text: string) =>
    void lines.push(`${severity}: ${text}`);
  vi.spyOn(pulumi.log, "warn").mockImplementation(write("warning"));
  vi.spyOn(pulumi.log, "info").mockImplementation(write("info"));
  await (await record(run, functions)).result;
  vi.restoreAllMocks();
  return lines;
}

const refusal = async (run: () => Promise<unknown>, functions: Functions) =>
  (await record(() => run().catch((error: Error) => error.message), functions)).result;

test("says where guests are that are not at home", async () => {
  expect(await reported(() => lookForGuests([links, database]), cluster())).toEqual([
    "info: 140 links: runs on proxmox3, declared on proxmox2, moved by HA",
    "info: 150 db: runs on proxmox2, declared on proxmox, moved by hand (it is not under HA)",
  ]);
  expect(await reported(() => lookForGuests([{ ...links, node: "proxmox3" }]), cluster())).toEqual(
    [],
  );
});

test("asks nobody for a stack without guests", async () => {
  expect(await reported(() => lookForGuests([]), {})).toEqual([]);
});

test("a cluster that does not answer is a warning, not the end of the plan", async () => {
  // As gRPC hands it on, of which the SDK keeps the details.
  const refused = Object.assign(new Error(), { details: "401 no ticket\nand more" });
  const dead: Functions = {
    ...cluster(),
    [token("getNodesLegacy")]: () => {
      throw refused;
    },
    [token("getVersion")]: () => {
      throw refused;
    },
  };
  expect(await reported(() => lookForGuests([links]), dead)).toMatchInlineSnapshot(`
    [
      "warning: could not read where the cluster's guests are: 401 no ticket",
    ]
  `);
  expect(await reported(() => compareVersion(9), dead)).toMatchInlineSnapshot(`
    [
      "warning: could not read the cluster's version: 401 no ticket",
    ]
  `);
});

test("an upgraded cluster is told in the plan", async () => {
  expect(await reported(() => compareVersion(9), cluster())).toEqual([]);
  expect((await reported(() => compareVersion(8), cluster())).join()).toContain(
    "run `homelab migrate-ha --stack test`",
  );
});

test("rejects the creation of a VMID that exists, also on a node that is off", async () => {
  expect(await refusal(() => refuseExisting("links", 140), cluster())).toMatchInlineSnapshot(
    `"container 140 (links) exists on proxmox3, and the refresh of this run looked for it elsewhere; run \`homelab sync-state --stack test\`, then repeat"`,
  );
  expect(await refusal(() => refuseExisting("links", 140), cluster(false))).toMatchInlineSnapshot(
    `"container 140 (links) exists, for HA manages ct:140, but no node that answers has it; wait for proxmox3, or until HA has started it elsewhere"`,
  );
  expect(await refusal(() => refuseExisting("links", 150), cluster())).toMatchInlineSnapshot(
    `"container 150 (links) cannot be created: its VMID belongs to VM "sql" on proxmox2; give links another vmid"`,
  );
  expect(await refusal(() => refuseExisting("notes", 141), cluster(false))).toBeUndefined();
});

test("rejects a change of a container on a node that does not have it", async () => {
  const elsewhere = () => refuseElsewhere("links", 140, "proxmox2");
  expect(await refusal(elsewhere, cluster())).toMatchInlineSnapshot(
    `"container 140 (links) runs on proxmox3, and the state still has it on proxmox2; run \`homelab sync-state --stack test\`, then repeat: the change is made where it runs"`,
  );
  expect(await refusal(() => refuseElsewhere("links", 140, "proxmox3"), cluster())).toBeUndefined();
});
