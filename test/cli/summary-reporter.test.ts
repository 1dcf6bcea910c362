import { expect, test } from "vitest";
import { countTests } from "../support/summary-reporter";

const module = (states: string[], errors: unknown[] = []) => ({
  errors: () => errors,
  children: { allTests: () => states.map((state) => ({ result: () => ({ state }) })) },
});

test("results of all files are added up", () => {
  expect(countTests([module(["passed", "passed"]), module(["failed", "skipped"])], 0)).toEqual({
    passed: 2,
    failed: 1,
    skipped: 1,
  });
});

test("a file that does not load, an error nobody handled and a test cut off are failures", () => {
  expect(countTests([module([], [new Error("syntax")])], 0).failed).toBe(1);
  expect(countTests([module(["passed"])], 2).failed).toBe(2);
  expect(countTests([module(["pending"])], 0).failed).toBe(1);
});
