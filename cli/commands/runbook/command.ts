import type { Command } from "commander";
import { jsonText } from "../../../model/foreign-text";
import { jsonOption, outputOption, type SiteFlags, siteFileOptions } from "../../lib/options";
import { finish, progress } from "../../lib/process";
import { hasMistakes } from "../../lib/usage";

interface RunbookFlags extends SiteFlags {
  json?: boolean;
  output?: string;
}

/** Adds `homelab runbook`. */
export function runbookCommand(homelab: Command): void {
  outputOption(jsonOption(siteFileOptions(homelab.command("runbook"))))
    .description(
      "write what to do by hand when something fails, with the names, addresses and commands of this cluster",
    )
    .action(async ({ json, output, ...flags }: RunbookFlags) => {
      const { checkStack } = await import("../../run/check.js");
      const { houseOf } = await import("./house.js");
      const { procedures } = await import("../../../model/runbook/runbook.js");
      const { runbookText, withSite } = await import("./text.js");
      const { chosen, config } = checkStack(flags);
      if (!config) throw hasMistakes(chosen.file);
      const house = houseOf(chosen.stack, config);
      const found = procedures(house);
      const plain = json
        ? `${jsonText({ stack: chosen.stack, procedures: found })}\n`
        : runbookText(house, found);
      const text = withSite(plain, chosen.stack, chosen.site);
      if (output === undefined) return finish.print(text, json ? "text" : "markdown");
      const { writeNamed } = await import("../../lib/files.js");
      writeNamed(output, text);
      progress(`wrote ${output}`);
    });
}
