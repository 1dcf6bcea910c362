import { afterAll, beforeAll } from "vitest";
import { type Budget, budgets } from "../../clients/deadline";

const all: Record<string, Budget> = budgets;
let before: (readonly [name: string, budget: Budget])[] | undefined;

/**
 * Has the deadlines be as they are for a while, within a file that hurries.
 *
 * @returns makes them short again
 */
export function patiently(): () => void {
  const short = Object.entries(all).map(([name, budget]) => [name, { ...budget }] as const);
  set(before ?? []);
  return () => set(short);
}

const set = (budgetsOf: readonly (readonly [name: string, budget: Budget])[]) => {
  for (const [name, budget] of budgetsOf) Object.assign(all[name] ?? {}, budget);
};

/**
 * Has every deadline of what is outside come soon, for the tests of a file: what a command does at a
 * deadline is the same, however long it waited.
 *
 * @param ms longest milliseconds of one exchange
 * @param bytes longest answer. @default as it is
 */
export function hurry(ms: number, bytes = Infinity): void {
  before ??= Object.entries(all).map(([name, budget]) => [name, { ...budget }] as const);
  beforeAll(() => {
    for (const budget of Object.values(all)) {
      for (const one of ["connectMs", "firstByteMs", "silenceMs", "totalMs"] as const) {
        budget[one] = Math.min(budget[one], ms);
      }
      budget.maxBytes = Math.min(budget.maxBytes, bytes);
    }
  });
  afterAll(() => {
    set(before ?? []);
    before = undefined;
  });
}
