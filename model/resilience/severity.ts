import type { Outcome } from "./types";

/** From harmless to hopeless: which of two outcomes is the worse one. */
export const severity: Record<Outcome["status"], number> = {
  unaffected: 0,
  degraded: 1,
  failover: 2,
  restarts: 3,
  waits: 4,
  "no-room": 5,
  frozen: 6,
  stopped: 7,
  error: 8,
  restore: 9,
};

/** Whether nobody gets an answer until somebody acts or what failed returns. */
export function isDown(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && severity[outcome.status] >= severity.waits;
}

/** Whether no other member stands in: it is down, or gone for as long as a restart takes. */
export function isInterrupted(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && severity[outcome.status] >= severity.restarts;
}

/** The worse of two outcomes: first the kind, then the longest time, then the data lost. */
export function worseOf(a: Outcome | undefined, b: Outcome | undefined): Outcome | undefined {
  if (!a || !b) return a ?? b;
  return compareOutcomes(a, b) >= 0 ? a : b;
}

/** Above 0 when `a` is worse than `b`, 0 when they are as bad. */
export function compareOutcomes(a: Outcome, b: Outcome): number {
  const longest = (outcome: Outcome) => outcome.rtoSec?.[1] ?? Number.MAX_VALUE;
  // Two losses without end are equal: infinity minus infinity would be no number.
  const data = (outcome: Outcome) => Math.min(outcome.rpoSec, Number.MAX_VALUE);
  return (
    severity[a.status] - severity[b.status] ||
    Math.sign(longest(a) - longest(b)) ||
    Math.sign(data(a) - data(b))
  );
}
