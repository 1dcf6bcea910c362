import type { FailureReport, Outcome } from "../../model/resilience";
import { durationText, rangeText } from "./duration";
import type { Tone } from "./paint";

/** What the table shows of an outcome. */
export interface Cell {
  text: string;
  tone: Tone;
}

/** From harmless to hopeless; comparing two reports needs an order. */
export const severity: Record<Outcome["status"], number> = {
  unaffected: 0,
  degraded: 1,
  failover: 2,
  restarts: 3,
  waits: 4,
  frozen: 5,
  stopped: 6,
  restore: 7,
};

const words: Record<Outcome["status"], { word: string; tone: Tone }> = {
  unaffected: { word: "ok", tone: "good" },
  degraded: { word: "degraded", tone: "warn" },
  failover: { word: "failover", tone: "good" },
  restarts: { word: "restarts", tone: "warn" },
  waits: { word: "waits", tone: "bad" },
  frozen: { word: "frozen", tone: "bad" },
  stopped: { word: "down", tone: "bad" },
  restore: { word: "restore", tone: "bad" },
};

/** An outcome in a few words: `restarts 2-4 min (-15 min)`. An outcome that is not listed is `ok`. */
export function outcomeCell(outcome: Outcome | undefined): Cell {
  if (!outcome) return { text: "ok", tone: "good" };
  const { word, tone } = words[outcome.status];
  const time = outcome.rtoSec && outcome.rtoSec[1] > 0 ? ` ${rangeText(outcome.rtoSec)}` : "";
  const loss = outcome.rpoSec > 0 ? ` (-${durationText(outcome.rpoSec)})` : "";
  return { text: `${word}${time}${loss}`, tone };
}

/** Whether nobody gets an answer until somebody acts or the node returns. */
export function isDown(outcome: Outcome): boolean {
  return severity[outcome.status] >= severity.waits;
}

/** What the words of the table mean. */
export const legend = [
  "ok        goes on without a break",
  "degraded  goes on, with less in reserve",
  "failover  another member takes the address in that time",
  "restarts  Proxmox HA fences the node, then starts the guest elsewhere in that time (RTO)",
  "waits     is back when the node is back",
  "frozen    waits for storage that has lost its quorum",
  "down      nothing starts it again",
  "restore   only a backup is left",
  "(-15 min) that much of the latest data is lost (RPO); without it, none",
];

/** The lines of the legend that a set of reports needs. */
export function legendFor(reports: readonly FailureReport[]): string[] {
  const outcomes = reports.flatMap((report) => [
    ...Object.values(report.services),
    ...Object.values(report.guests),
  ]);
  const used = new Set(["ok", ...outcomes.map(({ status }) => words[status].word)]);
  const loses = outcomes.some(({ rpoSec }) => rpoSec > 0);
  return legend.filter((line) =>
    line.startsWith("(") ? loses : used.has(line.split(" ")[0] ?? ""),
  );
}
