import type { Command } from "commander";
import {
  allOption,
  jsonOption,
  type StackFlags,
  stackFileOptions,
  stateDirOption,
  widthOption,
} from "./options";
import { finish, interruptible, step } from "./process";
import { UsageError } from "./usage";

interface RehearsalFlags extends StackFlags {
  stateDir?: string;
  simulated?: boolean;
  json?: boolean;
  all?: boolean;
  width?: number;
}

/** Adds a command that changes simulated platforms, and only those. */
export function rehearsalCommand(
  homelab: Command,
  operation: "up" | "destroy",
  description: string,
): void {
  const command = stateDirOption(stackFileOptions(homelab.command(operation)));
  widthOption(allOption(jsonOption(command)))
    .description(description)
    .option("--simulated", "required: the real platforms are changed with `pulumi` itself")
    .action(async (flags: RehearsalFlags) => {
      if (!flags.simulated) {
        throw new UsageError(
          `homelab ${operation} only rehearses; add --simulated, or change the real platforms with: pulumi ${operation}${operation === "up" ? " --policy-pack policy" : ""} --stack ${flags.stack ?? "homelab"}`,
        );
      }
      const { warmUp } = await import("../run/prepare.js");
      const { rehearse } = await import("../run/rehearse.js");
      const { shownReport } = await import("../report/show.js");
      await warmUp({ ...flags, engine: true });
      const report = await interruptible((stop) =>
        rehearse(operation, { ...flags, engine: true, stop, progress: step }),
      );
      finish.print(shownReport(report, flags.json ? "json" : "text", flags));
      finish.code(report.ok ? 0 : 1);
    });
}
