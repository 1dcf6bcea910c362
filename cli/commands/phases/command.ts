import type { Command } from "commander";
import { jsonOption, type SiteFlags, siteFileOptions, widthOption } from "../../lib/options";
import { finish } from "../../lib/process";

/** Adds `homelab phases`. */
export function phasesCommand(homelab: Command): void {
  widthOption(jsonOption(siteFileOptions(homelab.command("phases"))))
    .description("the order of work until every storage that the stack file calls pending is there")
    .action(async ({ json, width, ...flags }: SiteFlags & { json?: boolean; width?: number }) => {
      const { printPhases } = await import("./run.js");
      finish.code(printPhases(flags, { json: json === true, width }) ? 0 : 1);
    });
}
