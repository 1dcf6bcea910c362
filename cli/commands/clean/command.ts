import type { Command } from "commander";
import { finish } from "../../lib/process";

/** Adds `homelab clean`. */
export function cleanCommand(homelab: Command): void {
  homelab
    .command("clean")
    .description("remove processes and folders that killed runs left; every command does so first")
    .action(async () => {
      const { leftOversText, removeLeftOvers } = await import("../../run/left-overs.js");
      const [line = "no killed run left anything"] = leftOversText(removeLeftOvers());
      finish.print(`${line}\n`);
    });
}
