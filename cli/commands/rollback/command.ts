import type { Command } from "commander";
import { memberOptions } from "../../lib/options";
import { finish, interruptible, printOrNote as print, progress } from "../../lib/process";
import type { RollbackOptions } from "./run";

type RollbackFlags = Omit<RollbackOptions, "progress" | "print">;

/** Adds `homelab rollback`. */
export function rollbackCommand(homelab: Command): void {
  const pair = "Traefik pair: its name, or with its section, e.g. traefikPairs.traefik";
  memberOptions(homelab.command("rollback"), pair)
    .description("bring a Traefik pair back to the files with which it was last healthy")
    .option("--member <name>", "bring only this member back")
    .action(async (flags: RollbackFlags) => {
      const { rollback } = await import("./run.js");
      const back = await interruptible(() => rollback({ ...flags, progress, print }));
      finish.code(back ? 0 : 1);
    });
}
