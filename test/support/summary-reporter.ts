import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";
import { z } from "zod";

/** What a test run amounts to. */
export const countsSchema = z.strictObject({
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
});

export type Counts = z.output<typeof countsSchema>;

/** The part of vitest's `TestModule` that counting needs. */
export interface CountedModule {
  /** Errors outside any test: the file does not load, a hook throws. */
  errors(): readonly unknown[];
  children: { allTests(): Iterable<{ result(): { state: string } }> };
}

/**
 * Counts test results. What is no test result but still a failure counts as one each: a file that
 * does not load, an error nobody handled. A test without a result was cut off, so it failed.
 */
export function countTests(modules: readonly CountedModule[], unhandledErrors: number): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") counts.passed += 1;
      else if (state === "skipped") counts.skipped += 1;
      else counts.failed += 1;
    }
  }
  return counts;
}

/** Vitest reporter that writes the counts as JSON to the file `HOMELAB_TEST_COUNTS` names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.HOMELAB_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(countTests(modules, errors.length)));
  }
}
