import type { FaultName } from "./faults";

/** What became of one fault of a drill; times in seconds. */
export interface FaultResult {
  fault: FaultName;
  title: string;
  /** Member that it was made on. */
  member: string;
  /** Member that took the address over. @default none did */
  taker?: string;
  /** From the fault until another member was seen with the address. @default none was */
  movedSec?: number;
  /** From the repair until the preferred member had the address again. @default it did not */
  returnedSec?: number;
  /** Longest time between two answers that the client got. */
  outageSec: number;
  requests: number;
  lost: number;
  /** Longest times that the model allows. */
  predicted: { movedSec: number; outageSec: number; returnedSec: number };
  /** What is as before, a sentence each. */
  restored: string[];
  /** What could not be put back, or is not known, a sentence each. */
  left: string[];
  /** What was not expected, and ended the drill. @default nothing */
  surprise?: string;
}

/** One drill. */
export interface DrillRecord {
  version: 1;
  stack: string;
  /** Section and name: `traefikPairs.traefik`. */
  pair: string;
  /** ISO date and time. */
  startedAt: string;
  endedAt: string;
  /** What the client asked. */
  url: string;
  faults: FaultResult[];
  /** Faults that were not made any more. */
  notMade: FaultName[];
}

/** How much longer than the model an outage may be: the client's tick, and what a busy host is late. */
export const TOLERANCE_SEC = 0.5;

/**
 * What was not expected of a fault, by its figures alone.
 *
 * @param everySec time between two requests of the client
 * @returns undefined when it went as the model says
 */
export function surpriseIn(
  { outageSec, predicted, movedSec, fault }: FaultResult,
  everySec: number,
): string | undefined {
  if (movedSec === undefined) return "no other member took the address";
  const most = predicted.outageSec + everySec + TOLERANCE_SEC;
  if (outageSec > most) {
    return `the client had no answer for ${seconds(outageSec)}, and ${fault} may take at most ${seconds(predicted.outageSec)}`;
  }
  return undefined;
}

/** Seconds for a sentence. */
export const seconds = (value: number) =>
  Number.isFinite(value) ? `${value.toFixed(2)} s` : "for ever";

/** Whether a drill went from its beginning to its end as expected. */
export const went = ({ faults, notMade }: DrillRecord) =>
  notMade.length === 0 && faults.every(({ surprise, left }) => !surprise && left.length === 0);

/** How one fault went over the drills, the oldest first. */
export interface Trend {
  fault: FaultName;
  predictedSec: number;
  points: { at: string; outageSec: number; lost: number; surprise: boolean }[];
}

/** The trend of each fault over drills of one pair; the prediction is that of the last one. */
export function trends(records: readonly DrillRecord[]): Trend[] {
  const found = new Map<FaultName, Trend>();
  const byTime = [...records].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  for (const { startedAt, faults } of byTime) {
    for (const { fault, outageSec, lost, predicted, surprise } of faults) {
      const trend = found.get(fault) ?? { fault, predictedSec: 0, points: [] };
      trend.predictedSec = predicted.outageSec;
      trend.points.push({ at: startedAt, outageSec, lost, surprise: surprise !== undefined });
      found.set(fault, trend);
    }
  }
  return [...found.values()];
}
