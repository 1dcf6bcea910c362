import type { Command } from "commander";

/** Adds `--stack` and `--file`: which stack file a command reads. */
export function stackFileOptions(command: Command): Command {
  return command
    .option("--stack <name>", "stack whose file Pulumi.<name>.yaml is read (default: homelab)")
    .option("--file <path>", "stack file to read instead");
}
