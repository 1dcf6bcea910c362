import type { CutoverPhase, Way } from "./types";

/** How far one phase is; `doing` and `undoing` are what an interruption leaves. */
export type PhaseState = "doing" | "done" | "undoing" | "undone";

export interface Entry {
  state: PhaseState;
  /** When it came into this state, ISO 8601. */
  at: string;
}

/** What was done of a cutover; plain JSON. */
export interface Journal {
  version: 1;
  cutover: string;
  /** By id; phases that were never begun are missing. */
  phases: Record<string, Entry>;
}

/** A journal in which nothing was done yet. */
export function emptyJournal(cutover: string): Journal {
  return { version: 1, cutover, phases: {} };
}

/** A journal in which a phase came into a state. */
export function entered(journal: Journal, id: string, state: PhaseState, now: Date): Journal {
  const entry: Entry = { state, at: now.toISOString() };
  return { ...journal, phases: { ...journal.phases, [id]: entry } };
}

/** The first phase that is not done; undefined when all are. */
export function nextPhase(
  phases: readonly CutoverPhase[],
  { phases: known }: Journal,
): CutoverPhase | undefined {
  return phases.find(({ id }) => known[id]?.state !== "done");
}

/** The last phase of which anything was done; undefined when nothing was. */
export function lastPhase(
  phases: readonly CutoverPhase[],
  { phases: known }: Journal,
): CutoverPhase | undefined {
  return phases.findLast(({ id }) => {
    const state = known[id]?.state;
    return state !== undefined && state !== "undone";
  });
}

/** Phases that were done, or begun, and that the plan has no more. */
export function strayPhases(phases: readonly CutoverPhase[], { phases: known }: Journal): string[] {
  return Object.entries(known)
    .filter(([id, { state }]) => state !== "undone" && !phases.some((phase) => phase.id === id))
    .map(([id]) => id);
}

/**
 * Seconds that must still pass before a way may be gone, with the reason; undefined when none.
 *
 * @param ended what the other phase must have come to: done on the way forward, undone on the way back
 */
export function remainingWait(
  { waits }: Way,
  { phases: known }: Journal,
  ended: "done" | "undone",
  now: Date,
): { sec: number; why: string } | undefined {
  return waits
    .flatMap(({ sec, since, why }) => {
      const entry = known[since];
      if (entry?.state !== ended) return [];
      // A clock that was set back must not shorten the wait.
      const passed = Math.max(0, (now.getTime() - Date.parse(entry.at)) / 1000);
      return passed < sec ? [{ sec: sec - passed, why }] : [];
    })
    .sort((one, other) => other.sec - one.sec)[0];
}
