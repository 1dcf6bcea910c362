import type { Command } from "commander";
import { memberOptions } from "../../lib/options";
import { interruptible, printOrNote as print, progress } from "../../lib/process";
import type { SwitchOptions } from "./run";

type SwitchFlags = Omit<SwitchOptions, "progress" | "print">;

/** Adds `homelab switch`. */
export function switchCommand(homelab: Command): void {
  const pair = "whose address: its name, or with its section, e.g. traefikPairs.traefik";
  memberOptions(homelab.command("switch"), pair)
    .description(
      "move the virtual address off a member before planned work, without losing a request",
    )
    .option("--to <name>", "member that gets the address (default: the next healthy one)")
    .option("--back", "let the preferred member take the address again")
    .action(async (flags: SwitchFlags) => {
      const { switchOver } = await import("./run.js");
      await interruptible(() => switchOver({ ...flags, progress, print }));
    });
}
