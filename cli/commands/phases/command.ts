import type { Command } from "commander";
import { jsonOption, type StackFlags, stackFileOptions } from "../../lib/options";
import { finish } from "../../lib/process";

/** Adds `homelab phases`. */
export function phasesCommand(homelab: Command): void {
  jsonOption(stackFileOptions(homelab.command("phases")))
    .description("the order of work until every storage that the stack file calls pending is there")
    .action(async ({ json, ...flags }: StackFlags & { json?: boolean }) => {
      const { printPhases } = await import("./run.js");
      finish.code(printPhases(flags, json === true) ? 0 : 1);
    });
}
