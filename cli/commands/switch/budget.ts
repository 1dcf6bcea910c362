import { budgets } from "../../../clients/deadline";
import { AGREE_SEC, waitSec } from "../../../templates/keepalived/drain";

/** Milliseconds that a member may take to say where the address is after a switch. */
export const LOOK_MS = 2000;

/** Milliseconds for the way there and back, beside what the script itself waits for. */
const ANSWER_MS = 1000;

/** A step that one member makes. */
interface Step {
  /** Seconds until another member has the address; `Infinity` when none would take it. */
  handoverSec: number;
  /** Whether the step ends only when the address has moved. */
  waits: boolean;
  /** Seconds for which open connections are kept. @default 0: they are cut */
  keepSec?: number;
}

/** Milliseconds after which the member of a step counts as hung. */
export function stepMs({ handoverSec, waits, keepSec = 0 }: Step): number {
  const waitMs = waits && Number.isFinite(handoverSec) ? 1000 * waitSec(handoverSec) : LOOK_MS;
  return waitMs + ANSWER_MS + (keepSec > 0 ? 1000 * AGREE_SEC : 0);
}

/**
 * Longest milliseconds that a switch takes although a member hangs, at any moment: every member is
 * asked at once, the steps come one after the other, and a last look asks all of them at once.
 */
export function longestMs(steps: readonly Step[]): number {
  const made = steps.reduce((sum, step) => sum + stepMs(step), 0);
  return budgets.question.totalMs + made + LOOK_MS;
}
