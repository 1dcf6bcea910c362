import type { Command } from "commander";
import { finish, interruptible, progress } from "../../lib/process";
import type { AdoptOptions } from "./run";

type AdoptFlags = Omit<AdoptOptions, "env" | "progress">;

/** Adds `homelab adopt`. */
export function adoptCommand(homelab: Command): void {
  homelab
    .command("adopt")
    .description(
      "write the stack file of a live cluster, and the file that imports it without changing it",
    )
    .requiredOption("--stack <name>", "stack, with its file Pulumi.<name>.yaml: a new one")
    .option("--dir <folder>", "folder to write both files to (default: the project)")
    .option("--force", "replace existing files; the secrets of the stack file are kept")
    .action(async (flags: AdoptFlags) => {
      const { adopt } = await import("./run.js");
      const lines = await interruptible(() => adopt({ ...flags, env: process.env, progress }));
      finish.print(`${lines.join("\n")}\n`);
    });
}
