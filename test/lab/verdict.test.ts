import { expect, test } from "vitest";
import { tableOf } from "../../lab/instruments/table";
import { judge } from "../../lab/instruments/verdict";
import type { Result, Scenario } from "../../lab/scenarios/scenario";

const scenario: Scenario = {
  name: "fault",
  title: "A fault",
  address: "moves",
  act: async () => ({ atMs: 0 }),
  watchSec: () => 1,
  target: { withinSec: { fast: 1 }, lost: 5 },
  repair: async () => {},
};

function result(change: Partial<Result> = {}): Result {
  return {
    scenario: "fault",
    atMs: 0,
    moved: true,
    tookMs: 500,
    service: { requests: 100, lost: 2, losses: { timeout: 2 }, longestGapMs: 480 },
    arp: 5,
    masters: ["traefik-2"],
    predictedMs: 600,
    comparedMs: 500,
    scheduling: { p50Ms: 0.1, p99Ms: 2, maxMs: 20, pressure: 0.25 },
    requests: [],
    changes: [],
    announcements: [],
    ...change,
  };
}

test("medians are held against the targets, the slowest run against the model", () => {
  const results = [result(), result({ tookMs: 590, comparedMs: 590 }), result({ tookMs: 300 })];
  const verdict = judge(scenario, results, "fast");
  expect([verdict.tookMs, verdict.slowestMs, verdict.misses]).toEqual([500, 590, []]);
  expect(verdict.ratio).toBeCloseTo(590 / 600, 6);
});

test("a run may be later than the model by what the scheduler took and 5 ms, and no more", () => {
  const within = judge(scenario, [result({ comparedMs: 625 })], "fast");
  const beyond = judge(scenario, [result({ comparedMs: 626 })], "fast");
  expect(within.misses).toEqual([]);
  expect(beyond.misses).toEqual(["took up to 0.63 s, the model predicts at most 0.60 s"]);
});

test("a run that was late by less than the machine is named with the scheduler's figures", () => {
  const runs = [result({ comparedMs: 600 }), result({ comparedMs: 612 })];
  const verdict = judge(scenario, runs, "fast");
  expect(verdict.misses).toEqual([]);
  expect(verdict.excuses).toEqual([
    "12.0 ms later than the model; the scheduler was late by up to 20.0 ms (99th percentile 2.0 ms, something waited 25 % of the time), and the lab sees changes to 5 ms",
  ]);
  const table = tableOf([verdict]).split("\n");
  expect(table.at(-2)).toBe(`* A fault: ${verdict.excuses[0]}`);
  expect(table[3]).toContain("│ 1.02 * │");
  // What was in time or missed needs no excuse.
  expect(judge(scenario, [result({ comparedMs: 626 })], "fast").excuses).toEqual([]);
  expect(judge(scenario, [result({ comparedMs: 600 })], "fast").excuses).toEqual([]);
});

test("says everything that was missed", () => {
  const service = { requests: 100, lost: 70, losses: { timeout: 70 }, longestGapMs: 2000 };
  const slow = result({ tookMs: 1200, comparedMs: 400, service });
  const stuck = result({ moved: false, masters: ["traefik", "traefik-2"], service });
  delete stuck.tookMs;
  delete stuck.comparedMs;
  expect(judge(scenario, [slow, stuck], "fast").misses).toEqual([
    "in 1 of 2 runs the address did not do what it has to",
    "took 1.20 s, expected less than 1 s",
    "lost 70 requests, expected at most 5",
    "in 1 runs the address was not on 1 host in the end",
  ]);
});

test("an address that must stay is missed when it moves", () => {
  const stays: Scenario = {
    ...scenario,
    address: "stays",
    target: { moves: false, lostAtLeast: 9 },
  };
  expect(judge(stays, [result({ comparedMs: 0 })], "fast").misses).toEqual([
    "the address moved in 1 runs, expected that it never does",
    "lost 2 requests, expected at least 9",
  ]);
});

test("the table has a line for each scenario and ends with the verdict", () => {
  const good = tableOf([judge(scenario, [result()], "fast")]).split("\n");
  expect(good.at(-1)).toBe("every scenario met its target");
  expect(good[3]?.split("│").map((cell) => cell.trim())).toEqual([
    ...["", "A fault", "1", "yes", "0.50 s (0.50 s)", "0.60 s", "0.83", "0.48 s", "2 of 100", "5"],
    ...["traefik-2", "2/20 ms, 25 %", ""],
  ]);
});
