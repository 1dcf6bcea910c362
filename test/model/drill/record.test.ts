import { expect, test } from "vitest";
import {
  type DrillRecord,
  type FaultResult,
  surpriseIn,
  trends,
  went,
} from "../../../model/drill/record";

const result = (more: Partial<FaultResult> = {}): FaultResult => ({
  fault: "service-stopped",
  title: "traefik stopped",
  member: "one",
  taker: "two",
  movedSec: 0.4,
  returnedSec: 3,
  outageSec: 0.4,
  requests: 100,
  lost: 7,
  predicted: { movedSec: 0.49, outageSec: 0.49, returnedSec: 3 },
  restored: ["one serves"],
  left: [],
  ...more,
});

const record = (startedAt: string, ...faults: FaultResult[]): DrillRecord => ({
  version: 1,
  stack: "house",
  pair: "traefikPairs.web",
  startedAt,
  endedAt: startedAt,
  url: "https://10.0.0.100:443/",
  faults,
  notMade: [],
});

test.each([
  [0.49, undefined],
  [1.04, undefined],
  [1.05, "the client had no answer for 1.05 s, and service-stopped may take at most 0.49 s"],
] as const)("an outage of %f s beside the model's 0.49 s", (outageSec, expected) => {
  expect(surpriseIn(result({ outageSec }), 0.05)).toBe(expected);
});

test("a fault after which nobody has the address is a surprise, whatever the client saw", () => {
  const { movedSec: _, ...stays } = result({ outageSec: 0 });
  expect(surpriseIn(stays, 0.05)).toBe("no other member took the address");
});

test("a drill went well when every fault was made, expected and taken back", () => {
  const at = "2026-11-01T00:00:00.000Z";
  expect(went(record(at, result()))).toBe(true);
  expect(went(record(at, result({ surprise: "x" })))).toBe(false);
  expect(went(record(at, result({ left: ["one is down"] })))).toBe(false);
  expect(went({ ...record(at, result()), notMade: ["service-hung"] })).toBe(false);
});

test("the trend of each fault is in the order of time, beside the last prediction", () => {
  const early = record("2026-10-01T00:00:00.000Z", result({ outageSec: 0.3 }));
  const late = record(
    "2026-11-01T00:00:00.000Z",
    result({
      outageSec: 0.5,
      surprise: "x",
      predicted: { movedSec: 1, outageSec: 1, returnedSec: 1 },
    }),
    result({ fault: "service-hung", lost: 2 }),
  );
  expect(trends([late, early])).toEqual([
    {
      fault: "service-stopped",
      predictedSec: 1,
      points: [
        { at: early.startedAt, outageSec: 0.3, lost: 7, surprise: false },
        { at: late.startedAt, outageSec: 0.5, lost: 7, surprise: true },
      ],
    },
    {
      fault: "service-hung",
      predictedSec: 0.49,
      points: [{ at: late.startedAt, outageSec: 0.4, lost: 2, surprise: false }],
    },
  ]);
});
