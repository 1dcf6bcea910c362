import { dirname, join } from "node:path";
import type { Problem } from "../../config/file/problem";
import { whereText } from "../../config/file/problem";
import type { FilePlace } from "../../config/file/section-files";
import type { StackFile } from "../../config/file/stack-file";
import type { StackConfig } from "../../config/stack";
import type { StackFlags } from "../lib/options";
import { type ChosenStack, chooseStack, parseChosen } from "../lib/stack-files";
import type { ReportedProblem } from "../report/types";

/** What the stack file amounts to, before anything is run. */
export interface CheckedStack {
  chosen: ChosenStack;
  file: StackFile;
  /** Absent when the file is refused. */
  config?: StackConfig;
  problems: ReportedProblem[];
}

/** Finds, reads and checks a stack file. */
export function checkStack(options: StackFlags): CheckedStack {
  const chosen = chooseStack(options);
  const { file, parsed } = parseChosen(chosen);
  const { sizeProblem: size } = file;
  const problems = [
    ...(size ? [size] : []),
    ...(parsed.stack ? parsed.warnings : parsed.problems),
  ].map((problem) => reported(problem, file, dirname(chosen.file)));
  const fits = size?.severity !== "error";
  return { chosen, file, problems, ...(fits && parsed.stack && { config: parsed.stack }) };
}

/** @param folder folder of the stack file, as people write it from where they are */
function reported(problem: Problem, read: StackFile, folder: string): ReportedProblem {
  const { path, message, severity } = problem;
  const { file, line, column }: Partial<FilePlace> = problem.outside ??
    read.placeOf(path) ?? { line: read.lineOf(path) };
  return {
    path: whereText(problem),
    ...(file !== undefined && { file: join(folder, file) }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    message,
    severity,
  };
}
