import type { Outcome } from "./resilience-types";

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
  restore: 8,
};
