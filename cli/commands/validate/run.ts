import { jsonText, linesText } from "../../../model/foreign-text";
import type { StackFlags } from "../../lib/options";
import { finish } from "../../lib/process";
import { paintFor } from "../../report/paint";
import { problemLines } from "../../report/problems";
import { checkFile } from "../../run/check";

/**
 * Checks a stack file and prints what is wrong with it; nothing else is loaded, asked or run.
 *
 * @returns whether it has no mistakes; warnings are none
 */
export function printValidation(flags: StackFlags, json: boolean): boolean {
  const { chosen, sites, problems } = checkFile(flags);
  const { stack, file } = chosen;
  const ok = sites.length > 0;
  if (json) {
    finish.print(`${jsonText({ stack, file, ok, problems })}\n`);
    return ok;
  }
  const lines =
    problems.length > 0
      ? problemLines(file, problems, paintFor(process.stdout))
      : [`${file}: no mistakes`];
  finish.print(linesText(lines));
  return ok;
}
