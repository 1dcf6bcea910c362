import { markdownTable } from "../instruments/markdown";

/** One look-up of a client. */
export interface LookUp {
  /** Milliseconds from the client's start. */
  startMs: number;
  tookMs: number;
  /** `ok`, or the error of getaddrinfo, e.g. `EAI_AGAIN`. */
  outcome: string;
}

/** Milliseconds from which on a look-up counts as slow. */
export const SLOW_MS = 100;

/** One fault, and the look-ups of each client by its way. */
export interface Suffered {
  fault: string;
  ways: Readonly<Record<string, readonly LookUp[]>>;
}

/** What a client noticed of a fault: lost and slow look-ups of all, and the longest in seconds. */
export function noticed(lookUps: readonly LookUp[]): string {
  if (lookUps.length === 0) return "nothing was looked up";
  const lost = lookUps.filter(({ outcome }) => outcome !== "ok").length;
  const slow = lookUps.filter(({ outcome, tookMs }) => outcome === "ok" && tookMs > SLOW_MS).length;
  const longest = Math.max(...lookUps.map(({ tookMs }) => tookMs)) / 1000;
  return `${lost} lost, ${slow} slow of ${lookUps.length}; ${longest.toFixed(2)} s`;
}

/** Milliseconds at the end in which a client must have its answers again. */
const END_MS = 1000;

/** Whether a client got no answers at the end. One that waits for a dead server is printed late, but began early. */
export function stillLost(lookUps: readonly LookUp[]): boolean {
  const end = Math.max(0, ...lookUps.map(({ startMs }) => startMs));
  return lookUps.some(({ startMs, outcome }) => startMs > end - END_MS && outcome !== "ok");
}

/** The table of all faults, in Markdown as the documentation shows it. */
export function tableOfLookUps(all: readonly Suffered[]): string {
  const ways = Object.keys(all[0]?.ways ?? {});
  const rows = all.map(({ fault, ways: seen }) => [
    fault,
    ...ways.map((way) => noticed(seen[way] ?? [])),
  ]);
  return markdownTable(["fault", ...ways], rows);
}
