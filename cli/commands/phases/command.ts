import type { Command } from "commander";
import { phaseInput } from "../../../config/phase-input";
import { phasePlan } from "../../../model/phases/phases";
import { stackFileOptions } from "../../lib/options";
import { finish } from "../../lib/process";
import { paintFor } from "../../report/paint";
import { problemLines } from "../../report/problems";
import { checkStack } from "../../run/report";
import { type PhaseReport, phaseLines } from "./text";

interface PhaseFlags {
  stack?: string;
  file?: string;
  json?: boolean;
}

/**
 * Adds `homelab phases`.
 *
 * @param write prints a text on standard output
 */
export function phasesCommand(homelab: Command, write: (text: string) => void): void {
  stackFileOptions(homelab.command("phases"))
    .description("the order of work until every storage that the stack file calls pending is there")
    .option("--json", "print one JSON document and nothing else")
    .action((flags: PhaseFlags) => {
      const { chosen, config, problems } = checkStack(flags);
      const head = { stack: chosen.stack, file: chosen.file };
      const paint = paintFor(process.stdout);
      const found: PhaseReport | undefined = config && {
        ...head,
        ...phasePlan(phaseInput(config)),
      };
      if (flags.json) write(`${JSON.stringify(found ?? { ...head, problems }, null, 2)}\n`);
      else if (found) write(`${phaseLines(found, paint).join("\n")}\n`);
      else write(`${problemLines(chosen.file, problems, paint).join("\n")}\n`);
      finish.code(found ? 0 : 1);
    });
}
