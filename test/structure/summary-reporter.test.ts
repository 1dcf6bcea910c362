import { expect, test } from "vitest";
import { type CountedModule, sumUp } from "../support/summary-reporter";
import { afterSecondRun } from "../support/test-summary";

const place = { project: "pure", file: "test/model/vrrp.test.ts" };

function module(states: string[], errors: Error[] = []): CountedModule {
  return {
    project: { name: place.project },
    relativeModuleId: place.file,
    diagnostic: () => ({ collectDuration: 20, duration: 30 }),
    errors: () => errors,
    children: {
      allTests: () =>
        states.map((state, index) => ({
          fullName: `test ${index}`,
          result: () => ({ state, errors: state === "failed" ? [new Error("no\nmore")] : [] }),
        })),
    },
  };
}

test("results of all files are added up, and what failed is named", () => {
  expect(sumUp([module(["passed", "passed"]), module(["failed", "skipped"])], [])).toEqual({
    passed: 2,
    skipped: 1,
    failures: [{ ...place, test: "test 0", message: "no" }],
    files: [
      { ...place, ms: 50 },
      { ...place, ms: 50 },
    ],
  });
});

test("a file that does not load, an error nobody handled and a test cut off are failures", () => {
  const said = (modules: CountedModule[], errors: Error[]) =>
    sumUp(modules, errors).failures.map(({ test, message }) => `${test}: ${message}`);
  expect(said([module([], [new Error("syntax")])], [])).toEqual(["the file as a whole: syntax"]);
  expect(said([module(["passed"])], [new Error("a"), new Error("b")])).toEqual([
    "an error that no test handled: a",
    "an error that no test handled: b",
  ]);
  expect(said([module(["pending"])], [])).toEqual(["test 0: no result: it was cut off"]);
});

const failure = (test: string) => ({ ...place, test, message: "no" });

test("what fails twice has failed, what passes the second time is unsteady", () => {
  const second = { passed: 4, skipped: 0, failures: [failure("b")], files: [] };
  expect(afterSecondRun([failure("a"), failure("b")], second)).toEqual({
    failed: [failure("b")],
    unsteady: [failure("a")],
  });
});

test("what fails only in the second run has failed too", () => {
  const second = { passed: 4, skipped: 0, failures: [failure("c")], files: [] };
  expect(afterSecondRun([failure("a")], second).failed).toEqual([failure("c")]);
});

test("a second run that ran nothing or skipped something excuses nothing", () => {
  const nothing = { passed: 0, skipped: 0, failures: [], files: [] };
  const skipped = { passed: 3, skipped: 1, failures: [], files: [] };
  for (const second of [nothing, skipped]) {
    expect(afterSecondRun([failure("a")], second)).toEqual({
      failed: [failure("a")],
      unsteady: [],
    });
  }
});
