import { expect, test } from "vitest";
import { firstMoveNote, type GroupFacts } from "../../../model/placement/first-placement";

const guest = { vmid: 134, name: "kea-dhcp-2", type: "ct" as const, node: "c" };
const group: GroupFacts = {
  nodes: { b: 2, c: 2, a: 1 },
  strict: false,
  kind: "zfs",
  storageNodes: ["a", "b", "c"],
  replicates: true,
  moves: true,
};

test.each([
  { what: "with a copy at home", facts: {}, says: "down for about 20 s" },
  {
    what: "without a copy",
    facts: { replicates: false, diskGb: 60 },
    says: "down while its disk is copied, about 11 min for 60 GB",
  },
  { what: "on Ceph", facts: { kind: "ceph" as const }, says: "down for about 20 s" },
  {
    what: "from a node outside a strict group",
    facts: { strict: true, nodes: { b: 1, c: 1 } },
    says: "down while its disk is copied, about 10 s for each GB",
  },
])("says how long a guest is down that goes home $what", ({ facts, says }) => {
  const note = firstMoveNote(guest, "a", { ...group, ...facts });
  expect(note).toContain("this update moves it to c before it puts it under HA");
  expect(note).toContain(says);
});

test("without a way to log in it says where HA takes the guest, or that it stays", () => {
  const alone = { ...group, moves: false };
  expect(firstMoveNote(guest, "a", alone)).toContain(
    "HA moves it to b or c, whichever carries fewer HA resources as soon as its placement is written",
  );
  expect(firstMoveNote(guest, "b", alone)).toContain("it stays there");
  expect(firstMoveNote(guest, "b", { ...alone, nodes: {} })).toContain("it stays there");
});

test("a job that would end at a node outside the strict group is told, with what mends it", () => {
  const traefik = { vmid: 110, name: "traefik", type: "ct" as const, node: "a" };
  const strict = {
    nodes: { a: 1, b: 1 },
    strict: true,
    kind: "zfs" as const,
    storageNodes: ["a", "b", "c"],
    replicates: true,
    moves: false,
  };
  const told = (more: object, on = "c") =>
    /; on (.*) points back at (.*), outside its group: then delete/.exec(
      firstMoveNote(traefik, on, { ...strict, ...more }),
    )?.[2];
  expect(told({})).toBe("c");
  for (const fine of [
    { moves: true },
    { strict: false },
    { replicates: false },
    { kind: "ceph" },
    { nodes: { a: 2, b: 1 } },
  ]) {
    expect(told(fine), JSON.stringify(fine)).toBeUndefined();
  }
  expect(told({}, "b")).toBeUndefined();
});
