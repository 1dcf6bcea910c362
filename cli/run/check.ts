import { dirname, join } from "node:path";
import { type FileSite, type ParsedFile, sitesIn } from "../../config/file/parse-file";
import type { Problem } from "../../config/file/problem";
import { whereText } from "../../config/file/problem";
import type { FilePlace } from "../../config/file/section-files";
import type { StackFile } from "../../config/file/stack-file";
import type { StackConfig } from "../../config/stack";
import type { SiteFlags, StackFlags } from "../lib/options";
import { type ChosenStack, chooseStack, parseChosen, parseWhole } from "../lib/stack-files";
import type { ReportedProblem } from "../report/types";

/** What the stack file amounts to, before anything is run. */
export interface CheckedStack {
  chosen: ChosenStack;
  file: StackFile;
  /** Absent when the file is refused. */
  config?: StackConfig;
  problems: ReportedProblem[];
}

/** What a whole stack file amounts to, with every site of it. */
export interface CheckedFile extends Omit<CheckedStack, "config"> {
  /** One without a name where the file has one cluster. @default none: the file is refused */
  sites: FileSite[];
}

/** Finds, reads and checks a stack file: all of it, however many sites it has. */
export function checkFile(options: StackFlags): CheckedFile {
  const chosen = chooseStack(options);
  const { file, parsed } = parseWhole(chosen);
  const { problems, fits } = checkedProblems(chosen, file, parsed);
  return { chosen, file, problems, sites: fits ? sitesIn(parsed) : [] };
}

/**
 * Finds, reads and checks a stack file as one with one cluster.
 *
 * @throws UsageError where it has several sites and none is named
 */
export function checkStack(options: SiteFlags): CheckedStack {
  const chosen = chooseStack(options);
  const { file, parsed } = parseChosen(chosen);
  const { problems, fits } = checkedProblems(chosen, file, parsed);
  return { chosen, file, problems, ...(fits && parsed.stack && { config: parsed.stack }) };
}

function checkedProblems(chosen: ChosenStack, file: StackFile, parsed: ParsedFile) {
  const { sizeProblem: size } = file;
  const found = "warnings" in parsed ? parsed.warnings : parsed.problems;
  const problems = [...(size ? [size] : []), ...found].map((problem) =>
    reported(problem, file, dirname(chosen.file)),
  );
  return { problems, fits: size?.severity !== "error" };
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
