import type { Command } from "commander";
import { jsonText } from "../../../model/foreign-text";
import { jsonOption, outputOption, type StackFlags, stackFileOptions } from "../../lib/options";
import { finish, progress } from "../../lib/process";
import { hasMistakes } from "../../lib/usage";

interface RunbookFlags extends StackFlags {
  json?: boolean;
  output?: string;
}

/** Adds `homelab runbook`. */
export function runbookCommand(homelab: Command): void {
  outputOption(jsonOption(stackFileOptions(homelab.command("runbook"))))
    .description(
      "write what to do by hand when something fails, with the names, addresses and commands of this cluster",
    )
    .action(async ({ json, output, ...flags }: RunbookFlags) => {
      const { checkStack } = await import("../../run/check.js");
      const { houseOf } = await import("./house.js");
      const { procedures } = await import("../../../model/runbook/runbook.js");
      const { runbookText } = await import("./text.js");
      const { chosen, config } = checkStack(flags);
      if (!config) throw hasMistakes(chosen.file);
      const house = houseOf(chosen.stack, config);
      const found = procedures(house);
      const text = json
        ? `${jsonText({ stack: chosen.stack, procedures: found })}\n`
        : runbookText(house, found);
      if (output === undefined) return finish.print(text);
      const { writeNamed } = await import("../../lib/files.js");
      writeNamed(output, text);
      progress(`wrote ${output}`);
    });
}
