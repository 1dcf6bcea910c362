import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { finish } from "../../lib/process";

/** Adds `homelab check-plan`. */
export function checkPlanCommand(homelab: Command): void {
  homelab
    .command("check-plan")
    .description("CI: check that a `pulumi preview` ran every rule of this policy pack, and passed")
    .requiredOption("--events <path>", "what `pulumi preview --event-log <path>` wrote")
    .action(async ({ events }: { events: string }) => {
      const { checkPlan } = await import("./run.js");
      const { ok, lines } = await checkPlan(events);
      finish.print(linesText(lines));
      finish.code(ok ? 0 : 1);
    });
}
