import type { Command } from "commander";
import { jsonOption, type StackFlags, stackFileOptions } from "../../lib/options";
import { finish } from "../../lib/process";

/** Adds `homelab validate`. */
export function validateCommand(homelab: Command): void {
  jsonOption(stackFileOptions(homelab.command("validate")))
    .description(
      "only check the stack file: every mistake and warning at once, and nothing else is loaded",
    )
    .action(async ({ json, ...flags }: StackFlags & { json?: boolean }) => {
      const { printValidation } = await import("./run.js");
      finish.code(printValidation(flags, json === true) ? 0 : 1);
    });
}
