import type { Command } from "commander";
import {
  type Format,
  formatOf,
  formatOptions,
  outputOption,
  type StackFlags,
  stackFileOptions,
  stateDirOption,
  widthOption,
} from "../../lib/options";
import { finish } from "../../lib/process";

interface ReportFlags extends StackFlags {
  stateDir?: string;
  engine: boolean;
  format: Format;
  json?: boolean;
  diff?: string;
  output?: string;
  width?: number;
}

/** Adds `homelab report`. */
export function reportCommand(homelab: Command): void {
  const command = stateDirOption(stackFileOptions(homelab.command("report")));
  widthOption(outputOption(formatOptions(command, "markdown")))
    .description("the same for a pull request, compared with the stack file it would change")
    .option(
      "--diff <other>",
      "earlier stack file, or a commit such as HEAD~1; report what becomes better and worse than with it",
    )
    .option("--no-engine", "use the SDK's mock monitor even if a Pulumi CLI is installed")
    .action(async (flags: ReportFlags) => {
      const { comparedReport } = await import("./run.js");
      const ok = await comparedReport({ ...flags, format: formatOf(flags) });
      finish.code(ok ? 0 : 1);
    });
}
