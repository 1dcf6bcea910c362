import fc from "fast-check";
import { expect, test } from "vitest";
import { figuresOf, type HolderEvent, rateOf, type Seen, spansOf } from "../../../lab/soak/count";
import { holderIn, reasonIn, stateIn } from "../../../lab/soak/lines";

const owns = (atMs: number, host: string): HolderEvent => ({ atMs, host, owns: true });
const gives = (atMs: number, host: string): HolderEvent => ({ atMs, host, owns: false });
const seen = (changes: HolderEvent[], more: Partial<Seen> = {}): Seen => ({
  ...{ fromMs: 0, toMs: 10_000, holders: ["a"], changes, states: [] },
  ...more,
});

test.each([
  ["nothing happens", [], { moves: 0, nobodySec: 0, twoSec: 0 }],
  [
    "away and back",
    [gives(1000, "a"), owns(1500, "b"), gives(4000, "b"), owns(4250, "a")],
    { moves: 2, nobodySec: 0.75, longestNobodySec: 0.5, twoSec: 0 },
  ],
  [
    "taken before it was given",
    [owns(1000, "b"), gives(1200, "a")],
    { moves: 1, nobodySec: 0, twoSec: 0.2 },
  ],
  [
    "lost and taken again by the same",
    [gives(1000, "a"), owns(1400, "a")],
    { moves: 0, nobodySec: 0.4, twoSec: 0 },
  ],
  [
    "two for a moment, and the first stays",
    [owns(1000, "b"), gives(1300, "b")],
    { moves: 2, twoSec: 0.3 },
  ],
  [
    "away, and both have it on the way back",
    [gives(1000, "a"), owns(1500, "b"), owns(4000, "a"), gives(4100, "b")],
    { moves: 2, nobodySec: 0.5, twoSec: 0.1 },
  ],
  [
    "said again",
    [owns(500, "a"), owns(600, "a"), gives(700, "b")],
    { moves: 0, nobodySec: 0, twoSec: 0 },
  ],
  ["given and never taken", [gives(4000, "a")], { moves: 0, nobodySec: 6, longestNobodySec: 6 }],
  [
    "before the beginning and after the end",
    [gives(-5, "a"), gives(10_001, "a")],
    { moves: 0, nobodySec: 0 },
  ],
] as const)("counted: %s", (_what, changes, expected) => {
  expect(figuresOf(seen([...changes]))).toMatchObject(expected);
});

test("an address that nobody has in the beginning has not moved when somebody takes it", () => {
  const figures = figuresOf(seen([owns(2000, "b")], { holders: [] }));
  expect(figures).toMatchObject({ moves: 0, nobodySec: 2 });
});

test("only FAULT counts as one, and only within the time", () => {
  const state = (atMs: number, name: string) => ({ atMs, host: "a", state: name });
  const states = [state(1, "FAULT"), state(2, "BACKUP"), state(3, "FAULT"), state(10_001, "FAULT")];
  expect(figuresOf(seen([], { states })).faults).toBe(2);
});

test("spans fill the whole time without a hole, whatever happens", () => {
  const change = fc.record({
    atMs: fc.integer({ min: -100, max: 10_100 }),
    host: fc.constantFrom("a", "b"),
    owns: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const spans = spansOf(seen(changes));
      let at = 0;
      for (const span of spans) {
        expect(span.fromMs).toBe(at);
        expect(span.toMs).toBeGreaterThan(span.fromMs);
        at = span.toMs;
      }
      expect(at).toBe(10_000);
      const { nobodySec, longestNobodySec, twoSec, seconds } = figuresOf(seen(changes));
      expect(longestNobodySec).toBeLessThanOrEqual(nobodySec);
      expect(nobodySec + twoSec).toBeLessThanOrEqual(seconds + 1e-9);
    }),
  );
});

test("no move in a time says no more than the rule of three, and a move says its rate", () => {
  expect(rateOf({ moves: 0, seconds: 1800 })).toEqual({ perHour: 0, below: 6 });
  expect(rateOf({ moves: 12, seconds: 120 })).toEqual({ perHour: 360 });
  expect(rateOf({ moves: 0, seconds: 0 }).below).toBe(Number.POSITIVE_INFINITY);
});

const at = Date.parse("2026-11-27T06:00:01.250Z");
test.each([
  [
    "[2026-11-27T06:00:01.250000] 2: host0    inet 10.77.0.100/24 scope global secondary host0",
    true,
  ],
  [
    "[2026-11-27T06:00:01.250000] Deleted 2: host0    inet 10.77.0.100/24 scope global host0",
    false,
  ],
  ["[2026-11-27T06:00:01.250000] 1: lo    inet 10.77.0.100/32 scope global lo", undefined],
  ["[2026-11-27T06:00:01.250000] 2: host0    inet 10.77.0.10/24 scope global host0", undefined],
  ["[2026-11-27T06:00:01.250000] 2: host0    inet 10.77.0.100\\ valid_lft forever", undefined],
  ["2: host0    inet 10.77.0.100/24 scope global host0", undefined],
])("a line of the kernel: %s", (line, gets) => {
  const expected = gets === undefined ? undefined : { atMs: at, host: "a", owns: gets };
  expect(holderIn(line, "a", "10.77.0.100")).toEqual(expected);
});

test("a line of keepalived is a state, a cause, or neither", () => {
  expect(stateIn("(fast) Entering FAULT STATE", "a", 7)).toEqual({
    ...{ atMs: 7, host: "a", state: "FAULT" },
  });
  expect(stateIn("(fast) Receive advertisement timeout", "a", 7)).toBeUndefined();
  expect(reasonIn("(fast) Entering FAULT STATE")).toBeUndefined();
  expect(reasonIn("Script `check_traefik` now returning 1")).toBe(
    "Script `check_traefik` now returning 1",
  );
});
