import { nowMs } from "./clock";

/**
 * Calls `giveUp` after a time in which this process could have heard an answer. A process that stood still
 * meanwhile (a laptop asleep, a processor that others have) comes to its timers before it reads what has
 * arrived, and would call late what was answered at once; so it waits once more, as long as it stood still.
 *
 * @param timeoutMs milliseconds; the second wait is as long at most
 * @returns ends the wait
 */
export function awakeDeadline(timeoutMs: number, giveUp: () => void): () => void {
  const dueMs = nowMs() + timeoutMs;
  let timer = setTimeout(() => {
    const lateMs = nowMs() - dueMs;
    if (lateMs <= 0) giveUp();
    else timer = setTimeout(giveUp, Math.min(lateMs, timeoutMs));
  }, timeoutMs);
  return () => clearTimeout(timer);
}
