import { expect, test } from "vitest";
import { HOST_MEMORY_MB } from "../../../model/capacity/capacity";
import { capacitySummary } from "../../../model/capacity/summary";
import {
  allFailures,
  type ClusterModel,
  explain,
  simulate,
} from "../../../model/resilience/resilience";
import { cluster, guest, places } from "../../support/clusters/clusters";

const three = ["n1", "n2", "n3"];
const storages = { shared: { kind: "shared" as const, nodes: three } };

/** Nodes of so many MB for guests. */
const roomOf = (rooms: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(rooms).map(([node, mb]) => [node, { memoryMb: mb + HOST_MEMORY_MB }]),
  );

const small = (more: Partial<ClusterModel>) => cluster({ nodes: three, storages, ...more });

test("a guest goes to the node with the fewest guests under HA, whatever its memory, and is off where none has room", () => {
  const guests = [
    guest("lost", "n1", { memoryMb: 2000 }),
    guest("busy-1", "n3", { memoryMb: 100 }),
    guest("busy-2", "n3", { memoryMb: 100 }),
    guest("big", "n2", { memoryMb: 3000 }),
  ];
  // n2 has fewer guests but no memory: HA tries it first, and relocates.
  expect(places(small({ guests, capacity: roomOf({ n2: 4000, n3: 4000 }) }), "n1").lost).toBe(
    "restarts n3",
  );
  const full = simulate(small({ guests, capacity: roomOf({ n2: 4000, n3: 2000 }) }), ["n1"]);
  expect(full.guests.lost).toMatchInlineSnapshot(`
    {
      "reason": "it takes 2000 MB and finds no room on n2 (1000 MB short) or n3 (200 MB short): HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started",
      "rpoSec": 0,
      "rtoSec": null,
      "status": "no-room",
    }
  `);
});

test("HA tries maxRelocate further nodes, and none of a lower class", () => {
  const nodes = ["n1", "n2", "n3", "n4"];
  const capacity = roomOf({ n2: 100, n3: 100, n4: 9000 });
  const lost = (ha: NonNullable<ReturnType<typeof guest>["ha"]>) =>
    places(
      cluster({
        nodes: [...nodes, "n5"],
        storages: { shared: { kind: "shared", nodes } },
        guests: [guest("lost", "n1", { memoryMb: 2000, ha })],
        capacity,
      }),
      "n1",
    ).lost;
  expect(lost({ nodes: {}, strict: false, maxRelocate: 2 })).toBe("restarts n4");
  expect(lost({ nodes: {}, strict: false, maxRelocate: 1 })).toBe("no-room");
  expect(lost({ nodes: { n2: 2, n3: 2, n4: 1 }, strict: true, maxRelocate: 9 })).toBe("no-room");
});

test("guests of a lost node fill the survivors one after the other", () => {
  const guests = ["a", "b", "c"].map((name) => guest(name, "n1", { memoryMb: 1000 }));
  const model = small({ guests, capacity: roomOf({ n2: 1000, n3: 1000 }) });
  expect(places(model, "n1")).toEqual({ a: "restarts n2", b: "restarts n3", c: "no-room" });
});

test("what nobody stated is not judged", () => {
  const guests = [guest("a", "n1", { memoryMb: 1000 }), guest("b", "n1")];
  expect(places(small({ guests }), "n1")).toEqual({ a: "restarts n2", b: "restarts n3" });
  const cramped = small({ guests, capacity: roomOf({ n2: 0, n3: 0 }) });
  expect(places(cramped, "n1")).toEqual({ a: "no-room", b: "restarts n3" });
});

test("memory and cores that are left are summed up, more cores than there are is a warning", () => {
  const model = small({
    guests: [
      guest("a", "n1", { memoryMb: 1000, cores: 4 }),
      guest("b", "n2", { memoryMb: 1500, cores: 3 }),
    ],
    capacity: {
      n1: { memoryMb: 5000, cores: 8 },
      n2: { memoryMb: 6000, reservedMb: 1000, cores: 4 },
      n3: { memoryMb: 3100, cores: 4 },
    },
  });
  expect(simulate(model, ["n1"]).load).toEqual([
    { node: "n3", memoryMb: { used: 1000, total: 1052 }, cores: { used: 4, total: 4 } },
  ]);
  expect(capacitySummary(model, allFailures(model, 1))).toEqual({
    stated: { nodes: 3, ofNodes: 3, guests: 2, ofGuests: 2 },
    judged: 3,
    noRoom: [],
    tightest: { failed: ["n1"], node: "n3", leftMb: 52, totalMb: 1052 },
    overcommitted: [],
  });
  const crowded = { ...model, capacity: { ...model.capacity, n3: { memoryMb: 9000, cores: 2 } } };
  expect(capacitySummary(crowded, allFailures(crowded, 1)).overcommitted).toEqual([
    { failed: ["n1"], node: "n3", used: 4, total: 2 },
    { failed: ["n2"], node: "n3", used: 3, total: 2 },
  ]);
});

/** One of the tests of pve-ha-manager itself (src/test/test-crs-static*), in MB of a million bytes. */
function staticCase(
  nodes: Record<string, [cores: number, memoryGb: number]>,
  guests: Record<string, [node: string, cores: number, memoryMb: number]>,
  affinity: Record<string, number> = {},
): ClusterModel {
  const names = Object.keys(nodes);
  return cluster({
    nodes: names,
    scheduler: "static",
    storages: { shared: { kind: "shared", nodes: names } },
    capacity: Object.fromEntries(
      Object.entries(nodes).map(([name, [cores, gb]]) => [name, { cores, memoryMb: gb * 1000 }]),
    ),
    guests: Object.entries(guests).map(([name, [node, cores, memoryMb]]) =>
      guest(name, node, { cores, memoryMb, ha: { nodes: affinity, strict: false } }),
    ),
  });
}

const movedFrom = (model: ClusterModel, ...failed: string[]) =>
  Object.values(simulate(model, failed).guests).flatMap(({ toNode }) => toNode ?? []);

test("the static scheduler chooses as the tests of Proxmox itself expect", () => {
  const vm = { "vm:102": ["node1", 2, 4000] } as Record<string, [string, number, number]>;
  const one = staticCase({ node1: [32, 100], node2: [32, 200], node3: [32, 300] }, vm);
  expect(movedFrom(one, "node1")).toEqual(["node3"]);

  const five: Record<string, [number, number]> = {
    node1: [32, 100],
    node2: [32, 200],
    node3: [32, 300],
    node4: [64, 300],
    node5: [32, 100],
  };
  const two = staticCase(five, vm, { node1: 1 });
  expect(movedFrom(two, "node1", "node4")).toEqual(["node3"]);
  expect(movedFrom(two, "node1")).toEqual(["node4"]);
  expect(movedFrom(two, "node1", "node2")).toEqual(["node4"]);
  expect(movedFrom(two, "node1", "node3")).toEqual(["node4"]);

  const many = Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [
      `vm:10${n}`,
      ["node1", 2, 4000] as [string, number, number],
    ]),
  );
  const three = staticCase({ node1: [32, 100], node2: [64, 200], node3: [32, 100] }, many);
  const round = ["node2", "node2", "node3"];
  expect(movedFrom(three, "node1")).toEqual([...round, ...round, ...round]);

  // Its first container has no limit, which counts as all cores of a node.
  const heavy = Object.fromEntries(
    [2, 3, 4, 5, 6, 7, 8, 9].map((n) => [
      `ct:10${n}`,
      ["node1", 2, 2000] as [string, number, number],
    ]),
  );
  const four = staticCase(
    { node1: [32, 100], node2: [32, 100], node3: [32, 100] },
    { "ct:101": ["node1", 32, 40_000], ...heavy },
  );
  expect(movedFrom(four, "node1")).toEqual(["node2", ...Array(8).fill("node3")]);
});

test("the reason of a choice is told", () => {
  const guests = [
    guest("a", "n1", { ha: { nodes: { n2: 2, n3: 2 }, strict: true, group: "pair" } }),
    guest("b", "n1", { ha: { nodes: { n2: 2, n3: 1 }, strict: true, group: "ordered" } }),
    guest("c", "n1"),
    guest("d", "n1", { ha: { nodes: { n3: 1 }, strict: true }, memoryMb: 10 }),
  ];
  const { choices } = explain(small({ guests }), ["n1"]);
  expect(Object.fromEntries(choices)).toMatchInlineSnapshot(`
    {
      "a": "priority 2 in group pair, and the fewest guests there (0)",
      "b": "priority 2 in group ordered, the only node that is left of these",
      "c": "no preference, and the fewest guests there (0)",
      "d": "priority 1 in its group, the only node that is left of these",
    }
  `);
});
