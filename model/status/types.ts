/**
 * How it stands with one thing:
 *
 * - `ok`: as it should be
 * - `warning`: works, but not as intended, or soon no more
 * - `problem`: a service is down, or the next failure takes it down
 * - `unknown`: could not be asked
 */
export type StatusLevel = "ok" | "warning" | "problem" | "unknown";

/** One line of a status. */
export interface StatusItem {
  level: StatusLevel;
  /** What it is about: `traefikPairs.traefik`, `cluster`, `node pve1`. */
  subject: string;
  /** What was found; lower case, no final period. */
  text: string;
  /** What to do, as an instruction. @default nothing */
  fix?: string;
}

const rank: Readonly<Record<StatusLevel, number>> = { problem: 0, unknown: 1, warning: 2, ok: 3 };

/** The worst first; items of one level keep their order. */
export function worstFirst(items: readonly StatusItem[]): StatusItem[] {
  return [...items].sort((a, b) => rank[a.level] - rank[b.level]);
}

/** The worst level of several items; `ok` for none. */
export function worstOf(items: readonly StatusItem[]): StatusLevel {
  return worstFirst(items)[0]?.level ?? "ok";
}
