import { afterAll, beforeAll } from "vitest";
import { type Budget, budgets } from "../../clients/deadline";

/**
 * Has every deadline of what is outside come soon, for the tests of a file: what a command does at a
 * deadline is the same, however long it waited.
 *
 * @param ms longest milliseconds of one exchange
 */
export function hurry(ms: number): void {
  const all: Record<string, Budget> = budgets;
  const before = Object.entries(all).map(([name, budget]) => [name, { ...budget }] as const);
  beforeAll(() => {
    for (const budget of Object.values(all)) {
      for (const one of ["connectMs", "firstByteMs", "silenceMs", "totalMs"] as const) {
        budget[one] = Math.min(budget[one], ms);
      }
    }
  });
  afterAll(() => {
    for (const [name, budget] of before) Object.assign(all[name] ?? {}, budget);
  });
}
