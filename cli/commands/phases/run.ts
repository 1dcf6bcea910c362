import { phaseInput } from "../../../config/phase-input";
import { jsonText, linesText } from "../../../model/foreign-text";
import { phasePlan } from "../../../model/phases/phases";
import type { SiteFlags } from "../../lib/options";
import { finish } from "../../lib/process";
import { nameOf } from "../../lib/stack-files";
import { paintFor } from "../../report/paint";
import { problemLines } from "../../report/problems";
import { lineWidth } from "../../report/width";
import { checkStack } from "../../run/check";
import { type PhaseReport, phaseLines } from "./text";

/**
 * Prints the phase plan of a stack file, or its mistakes.
 *
 * @returns whether there is a plan
 */
export function printPhases(
  flags: SiteFlags,
  { json, width }: { json: boolean; width?: number | undefined },
): boolean {
  const { chosen, config, problems } = checkStack(flags);
  const head = { stack: nameOf(chosen), file: chosen.file };
  const paint = paintFor(process.stdout);
  const found: PhaseReport | undefined = config && { ...head, ...phasePlan(phaseInput(config)) };
  if (json) finish.print(`${jsonText(found ?? { ...head, problems })}\n`);
  else if (found)
    finish.print(linesText(phaseLines(found, paint, lineWidth(process.stdout, width))));
  else finish.print(linesText(problemLines(chosen.file, problems, paint)));
  return found !== undefined;
}
