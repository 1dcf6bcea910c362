import { counted } from "../../model/text";
import { type Paint, toned } from "./paint";
import type { ReportedProblem } from "./types";

/** What an editor opens: `file`, `file:line` or `file:line:column`, as far as it is known. */
export function placeIn(stackFile: string, problem: ReportedProblem): string {
  const { file = stackFile, line, column } = problem;
  return [file, line, ...(line === undefined ? [] : [column])]
    .filter((part) => part !== undefined)
    .join(":");
}

/** Every mistake on a line of its own, with the place to open in an editor first. */
export function mistakeLines(
  file: string,
  problems: readonly ReportedProblem[],
  paint: Paint,
): string[] {
  return problems.map((problem) => {
    const { path, message, severity } = problem;
    const text = severity === "error" ? message : toned(paint, "warn", `warning: ${message}`);
    return `  ${paint.dim(`${placeIn(file, problem)}:`)} ${paint.bold(path)}: ${text}`;
  });
}

/** The same beneath a line that counts them. */
export function problemLines(
  file: string,
  problems: readonly ReportedProblem[],
  paint: Paint,
): string[] {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const head =
    errors > 0
      ? toned(paint, "bad", `${file} has ${counted(errors, "mistake")}; nothing was registered`)
      : toned(paint, "warn", `${file} has ${counted(problems.length, "warning")}`);
  return [head, ...mistakeLines(file, problems, paint)];
}
