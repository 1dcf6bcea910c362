import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";
import { z } from "zod";

const failureSchema = z.strictObject({
  /** Layer and file; empty for an error that belongs to none. */
  project: z.string(),
  file: z.string(),
  test: z.string(),
  /** First line of the first error. */
  message: z.string(),
});

/** One thing that went wrong. */
export type Failure = z.output<typeof failureSchema>;

/** What a test run amounts to. */
export const resultSchema = z.strictObject({
  passed: z.int(),
  skipped: z.int(),
  failures: z.array(failureSchema),
  /** Wall time of each file, collection and hooks included, in milliseconds. */
  files: z.array(z.strictObject({ project: z.string(), file: z.string(), ms: z.number() })),
});

export type Result = z.output<typeof resultSchema>;

interface SaidError {
  message?: unknown;
}

/** The part of vitest's `TestModule` that the summary needs. */
export interface CountedModule {
  project: { name: string };
  relativeModuleId: string;
  diagnostic(): { collectDuration: number; duration: number };
  /** Errors outside any test: the file does not load, a hook throws. */
  errors(): readonly SaidError[];
  children: {
    allTests(): Iterable<{
      fullName: string;
      result(): { state: string; errors?: readonly SaidError[] };
    }>;
  };
}

function firstLine(error: SaidError | undefined): string {
  return String(error?.message ?? "no result: it was cut off").split("\n", 1)[0] ?? "";
}

/**
 * Sums test results up. What is no test result but still a failure counts as one each: a file that
 * does not load, an error nobody handled. A test without a result was cut off, so it failed.
 */
export function sumUp(modules: readonly CountedModule[], unhandled: readonly SaidError[]): Result {
  const result: Result = { passed: 0, skipped: 0, failures: [], files: [] };
  for (const error of unhandled) {
    const test = "an error that no test handled";
    result.failures.push({ project: "", file: "", test, message: firstLine(error) });
  }
  for (const module of modules) {
    const place = { project: module.project.name, file: module.relativeModuleId };
    const { collectDuration, duration } = module.diagnostic();
    result.files.push({ ...place, ms: collectDuration + duration });
    for (const error of module.errors()) {
      result.failures.push({ ...place, test: "the file as a whole", message: firstLine(error) });
    }
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      if (state === "passed") result.passed += 1;
      else if (state === "skipped") result.skipped += 1;
      else {
        result.failures.push({ ...place, test: test.fullName, message: firstLine(errors?.[0]) });
      }
    }
  }
  return result;
}

/** Vitest reporter that writes the result as JSON to the file `HOMELAB_TEST_RESULT` names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env.HOMELAB_TEST_RESULT;
    if (file) writeFileSync(file, JSON.stringify(sumUp(modules, errors)));
  }
}
