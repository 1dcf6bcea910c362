import type { Command } from "commander";
import { dryRunOption, stackOption } from "../../lib/options";
import { finish, interruptible } from "../../lib/process";

/** Adds `homelab recover`. */
export function recoverCommand(homelab: Command): void {
  dryRunOption(stackOption(homelab.command("recover")))
    .description(
      "put the real stack in order after a `pulumi up` that was killed; changes its state only",
    )
    .action(async ({ stack, dryRun }: { stack: string; dryRun?: boolean }) => {
      const { realStack } = await import("../../lib/real-stack.js");
      const { recover } = await import("./run.js");
      const done = await interruptible(async () =>
        recover(await realStack(stack), { dryRun: dryRun === true }),
      );
      finish.print(`${done.join("\n") || "nothing was left half-way"}\n`);
    });
}
