import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { dryRunOption, stackOption } from "../../lib/options";
import { finish, interruptible } from "../../lib/process";

/** Adds `homelab recover`. */
export function recoverCommand(homelab: Command): void {
  dryRunOption(stackOption(homelab.command("recover")))
    .description(
      "repair the state of the real stack after a killed `pulumi up`; changes nothing else",
    )
    .action(async ({ stack, dryRun }: { stack: string; dryRun?: boolean }) => {
      const { realStack } = await import("../../lib/real-stack.js");
      const { recover } = await import("./run.js");
      const done = await interruptible(async () =>
        recover(await realStack(stack), { dryRun: dryRun === true }),
      );
      finish.print(linesText(done.length > 0 ? done : ["nothing was left unfinished"]));
    });
}
