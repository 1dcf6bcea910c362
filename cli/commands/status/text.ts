import { foreign } from "../../../model/foreign-text";
import type { StatusItem, StatusLevel } from "../../../model/status/types";
import { type Paint, type Tone, toned } from "../../report/paint";
import type { Status } from "./run";

const tones: Readonly<Record<StatusLevel, Tone>> = {
  ok: "good",
  warning: "warn",
  unknown: "warn",
  problem: "bad",
};

const verdicts: Readonly<Record<StatusLevel, string>> = {
  ok: "all is well, as far as it was asked",
  warning: "works, with warnings",
  unknown: "not everything could be asked",
  problem: "something is wrong",
};

/** A status for people: the verdict, then a line for each thing, the worst first. */
export function statusText(status: Status, paint: Paint): string {
  const { stack, level, items, takenAt } = status;
  const count = (of: StatusLevel) => items.filter((item) => item.level === of).length;
  const counts = (["problem", "unknown", "warning", "ok"] as const)
    .filter((of) => count(of) > 0)
    .map((of) => `${count(of)} ${of}`);
  const head = `${stack}: ${toned(paint, tones[level], verdicts[level])}`;
  return `${[paint.bold(head), `${counts.join(", ")}; ${takenAt}`, "", ...items.flatMap((item) => lines(item, paint))].join("\n")}\n`;
}

/** Longest text of one line; a list of many files or servers is one. */
const LONGEST = 2000;

/** Whatever was found stays within its line: nothing in it may look like another finding. */
function lines({ level, subject, text, fix }: StatusItem, paint: Paint): string[] {
  const head = `${toned(paint, tones[level], level.padEnd(7))}  ${foreign(subject)}: ${foreign(text, LONGEST)}`;
  return fix === undefined ? [head] : [head, `         → ${foreign(fix, LONGEST)}`];
}
