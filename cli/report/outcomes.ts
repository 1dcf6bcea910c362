import type { FailureReport, Outcome } from "../../model/resilience/resilience";
import { durationText, rangeText } from "./duration";
import type { Tone } from "./paint";

/** What the table shows of an outcome. */
export interface Cell {
  text: string;
  tone: Tone;
}

const labels: Record<Outcome["status"], { word: string; tone: Tone }> = {
  unaffected: { word: "ok", tone: "good" },
  degraded: { word: "degraded", tone: "warn" },
  failover: { word: "failover", tone: "good" },
  restarts: { word: "restarts", tone: "warn" },
  waits: { word: "waits", tone: "bad" },
  "no-room": { word: "no room", tone: "bad" },
  error: { word: "error", tone: "bad" },
  frozen: { word: "frozen", tone: "bad" },
  stopped: { word: "down", tone: "bad" },
  restore: { word: "restore", tone: "bad" },
};

/** An outcome in a few words: `restarts 2-4 min (-15 min)`. An outcome that is not listed is `ok`. */
export function outcomeCell(outcome: Outcome | undefined): Cell {
  if (!outcome) return { text: "ok", tone: "good" };
  const { word, tone } = labels[outcome.status];
  const time = outcome.rtoSec && outcome.rtoSec[1] > 0 ? ` ${rangeText(outcome.rtoSec)}` : "";
  const loss = outcome.rpoSec > 0 ? ` (${lossText(outcome.rpoSec)})` : "";
  return { text: `${word}${time}${loss}`, tone };
}

/** What its longest time is worth: `a bound; 2-3 min were seen`. Empty where nobody waits, or waits without end. */
export function worthText({ rtoSec, rtoBasis, typicalSec }: Outcome): string {
  if (!rtoSec || rtoBasis === undefined) return "";
  if (rtoBasis === "typical") return "typical, may take longer";
  if (rtoBasis === "estimate") return "an estimate";
  return typicalSec ? `a bound; ${rangeText(typicalSec)} were seen` : "a bound";
}

/** The word alone: `restarts`. */
export function outcomeWord(outcome: Outcome | undefined): string {
  return outcome ? labels[outcome.status].word : "ok";
}

/** Data lost in a few characters: `-15 min`. */
export function lossText(seconds: number): string {
  return Number.isFinite(seconds) ? `-${durationText(seconds)}` : "no backup";
}

/** What the words of the table mean. */
const legend: Record<string, string> = {
  ok: "goes on without a break",
  degraded: "goes on, but one more loss can end it",
  failover: "another member takes over in that time",
  restarts: "HA or Kubernetes starts it elsewhere in that time, boot not included (RTO)",
  waits: "HA would start it, but has no node for it, or no quorum",
  "no room": "HA gave up: no node that it tries has the memory; until a person acts",
  error: "HA gave up: it does not start where HA put it; until a person acts",
  frozen: "its disk hangs: what runs stands still, and what is off does not start",
  down: "off until its node, or the quorum, is back",
  restore: "every copy of its disk is lost; a backup brings it back",
};

/** What a set of reports needs of the legend: each word with its meaning. */
export function legendFor(reports: readonly FailureReport[]): [word: string, meaning: string][] {
  const outcomes = reports.flatMap((report) => Object.values(report.services));
  const used = new Set(["ok", ...outcomes.map(({ status }) => labels[status].word)]);
  const rows: [string, string][] = Object.entries(legend).filter(([word]) => used.has(word));
  const loss = outcomes.find(({ rpoSec }) => rpoSec > 0 && Number.isFinite(rpoSec));
  if (loss)
    rows.push([`(${lossText(loss.rpoSec)})`, "that much of the latest data may be lost (RPO)"]);
  if (outcomes.some(({ rpoSec }) => rpoSec === Number.POSITIVE_INFINITY)) {
    rows.push(["(no backup)", "its data is lost"]);
  }
  return rows;
}

/** Which quorum a loss takes away, if any. */
export function quorumText({ corosyncQuorum, cephQuorum }: FailureReport): string {
  const lost = [...(corosyncQuorum ? [] : ["Proxmox"]), ...(cephQuorum === false ? ["Ceph"] : [])];
  return lost.length > 0 ? `${lost.join(" and ")} without quorum` : "quorum kept";
}
