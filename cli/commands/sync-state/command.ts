import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { dryRunOption, stackOption } from "../../lib/options";
import { finish, interruptible } from "../../lib/process";

/** Adds `homelab sync-state`, which was called `follow`. */
export function syncStateCommand(homelab: Command): void {
  dryRunOption(stackOption(homelab.command("sync-state")))
    .alias("follow")
    .description("update the real stack's state with each container's current node")
    .action(async ({ stack, dryRun }: { stack: string; dryRun?: boolean }) => {
      const { realStack } = await import("../../lib/real-stack.js");
      const { syncState } = await import("./run.js");
      const done = await interruptible(async () =>
        syncState(await realStack(stack), { dryRun: dryRun === true }),
      );
      finish.print(
        linesText(done.length > 0 ? done : ["the state has the current node of every container"]),
      );
    });
}
