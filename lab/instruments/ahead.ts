/**
 * Comes before the command of an instrument, which must not be the first victim of a busy machine: it runs
 * as soon as it is ready, before everything that has no real-time class. `nice` would not do where the
 * kernel shares the processor by session (`sched_autogroup`): it counts within a session only.
 */
export const AHEAD = ["chrt", "--rr", "1"] as const;
