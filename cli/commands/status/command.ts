import { type Command, InvalidArgumentError } from "commander";
import { jsonText } from "../../../model/foreign-text";
import { identityOption, jsonOption, siteFileOptions, stateDirOption } from "../../lib/options";
import { finish, interruptible, isStopped, printNow, progress } from "../../lib/process";
import type { StatusOptions } from "./run";

interface StatusFlags extends Omit<StatusOptions, "env" | "progress"> {
  json?: boolean;
  watch?: number | true;
  prometheus?: string;
}

/** Seconds between two looks, unless `--watch` says otherwise. */
const EVERY_SEC = 10;

/** Adds `homelab status`. */
export function statusCommand(homelab: Command): void {
  stateDirOption(jsonOption(identityOption(siteFileOptions(homelab.command("status")))))
    .description(
      "ask every member and the cluster how they stand: who has each address, what is degraded; exit code 1 for a problem",
    )
    .option("--simulated", "ask the cluster that `up --simulated` keeps, and no hosts")
    .option(
      "--watch [seconds]",
      `ask again and again, and print what changed (default: every ${EVERY_SEC} s)`,
      secondsOf,
    )
    .option(
      "--prometheus <file>",
      "write the figures as metrics too, for the textfile collector of prometheus-node-exporter",
    )
    .action(async (flags: StatusFlags) => {
      const { statusOf, statusWithMetrics } = await import("./run.js");
      const { checkOutput, replaceNamed } = await import("../../lib/files.js");
      const { statusText } = await import("./text.js");
      const { paintFor } = await import("../../report/paint.js");
      const { pause } = await import("../../../clients/watch.js");
      const paint = paintFor(process.stdout);
      if (flags.prometheus !== undefined) checkOutput(flags.prometheus);
      let before = "";
      await interruptible(async () => {
        do {
          const asked = { ...flags, env: process.env, progress: quiet(flags) };
          const { status, metrics } =
            flags.prometheus === undefined
              ? { status: await statusOf(asked), metrics: "" }
              : await statusWithMetrics(asked);
          if (flags.prometheus !== undefined) replaceNamed(flags.prometheus, metrics);
          const text = flags.json ? `${jsonText(status, 0)}\n` : statusText(status, paint);
          const shown = JSON.stringify(status.items);
          if (flags.watch === undefined) finish.print(text);
          else if (shown !== before) {
            printNow(text);
          }
          before = shown;
          finish.code(status.level === "problem" ? 1 : 0);
          if (flags.watch !== undefined)
            await pause(1000 * (flags.watch === true ? EVERY_SEC : flags.watch));
        } while (flags.watch !== undefined && !isStopped());
      });
    });
}

/** What goes on is of interest once, not at each look. */
const quiet = ({ watch }: StatusFlags) => (watch === undefined ? progress : () => {});

function secondsOf(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 3600) return Number(value);
  throw new InvalidArgumentError("expected seconds from 1 to 3600");
}
