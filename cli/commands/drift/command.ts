import type { Command } from "commander";
import { stackOption } from "../../lib/options";
import { interruptible, progress } from "../../lib/process";

/** Adds `homelab drift`. */
export function driftCommand(homelab: Command): void {
  stackOption(homelab.command("drift"))
    .description("CI: open, update or close the issue about drift")
    .requiredOption("--log <path>", "what `pulumi preview --refresh --expect-no-changes` printed")
    .requiredOption("--code <number>", "its exit code")
    .action(async (flags: { stack: string; log: string; code: string }) => {
      const { reportDrift } = await import("./run.js");
      progress(await interruptible(() => reportDrift(flags)));
    });
}
