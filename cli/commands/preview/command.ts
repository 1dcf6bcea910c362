import type { Command } from "commander";
import {
  allOption,
  jsonOption,
  type StackFlags,
  stackFileOptions,
  stateDirOption,
  widthOption,
} from "../../lib/options";
import { finish, interruptible, step } from "../../lib/process";

interface PreviewFlags extends StackFlags {
  stateDir?: string;
  engine: boolean;
  json?: boolean;
  all?: boolean;
  width?: number;
  minResilience?: string[];
}

/** Adds `homelab preview`. */
export function previewCommand(homelab: Command): void {
  const command = stateDirOption(stackFileOptions(homelab.command("preview")));
  widthOption(allOption(jsonOption(command)))
    .description("show what would be created, what the policies say, and what a dead node does")
    .option(
      "--min-resilience <services>",
      "services, separated by commas, that must survive the loss of any one node, or all; in addition to those of the stack file",
      (names: string, before: string[] = []) => [
        ...before,
        ...names.split(",").map((name) => name.trim()),
      ],
    )
    .option("--no-engine", "use the SDK's mock monitor even if a Pulumi CLI is installed")
    .action(async (flags: PreviewFlags) => {
      const { warmUp } = await import("../../run/prepare.js");
      const { previewReport } = await import("../../run/preview.js");
      const { shownReport } = await import("../../report/show.js");
      await warmUp(flags);
      const report = await interruptible((stop) =>
        previewReport({ ...flags, stop, progress: step }),
      );
      finish.print(shownReport(report, flags.json ? "json" : "text", flags));
      finish.code(report.ok ? 0 : 1);
    });
}
