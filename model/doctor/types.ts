/** What became of one check. */
export interface CheckResult {
  /** Which check: `token`, `host key`, `traefik`. */
  check: string;
  /** What was looked at: a host, a storage, a variable. */
  subject: string;
  verdict: "ok" | "problem" | "not checked";
  /** What was seen; for what was not checked, why. */
  found: string;
  /** How to mend a problem, one step or command a line. @default nothing to do */
  fix?: readonly string[];
}

/** Makes the results of one check. */
export function resultsOf(check: string, subject: string) {
  return {
    ok: (found: string): CheckResult => ({ check, subject, verdict: "ok", found }),
    problem: (found: string, ...fix: string[]): CheckResult => ({
      check,
      subject,
      verdict: "problem",
      found,
      fix,
    }),
    notChecked: (found: string): CheckResult => ({
      check,
      subject,
      verdict: "not checked",
      found,
    }),
  };
}

/** Seconds that the clock of a host may differ, beside what the answer itself took. */
const CLOCK_SEC = 2;

/**
 * Judges the clock of a host: certificates, tokens and the order of log lines depend on it.
 *
 * @param askedMs this machine's clock when the question was sent
 * @param heardMs the same when the answer was there
 */
export function judgeClock(
  subject: string,
  hostMs: number,
  askedMs: number,
  heardMs: number,
): CheckResult {
  const { ok, problem } = resultsOf("clock", subject);
  const early = askedMs - hostMs;
  const late = hostMs - heardMs;
  const offSec = Math.max(early, late, 0) / 1000;
  if (offSec <= CLOCK_SEC) return ok("agrees with this machine");
  const way = late > early ? "ahead of" : "behind";
  return problem(
    `${offSec.toFixed(1)} s ${way} this machine, expected at most ${CLOCK_SEC} s`,
    "see `chronyc tracking` (or `timedatectl`) there and here, and set the wrong one",
  );
}
