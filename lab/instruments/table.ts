import Table from "cli-table3";
import { seconds, type Verdict } from "./verdict";

const HEAD = [
  "scenario",
  "runs",
  "VIP moved",
  "took (slowest)",
  "predicted",
  "÷",
  "longest gap",
  "lost",
  "ARP",
  "master at the end",
  "scheduler p99/max, busy",
];

/** The table of all scenarios, with what each missed below it, and what was late with a reason (`*`). */
export function tableOf(verdicts: readonly Verdict[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  for (const verdict of verdicts) table.push(row(verdict));
  const notes = verdicts.flatMap(({ title, note }) => (note ? [`${title}: ${note}`] : []));
  const statuses = verdicts.flatMap(({ title, status }) =>
    status ? [`status at "${title}": ${status.join("; ") || "nothing is wrong"}`] : [],
  );
  const excuses = verdicts.flatMap(({ title, excuses }) =>
    excuses.map((excuse) => `* ${title}: ${excuse}`),
  );
  const misses = verdicts.flatMap(({ title, misses }) => misses.map((miss) => `${title}: ${miss}`));
  const verdictLine =
    misses.length === 0
      ? "every scenario met its target"
      : ["missed:", ...misses.map((miss) => `  ${miss}`)].join("\n");
  return [table.toString(), ...notes, ...statuses, ...excuses, verdictLine].join("\n");
}

function row(verdict: Verdict): string[] {
  const { runs, moved, tookMs, slowestMs, predictedMs, ratio } = verdict;
  const late = `${verdict.lateP99Ms.toFixed(0)}/${verdict.lateMaxMs.toFixed(0)} ms`;
  const busy = verdict.pressure === undefined ? "" : `, ${Math.round(verdict.pressure * 100)} %`;
  return [
    verdict.title,
    String(runs),
    moved === runs ? "yes" : moved === 0 ? "no" : `${moved} of ${runs}`,
    tookMs === undefined ? "-" : `${seconds(tookMs)} (${seconds(slowestMs)})`,
    predictedMs === undefined ? "-" : seconds(predictedMs),
    ratio === undefined ? "-" : ratio.toFixed(2) + (verdict.excuses.length > 0 ? " *" : ""),
    seconds(verdict.longestGapMs),
    `${verdict.lost} of ${verdict.requests}`,
    String(verdict.arp),
    verdict.masters.join(" + ") || "nobody",
    late + busy,
  ];
}
