import type { Command } from "commander";
import { interruptible, progress } from "../../lib/process";

/** Adds `homelab comment`. */
export function commentCommand(homelab: Command): void {
  homelab
    .command("comment")
    .description("CI: post the report on the pull request, or update the earlier one")
    .requiredOption("--report <path>", "Markdown that `homelab report` wrote")
    .action(async (flags: { report: string }) => {
      const { commentReport } = await import("./run.js");
      progress(await interruptible(() => commentReport(flags.report)));
    });
}
