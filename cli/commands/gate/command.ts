import { appendFileSync } from "node:fs";
import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { finish, interruptible } from "../../lib/process";
import type { GateOptions } from "./run";

/** Adds `homelab gate`. */
export function gateCommand(homelab: Command): void {
  homelab
    .command("gate")
    .description("CI: refuse a change to what judges it, unless a code owner approved")
    .requiredOption("--base <commit>", "commit of the target branch")
    .requiredOption("--head <commit>", "newest commit of the change")
    .option("--change <dir>", "repository that has both commits", ".")
    .option("--append <path>", "Markdown report to which the result is added")
    .action(async (flags: GateOptions & { append?: string }) => {
      const { gate } = await import("./run.js");
      const { gateLines, gateMarkdown } = await import("./text.js");
      const result = await interruptible(() => gate(flags, process.env));
      if (flags.append !== undefined) appendFileSync(flags.append, gateMarkdown(result));
      finish.print(linesText(gateLines(result)));
      finish.code(result.ok ? 0 : 1);
    });
}
