import { expect, test } from "vitest";
import {
  type DeclaredGuest,
  lostContainer,
  refusalToChange,
  refusalToCreate,
  type SeenCluster,
  type SeenGuest,
  sightingOf,
} from "../../../model/placement/guest-location";

const traefik: DeclaredGuest = {
  name: "traefik",
  vmid: 110,
  type: "ct",
  node: "proxmox2",
  created: true,
  underHa: true,
};
const seen: SeenGuest = { vmid: 110, type: "ct", name: "traefik", node: "proxmox2" };
const there = (guest: Partial<SeenGuest> = {}, silent: string[] = []): SeenCluster => ({
  nodes: ["proxmox", "proxmox2", "proxmox3"],
  silent,
  guests: [{ ...seen, ...guest }],
});
const nowhere = (silent: string[] = []): SeenCluster => ({ ...there({}, silent), guests: [] });
const reported = (guest: DeclaredGuest, cluster: SeenCluster, recorded?: string) => {
  const sighting = sightingOf(guest, cluster, recorded, "homelab sync-state");
  return sighting && `${sighting.severity}: ${sighting.message}`;
};

test("a guest that is at home is not worth a word, nor one that is yet to be created", () => {
  expect(reported(traefik, there(), "proxmox2")).toBeUndefined();
  expect(reported(traefik, nowhere())).toBeUndefined();
});

test("a guest that HA moved is said to be elsewhere; a state that looks in the wrong place is a warning", () => {
  const moved = there({ node: "proxmox3" });
  expect(reported(traefik, moved, "proxmox3")).toMatchInlineSnapshot(
    `"info: 110 traefik: runs on proxmox3, declared on proxmox2, moved by HA"`,
  );
  expect(reported(traefik, moved, "proxmox2")).toMatchInlineSnapshot(
    `"warning: 110 traefik: runs on proxmox3, declared on proxmox2, moved by HA; the state still has it on proxmox2: run \`homelab sync-state\` before you refresh or change it"`,
  );
  expect(reported({ ...traefik, underHa: false }, moved, "proxmox3")).toMatchInlineSnapshot(
    `"info: 110 traefik: runs on proxmox3, declared on proxmox2, moved by hand (it is not under HA)"`,
  );
});

test("a guest that came home while the state has it elsewhere is a warning", () => {
  expect(reported(traefik, there(), "proxmox3")).toMatchInlineSnapshot(
    `"warning: 110 traefik: runs on proxmox2, as declared; the state still has it on proxmox3: run \`homelab sync-state\` before you refresh or change it"`,
  );
});

test("a declared node that the cluster does not have is a renamed one", () => {
  const renamed = { ...there({ node: "pve2" }), nodes: ["proxmox", "pve2", "proxmox3"] };
  expect(reported(traefik, renamed, "pve2")).toMatchInlineSnapshot(
    `"info: 110 traefik: runs on pve2, declared on proxmox2, which is not a node of the cluster; if the node was renamed, rename it in the stack file"`,
  );
});

test("a guest that nobody lists is gone only if every node answers", () => {
  const existing = { ...traefik, created: false };
  expect(reported(existing, nowhere(["proxmox3"]))).toMatchInlineSnapshot(
    `"warning: 110 traefik: on no node that answers; proxmox3 does not"`,
  );
  expect(reported(existing, nowhere())).toMatchInlineSnapshot(
    `"warning: 110 traefik: no node has it; it was deleted, or the API token may not see it (VM.Audit); restore it, or take it out of the stack file"`,
  );
  expect(reported(traefik, nowhere(), "proxmox2")).toMatchInlineSnapshot(
    `"warning: 110 traefik: no node has it; it was deleted, or the API token may not see it (VM.Audit); after \`pulumi refresh\` the next up creates it again"`,
  );
});

test("a VMID that another guest has is told; an existing guest may have any name in the cluster", () => {
  expect(reported(traefik, there({ name: "games", type: "vm" }), "proxmox2")).toMatchInlineSnapshot(
    `"warning: 110 traefik: its VMID belongs to VM "games" on proxmox2; give traefik another vmid, or rename that guest if it is the same one"`,
  );
  expect(reported({ ...traefik, created: false }, there({ name: "proxy" }))).toBeUndefined();
  expect(reported({ ...traefik, created: false }, there({ type: "vm" }))).toMatch(/belongs to VM/);
});

test("only a container of this stack that the state lacks is taken back, and only if it is the same one", () => {
  const moved = there({ node: "proxmox3" });
  expect(lostContainer(traefik, moved, undefined)).toBe("proxmox3");
  expect(lostContainer(traefik, there(), undefined)).toBe("proxmox2");
  expect(lostContainer(traefik, moved, "proxmox2")).toBeUndefined();
  expect(lostContainer({ ...traefik, created: false }, moved, undefined)).toBeUndefined();
  expect(lostContainer(traefik, there({ name: "games" }), undefined)).toBeUndefined();
  expect(lostContainer(traefik, nowhere(["proxmox2"]), undefined)).toBeUndefined();
});

test("rejects the creation of a VMID that exists, on whatever node and whoever has it", () => {
  const refusal = (cluster: SeenCluster, haIds: string[] = []) =>
    refusalToCreate(traefik, cluster, haIds, "homelab sync-state");
  expect(refusal(there({ node: "proxmox3" }))).toMatchInlineSnapshot(
    `"container 110 (traefik) exists on proxmox3, and the refresh of this run looked for it elsewhere; run \`homelab sync-state\`, then repeat"`,
  );
  expect(refusal(there({ type: "vm", name: "games" }))).toMatchInlineSnapshot(
    `"container 110 (traefik) cannot be created: its VMID belongs to VM "games" on proxmox2; give traefik another vmid"`,
  );
  expect(refusal(nowhere(["proxmox3"]), ["ct:110", "ct:1101"])).toMatchInlineSnapshot(
    `"container 110 (traefik) exists, for HA manages ct:110, but no node that answers has it; wait for proxmox3, or until HA has started it elsewhere"`,
  );
  expect(refusal(nowhere(["proxmox3"]), ["ct:1101"])).toBeUndefined();
  expect(refusal(nowhere())).toBeUndefined();
});

test("a virtual machine is found by a refresh, wherever HA moved it", () => {
  const machine: DeclaredGuest = { ...traefik, type: "vm" };
  const moved = there({ type: "vm", node: "proxmox3" });
  expect(reported(machine, moved, "proxmox2")).toMatchInlineSnapshot(
    `"warning: 110 traefik: runs on proxmox3, declared on proxmox2, moved by HA; the state still has it on proxmox2: run \`pulumi refresh\` before changing it"`,
  );
  expect(refusalToCreate(machine, moved, [], "homelab sync-state")).toMatchInlineSnapshot(
    `"virtual machine 110 (traefik) exists on proxmox3, but is not in the state; run \`pulumi refresh\`, then repeat: it is taken back from there"`,
  );
  expect(refusalToCreate(machine, there(), [], "homelab sync-state")).toMatchInlineSnapshot(
    `"virtual machine 110 (traefik) cannot be created: its VMID belongs to CT "traefik" on proxmox2; give traefik another vmid"`,
  );
});

test("rejects a change where the container is not, or where another one has its VMID", () => {
  const refusal = (cluster: SeenCluster) =>
    refusalToChange(traefik, "proxmox2", cluster, "homelab sync-state");
  expect(refusal(there({ node: "proxmox3" }))).toMatchInlineSnapshot(
    `"container 110 (traefik) runs on proxmox3, and the state still has it on proxmox2; run \`homelab sync-state\`, then repeat: the change is made where it runs"`,
  );
  expect(refusal(there({ name: "games" }))).toMatchInlineSnapshot(
    `"container 110 (traefik) was not changed: its VMID belongs to CT "games" on proxmox2 now; give traefik another vmid, or rename that guest if it is the same one"`,
  );
  expect(refusal(there())).toBeUndefined();
  expect(refusal(nowhere(["proxmox2"]))).toBeUndefined();
});
