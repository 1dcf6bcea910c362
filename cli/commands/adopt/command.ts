import type { Command } from "commander";
import { interruptible } from "../../lib/process";
import { lazy } from "../../run/lazy";
import type { AdoptOptions } from "./run";

type AdoptFlags = Omit<AdoptOptions, "env" | "progress">;

/**
 * Adds `homelab adopt`.
 *
 * @param write prints a text on standard output
 * @param progress says on standard error what goes on
 */
export function adoptCommand(
  homelab: Command,
  write: (text: string) => void,
  progress: (line: string) => void,
): void {
  homelab
    .command("adopt")
    .description(
      "write the stack file of a live cluster, and the import file that brings it under management unchanged",
    )
    .requiredOption("--stack <name>", "name of the new stack, as in Pulumi.<name>.yaml")
    .option("--dir <folder>", "folder to write both files to (default: the project)")
    .option("--force", "replace files that are there; the secrets of the stack file stay")
    .action(async (flags: AdoptFlags) => {
      const { adopt } = lazy.adopt();
      const lines = await interruptible(() => adopt({ ...flags, env: process.env, progress }));
      write(`${lines.join("\n")}\n`);
    });
}
