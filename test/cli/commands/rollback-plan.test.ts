import { expect, test } from "vitest";
import {
  lastRollout,
  type MemberHistory,
  readable,
  readHistory,
  safeOrder,
} from "../../../cli/commands/rollback/plan";

const at = (second: number) => `1760000${String(second).padStart(3, "0")}000000000`;
const history = (healthy: number[], changes: number[], master = false) => ({
  master,
  healthy: healthy.map(at),
  changes: changes.map(at),
});

test("what a host prints is read, whatever its order", () => {
  const printed = `owner\nhealthy ${at(1)}\nchange ${at(2)} /etc/a\nchange ${at(1)} /etc/b\n`;
  expect(readHistory(printed)).toEqual(history([1], [2, 1], true));
  expect(readHistory("")).toEqual(history([], []));
});

/** Two members, rolled out in this order. */
const rollout = (second: MemberHistory, first: MemberHistory) =>
  Object.fromEntries(
    lastRollout([
      { name: "first", priority: 200, history: first },
      { name: "second", priority: 100, history: second },
    ]),
  );

test.each([
  [
    "a good roll-out is undone on both",
    [
      [10, 40],
      [5, 35],
    ],
    [
      [20, 50],
      [15, 45],
    ],
    { second: at(10), first: at(20) },
  ],
  [
    "one that broke on the first of them is undone there",
    [[10], [5, 35]],
    [[20], [15]],
    { second: at(10) },
  ],
  [
    "one that broke on the last of them is undone on both",
    [
      [10, 40],
      [5, 35],
    ],
    [[20], [15, 45]],
    { second: at(10), first: at(20) },
  ],
  [
    "two attempts at one roll-out are undone together",
    [
      [10, 40],
      [5, 30, 35],
    ],
    [
      [20, 50],
      [15, 45],
    ],
    { second: at(10), first: at(20) },
  ],
  [
    "one that changed only one member is undone there",
    [[10], [5]],
    [
      [20, 50],
      [15, 45],
    ],
    { first: at(20) },
  ],
  [
    "a check without a change is looked past",
    [[10, 40], [5]],
    [
      [20, 50],
      [15, 45],
    ],
    { first: at(20) },
  ],
  [
    "files that follow the health check belong to the next roll-out",
    [
      [10, 40],
      [5, 35],
    ],
    [
      [20, 50],
      [15, 21, 45],
    ],
    { second: at(10), first: at(20) },
  ],
  [
    "changes more than ten minutes apart are two",
    [
      [10, 40],
      [5, 35],
    ],
    [
      [20, 750],
      [15, 700],
    ],
    { first: at(20) },
  ],
  [
    "before the first roll-out there is nothing",
    [[10], [5]],
    [[20], [15]],
    { second: undefined, first: undefined },
  ],
] as const)("%s", (_what, second, first, expected) => {
  const [of2, of1] = [second, first].map(([healthy, changes]) =>
    history([...healthy], [...changes]),
  );
  expect(rollout(of2 ?? history([], []), of1 ?? history([], []))).toEqual(expected);
});

test("hosts without a history had no roll-out", () => {
  expect(rollout(history([], []), history([], []))).toEqual({});
});

test("whoever has the address comes last, whatever the priorities say", () => {
  const members = [
    { name: "preferred", priority: 200, history: history([], []) },
    { name: "second", priority: 150, history: history([], [], true) },
    { name: "third", priority: 100, history: history([], []) },
  ];
  expect(safeOrder(members).map(({ name }) => name)).toEqual(["third", "preferred", "second"]);
});

test("a time is told to the second", () => {
  expect(readable("1760000000123456789")).toBe("2025-10-09 08:53:20 UTC");
});
