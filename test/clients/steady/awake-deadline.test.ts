import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awakeDeadline } from "../../../clients/steady/awake-deadline";

let clockMs = 0;

/** Lets time pass; `stoodStillMs` of it while the process could not run. */
function pass(ms: number, stoodStillMs = 0): void {
  clockMs += ms + stoodStillMs;
  vi.advanceTimersByTime(ms);
}

beforeEach(() => {
  clockMs = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(process.hrtime, "bigint").mockImplementation(() => BigInt(clockMs * 1e6));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("gives up when the time is over", () => {
  const giveUp = vi.fn();
  awakeDeadline(1000, giveUp);
  pass(999);
  expect(giveUp).not.toHaveBeenCalled();
  pass(1);
  expect(giveUp).toHaveBeenCalledTimes(1);
});

test.each([
  ["as long as it stood still", 300, 300],
  ["also after a moment", 5, 5],
  ["twice the time at most, after an hour of sleep", 3_600_000, 1000],
])("a process that stood still waits once more, %s", (_name, stoodStillMs, moreMs) => {
  const giveUp = vi.fn();
  awakeDeadline(1000, giveUp);
  pass(1000, stoodStillMs);
  pass(moreMs - 1);
  expect(giveUp).not.toHaveBeenCalled();
  pass(1, 5000);
  expect(giveUp).toHaveBeenCalledTimes(1);
});

test.each([0, 300])("an answer ends both waits, the process having stood still %d ms", (still) => {
  const giveUp = vi.fn();
  const end = awakeDeadline(1000, giveUp);
  pass(still === 0 ? 500 : 1000, still);
  end();
  pass(10_000);
  expect(giveUp).not.toHaveBeenCalled();
});
