import Table from "cli-table3";
import { markdownTable } from "../instruments/markdown";
import type { Figures, Rate } from "./count";

/** What one pair showed under one condition. */
export interface Row {
  condition: string;
  title: string;
  profile: string;
  figures: Figures;
  rate: Rate;
  /** Moves per hour, there and back, by the model of lost adverts. @default the model says nothing of this condition */
  predictedPerHour?: number;
  requests: number;
  lost: number;
  /** Share of the time in which something waited for a processor, 0 to 1. @default the kernel does not tell */
  pressure?: number;
  /** The same for memory and for the disk. */
  memoryPressure?: number;
  diskPressure?: number;
  /** The longest delay of a sleep of 5 ms, and the 99th percentile, in milliseconds. */
  lateMaxMs: number;
  lateP99Ms: number;
  reasons: Readonly<Record<string, number>>;
  /** Whether moves have a cause: the holder's network is really gone for a moment. */
  cutsHolder: boolean;
}

const HEAD = [
  "condition",
  "profile",
  "minutes",
  "moves",
  "FAULT",
  "moves per hour",
  "model",
  "nobody (longest)",
  "two",
  "lost",
  "busy cpu/mem/disk",
  "late p99/max",
];

/** The table of a soak, all profiles of a condition side by side. */
export function soakTable(rows: readonly Row[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(cells(row));
  return table.toString();
}

/** The same for a page of documentation. */
export function soakMarkdown(rows: readonly Row[]): string {
  return markdownTable(HEAD, rows.map(cells));
}

function cells(row: Row): string[] {
  const { figures, rate } = row;
  return [
    row.title,
    row.profile,
    (figures.seconds / 60).toFixed(1),
    String(figures.moves),
    String(figures.faults),
    rateText(rate),
    row.predictedPerHour?.toFixed(1) ?? "",
    `${figures.nobodySec.toFixed(2)} s (${figures.longestNobodySec.toFixed(2)})`,
    `${figures.twoSec.toFixed(2)} s`,
    `${row.lost} of ${row.requests}`,
    [row.pressure, row.memoryPressure, row.diskPressure].map(percent).join("/"),
    `${row.lateP99Ms.toFixed(0)}/${row.lateMaxMs.toFixed(0)} ms`,
  ];
}

/** `0 (< 6.0)`: none were seen, which proves no more than fewer than 6 an hour. */
export function rateText({ perHour, below }: Rate): string {
  return below === undefined ? perHour.toFixed(1) : `0 (< ${below.toFixed(1)})`;
}

const percent = (share: number | undefined) =>
  share === undefined ? "?" : `${Math.round(share * 100)} %`;

/**
 * What must never be: a time without a holder that is longer than a failover takes, whatever the load.
 *
 * @param limitSec longest time without a holder, by profile
 */
export function gapsIn(rows: readonly Row[], limitSec: (profile: string) => number): string[] {
  return rows.flatMap(({ title, profile, figures: { longestNobodySec } }) =>
    longestNobodySec > limitSec(profile)
      ? [
          `${title}, ${profile}: nobody had the address for ${longestNobodySec.toFixed(2)} s, expected at most ${limitSec(profile).toFixed(2)} s`,
        ]
      : [],
  );
}
