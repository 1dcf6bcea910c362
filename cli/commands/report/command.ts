import type { Command } from "commander";
import {
  type Format,
  formatOf,
  formatOptions,
  outputOption,
  type PageFormat,
  type StackFlags,
  stackFileOptions,
  stateDirOption,
  widthOption,
} from "../../lib/options";
import { finish } from "../../lib/process";

interface ReportFlags extends StackFlags {
  stateDir?: string;
  engine: boolean;
  format: Format | PageFormat;
  json?: boolean;
  diff?: string;
  output?: string;
  width?: number;
}

/** Adds `homelab report`. */
export function reportCommand(homelab: Command): void {
  const command = stateDirOption(stackFileOptions(homelab.command("report")));
  widthOption(outputOption(formatOptions(command, "markdown", ["html", "svg"])))
    .description(
      "the same for a pull request, as a page (html) or as a picture (svg), compared with an earlier stack file",
    )
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
