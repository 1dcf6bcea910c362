import { expect, test } from "vitest";
import { figuresOf, rateOf } from "../../../lab/soak/count";
import { megabytesToTake } from "../../../lab/soak/load";
import { pairPlans } from "../../../lab/soak/pairs";
import { soakPlot } from "../../../lab/soak/plot";
import { gapsIn, type Row, soakMarkdown } from "../../../lab/soak/report";

const seen = {
  ...{ fromMs: 0, toMs: 120_000, holders: ["fast-1"] },
  changes: [
    { atMs: 1000, host: "fast-1", owns: false },
    { atMs: 3500, host: "fast-2", owns: true },
  ],
  states: [{ atMs: 900, host: "fast-1", state: "FAULT" }],
};
const figures = figuresOf(seen);
const row: Row = {
  ...{ condition: "idle", title: "idle", profile: "fast", figures, rate: rateOf(figures) },
  ...{ requests: 480, lost: 3, pressure: 0.254, memoryPressure: 0, lateMaxMs: 12.3, lateP99Ms: 1 },
  ...{ reasons: {}, cutsHolder: false },
};

test("all figures of a row stand side by side, and what the kernel does not tell is a question mark", () => {
  expect(soakMarkdown([row]).split("\n").at(-1)).toBe(
    "| idle | fast | 2.0 | 1 | 1 | 30.0 |  | 2.50 s (2.50) | 0.00 s | 3 of 480 | 25 %/0 %/? | 1/12 ms |",
  );
});

test("a time without a holder is held against the profile's own", () => {
  expect(gapsIn([row], () => 2.5)).toEqual([]);
  expect(gapsIn([row], () => 2)).toEqual([
    "idle, fast: nobody had the address for 2.50 s, expected at most 2.00 s",
  ]);
});

test("who had the address is drawn, with what is rare on top", () => {
  const svg = soakPlot("a < b", [{ label: "idle, fast", preferred: "fast-1", seen }]);
  expect(svg).toContain("a &lt; b");
  expect([...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title)).toEqual([
    ...["a &lt; b", "fast-2, 116.50 s", "nobody, 2.50 s", "fast-1, 1.00 s"],
  ]);
});

test("memory pressure leaves the machine room, and none is made where there is none to take", () => {
  expect(megabytesToTake("MemAvailable:   41943040 kB\n")).toBe(34_816);
  expect(megabytesToTake("MemAvailable:    4194304 kB\n")).toBe(1024);
  expect(megabytesToTake("MemAvailable:    2097152 kB\n")).toBe(0);
  expect(megabytesToTake("")).toBe(0);
});

test("pairs side by side have nothing in common", () => {
  const plans = pairPlans(["fast", "compatible", "baseline"]);
  const hosts = plans.flatMap((plan) => plan.hosts);
  const all = [...hosts.map(({ address }) => `${address}/24`), ...plans.map(({ vip }) => vip)];
  expect(new Set(all).size).toBe(9);
  expect(new Set(hosts.map(({ number }) => number)).size).toBe(6);
  expect(new Set(plans.map(({ virtualRouterId }) => virtualRouterId)).size).toBe(3);
});
