import { counted } from "./columns";
import { type Paint, toned } from "./paint";
import type { ReportedProblem } from "./types";

/** Every mistake of a stack file, each with the line to open in an editor. */
export function problemLines(
  file: string,
  problems: readonly ReportedProblem[],
  paint: Paint,
): string[] {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const lines = problems.flatMap(({ path, line, message, severity }) => [
    `  ${paint.bold(path)} ${paint.dim(`(${file}${line === undefined ? "" : `:${line}`})`)}`,
    `    ${severity === "error" ? message : toned(paint, "warn", `warning: ${message}`)}`,
  ]);
  const head =
    errors > 0
      ? toned(paint, "bad", `${file} has ${counted(errors, "mistake")}; nothing was registered`)
      : toned(paint, "warn", `${file} has ${counted(problems.length, "warning")}`);
  return [head, ...lines];
}
