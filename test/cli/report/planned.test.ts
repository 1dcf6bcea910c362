import { expect, test } from "vitest";
import { plain } from "../../../cli/report/paint";
import { plannedLines } from "../../../cli/report/planned";
import { clusterResilience } from "../../../cli/run/judgement";
import type { ClusterModel } from "../../../model/resilience/resilience";
import { cluster, guest, layer, service } from "../../support/clusters/clusters";

const nodes = ["n1", "n2", "n3"];
const replica = { nodes: ["n2"], everySec: 900 };
const lines = (more: Partial<ClusterModel>) => {
  const model = cluster({
    nodes,
    storages: { shared: { kind: "shared", nodes }, zfs: { kind: "zfs", nodes } },
    services: [service("web", layer("any", ["n1", "n2"])), service("one", layer("any", ["n1"]))],
    ...more,
  });
  const layout = { paint: plain, width: 100, all: false };
  return `\n${plannedLines(clusterResilience(model), layout).join("\n")}\n`;
};
const guests = [
  guest("box", "n1", {
    sid: "ct:100",
    storage: "zfs",
    replica,
    ha: { nodes: { n1: 2, n2: 1 }, strict: true },
  }),
  guest("machine", "n1", { sid: "vm:101" }),
  guest("plain", "n1", { sid: "ct:102", ha: undefined }),
  guest("device", "n2", { sid: "vm:103", immovable: "usb stick" }),
];

test("a planned stop says who is off how long, where it goes, and which services feel it", () => {
  expect(lines({ guests })).toMatchInlineSnapshot(`
    "
      shutdown policy: conditional
      reboot of n1
        off about 2-10 min, then starts here again: box, machine and plain
        one: down
        1 service fails over, no slower than when the node dies
      shutdown of n1
        off 81 s, then starts elsewhere, and loses up to 15 min of data: box → n2
        off 81 s, then starts elsewhere: machine → n3
        off until n1 is back: plain
        one: down
        1 service fails over, no slower than when the node dies
      reboot of n2
        off about 2-10 min, then starts here again: device
        1 service fails over, no slower than when the node dies
      shutdown of n2
        off until n2 is back: device
        1 service fails over, no slower than when the node dies
      reboot of n3
        nobody notices
      shutdown of n3
        nobody notices
    "
  `);
});

test("with policy migrate guests move first, and who cannot be moved holds the node up", () => {
  expect(lines({ guests, shutdownPolicy: "migrate" })).toMatchInlineSnapshot(`
    "
      shutdown policy: migrate
      reboot of n1
        off 18-24 s, then starts elsewhere: box → n2
        off about 2-10 min, then starts here again: plain
        moves while it runs: machine → n3
        one: down
        1 service fails over, no slower than when the node dies
      shutdown of n1
        off 18-24 s, then starts elsewhere: box → n2
        off until n1 is back: plain
        moves while it runs: machine → n3
        one: down
        1 service fails over, no slower than when the node dies
      reboot of n2
        does not go down while device runs there; HA cannot move it, a person has to
      shutdown of n2
        does not go down while device runs there; HA cannot move it, a person has to
      reboot of n3
        nobody notices
      shutdown of n3
        nobody notices
    "
  `);
});

test("of many nodes the first are shown, and the others counted", () => {
  const many = Array.from({ length: 9 }, (_, index) => `m${index}`);
  const storages = { shared: { kind: "shared" as const, nodes: many } };
  expect(lines({ nodes: many, storages, services: [] })).toContain(
    "2 more nodes (--all shows them)",
  );
});
