import { type DrillRecord, seconds, type Trend, went } from "../../../model/drill/record";
import { linesText } from "../../../model/foreign-text";
import { columns } from "../../report/columns";
import { type Paint, toned } from "../../report/paint";

/** The report of a drill, and how its faults went over the drills before. */
export function drillText(record: DrillRecord, history: readonly Trend[], paint: Paint): string {
  const { stack, pair, startedAt, faults, notMade, url } = record;
  const good = went(record);
  const verdict = good ? "as the model says" : "not as expected";
  return linesText([
    paint.bold(`drill of ${stack}, ${pair}: ${toned(paint, good ? "good" : "bad", verdict)}`),
    `${startedAt}; a client asked ${url}`,
    "",
    ...table(faults),
    ...faults.flatMap(({ surprise, title }) =>
      surprise === undefined ? [] : ["", `surprise at "${title}": ${surprise}`],
    ),
    ...faults.flatMap(({ restored }) => restored.map((line) => `restored: ${line}`)),
    ...faults.flatMap(({ left }) =>
      left.map((line) => toned(paint, "bad", `not restored: ${line}`)),
    ),
    ...(notMade.length > 0 ? [`not made any more: ${notMade.join(", ")}`] : []),
    ...trendText(history),
  ]);
}

const HEAD = ["fault", "moved", "outage", "model", "lost", "returned", "model"];

function table(faults: DrillRecord["faults"]): string[] {
  const shown = (sec: number | undefined) => (sec === undefined ? "-" : seconds(sec));
  const rows = faults.map(
    ({ title, movedSec, outageSec, predicted, lost, requests, returnedSec }) => [
      title,
      shown(movedSec),
      seconds(outageSec),
      `≤ ${seconds(predicted.outageSec)}`,
      `${lost} of ${requests}`,
      shown(returnedSec),
      `≤ ${seconds(predicted.returnedSec)}`,
    ],
  );
  return columns([HEAD, ...rows]);
}

/** The trend as text: a line for each fault with its last outages, the newest last. */
export function trendText(history: readonly Trend[]): string[] {
  const several = history.filter(({ points }) => points.length > 1);
  if (several.length === 0) return [];
  const rows = several.map(({ fault, predictedSec, points }) => [
    fault,
    points
      .slice(-6)
      .map(({ outageSec, surprise }) => `${seconds(outageSec)}${surprise ? "!" : ""}`)
      .join("  "),
    `≤ ${seconds(predictedSec)}`,
  ]);
  const [first] = history.flatMap(({ points }) => points.map(({ at }) => at)).sort();
  return ["", `outages since ${first?.slice(0, 10)} (! with a surprise):`, ...columns(rows)];
}
