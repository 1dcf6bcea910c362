/** One request of the client; times in milliseconds of the machine's monotonic clock. */
export interface Request {
  startMs: number;
  endMs: number;
  /** `ok`, or what went wrong: `timeout`, an error code such as `ECONNREFUSED`, or `status 502`. */
  outcome: string;
  /** Address of the member that passed the request on. @default none did */
  member?: string;
}

/** What a row of requests says about the service. */
export interface Service {
  requests: number;
  lost: number;
  /** Lost requests by what went wrong. */
  losses: Readonly<Record<string, number>>;
  /** Longest time between two answers that followed each other, in milliseconds. */
  longestGapMs: number;
  /** First answer of a member after one of another, counted from the fault. @default no change */
  answeredElsewhereMs?: number;
}

/**
 * Sums up requests that were sent in a steady row.
 *
 * @param fromMs time of the fault; a change of the answering member counts from there
 */
export function judgeRequests(requests: readonly Request[], fromMs: number): Service {
  const answers = requests
    .filter(({ outcome }) => outcome === "ok")
    .sort((a, b) => a.endMs - b.endMs);
  const losses: Record<string, number> = {};
  for (const { outcome } of requests) {
    if (outcome !== "ok") losses[outcome] = (losses[outcome] ?? 0) + 1;
  }
  // The row's own ends count too: a service that never came back has a gap until the end.
  const begin = Math.min(...requests.map(({ startMs }) => startMs));
  // Until the last one was sent, not until the client gave it up, which says more about the client.
  const end = Math.max(...requests.map(({ startMs }) => startMs));
  const times = [begin, ...answers.map(({ endMs }) => endMs), end];
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const before = answers.filter(({ endMs }) => endMs <= fromMs).at(-1)?.member;
  const elsewhere = answers.find(({ endMs, member }) => endMs > fromMs && member !== before);
  return {
    requests: requests.length,
    lost: requests.length - answers.length,
    losses,
    longestGapMs: requests.length === 0 ? 0 : Math.max(...gaps),
    ...(before !== undefined && elsewhere && { answeredElsewhereMs: elsewhere.endMs - fromMs }),
  };
}
