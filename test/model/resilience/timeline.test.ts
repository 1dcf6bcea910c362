import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { dependenceChanges } from "../../../model/resilience/dependence";
import { type ClusterModel, explain } from "../../../model/resilience/resilience";
import { timeline } from "../../../model/resilience/timeline";
import { tokenSec } from "../../../model/resilience/times";
import { cluster, guest, layer, service } from "../../support/clusters/clusters";
import { matrix } from "../../support/clusters/matrix";
import { put, stackData, stackOf } from "../../support/clusters/stacks";

const stated = (...changes: [path: (string | number)[], value: unknown][]): ClusterModel => {
  const data = stackData("homelab");
  for (const [path, value] of changes) put(data, path, value);
  return clusterModel(stackOf(data));
};

/** Steps as `from-to text`. */
const steps = (model: ClusterModel, ...failed: string[]) =>
  timeline(model, explain(model, failed)).map(
    ({ atSec, text }) => `${atSec ? atSec.join("-") : "until"} ${text}`,
  );

test("the loss of proxmox3, in the order in which things happen", () => {
  const found = timeline(stated(), explain(stated(), ["proxmox3"]));
  const from = found.flatMap(({ atSec }) => atSec?.[0] ?? Number.POSITIVE_INFINITY);
  expect(from).toEqual([...from].sort((a, b) => (a === b ? 0 : a - b)));
  const texts = found.map(({ text }) => text);
  const order = [
    "proxmox3 is off (crash or power) with 5 guests; the disks are whole",
    "corosync misses the token, then agrees on who is left: 2 of 3 nodes are left, 2 votes are needed: quorum is kept",
    'the master has not seen proxmox3 for 60 s: its guests go to "fence"',
    'the lock of proxmox3 has run out, so its watchdog has fired: it counts as fenced, and its guests go to "recovery"',
    "HA starts postgresql on proxmox from its replica (priority 1 in group databases, and the fewest guests there (3)); up to 15 min of data are lost",
    "traefik-2: only proxmox2 is left for it, and it is kept apart from traefik: it waits for proxmox3",
  ].map((text) => texts.indexOf(text));
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test("an address moves in the time of its own timers, and says to whom", () => {
  expect(steps(stated(), "proxmox2")).toContain(
    "2.609375-3.609375 service traefikPairs.traefik: traefik down: traefik-2 on proxmox3 takes the address within 3.61 s; the loss of proxmox or proxmox3 next takes it down, as the cluster then has no quorum",
  );
});

test("without quorum watchdogs fire, nothing is fenced and HA starts nothing", () => {
  expect(
    steps(stated(), "proxmox", "proxmox2").filter((step) => !step.startsWith("until")),
  ).toEqual([
    "0-0 proxmox and proxmox2 are off (crash or power) with 8 guests; the disks are whole",
    "3.125-8.03 corosync misses the token, then agrees on who is left: 1 of 3 nodes is left, 2 votes are needed: quorum is lost",
    "60-60 proxmox3 carries guests under HA and has no quorum: its watchdog resets it",
  ]);
});

test("Ceph says what it waits for", () => {
  expect(steps(matrix(true), "neo").filter((step) => step.includes("ceph-vm-disks"))).toEqual([
    "0-20 ceph-vm-disks: reads and writes that lead to OSDs of neo hang until the monitors mark them down; then 2 of 3 nodes with OSDs serve on",
    "0-20 ceph-vm-disks: 2 of 3 monitors are left, a majority",
    "600-600 ceph-vm-disks: neo is marked out, and Ceph makes the missing copies elsewhere where it has a node for them",
  ]);
  expect(steps(matrix(true), "neo", "smith")[1]).toBe(
    "0-20 ceph-vm-disks: Ceph has 1 of 3 monitors and needs 2: every disk there hangs until one returns",
  );
  expect(steps(matrix(true), "oracle").filter((step) => step.includes("ceph-vm-disks"))).toEqual(
    [],
  );
});

test("memory and cores that are left stand at the end", () => {
  const model = cluster({
    guests: [guest("a", "n1", { memoryMb: 500, cores: 3 })],
    capacity: { n2: { memoryMb: 4096, cores: 2 } },
  });
  expect(steps(model, "n1").at(-1)).toBe(
    "until n2 carries 500 of 2048 MB for guests, 3 of 2 cores (overcommitted)",
  );
});

test("corosync waits longer for each node beyond two, by the coefficient of its version", () => {
  expect([2, 3, 5, 50].map((count) => tokenSec(count)[1])).toEqual([3, 3.65, 4.95, 34.2]);
  expect([3, 5].map((count) => tokenSec(count, [125, 650]))).toEqual([
    [3.125, 3.65],
    [3.375, 4.95],
  ]);
});

test("a second DNS server that is taken away makes DNS depend on the node of the first", () => {
  const one = stated([["guests", "adguard-2", "serves"], undefined]);
  expect(
    dependenceChanges(stated(), one).map(({ service: name, on, change, after }) => [
      change,
      name,
      on,
      after?.status,
    ]),
  ).toEqual([["depends", "dns", "proxmox3", "restarts"]]);
  expect(dependenceChanges(one, stated())[0]).toMatchObject({
    change: "independent",
    service: "dns",
    on: "proxmox3",
  });
  expect(dependenceChanges(stated(), stated())).toEqual([]);
});

test("a dependence that gets worse or better is told, one on what is gone is not", () => {
  const on = (node: string, ha: boolean) =>
    cluster({
      guests: [guest("g", node, ha ? {} : { ha: undefined })],
      services: [service("s", { ...layer("any", []), members: [{ name: "g", node, guest: "g" }] })],
    });
  const kinds = (before: ClusterModel, after: ClusterModel) =>
    dependenceChanges(before, after).map(({ change, on: what }) => `${change} ${what}`);
  expect(kinds(on("n1", true), on("n1", false))).toEqual(["worse n1"]);
  expect(kinds(on("n1", false), on("n1", true))).toEqual(["better n1"]);
  expect(kinds(on("n1", true), on("n2", true))).toEqual(["depends n2", "independent n1"]);
  const without = { ...on("n2", true), nodes: ["n2", "n3", "n4", "n5"] };
  expect(kinds(on("n1", true), without)).toEqual(["depends n2"]);
});
