import type { Command } from "commander";
import { stackFileOptions } from "../../lib/options";
import { finish } from "../../lib/process";
import { lineWidth } from "../../report/columns";
import { paintFor } from "../../report/paint";
import { type SimulateOptions, simulateStack } from "./run";
import { simulationText } from "./text";

interface SimulateFlags extends SimulateOptions {
  json?: boolean;
  all?: boolean;
}

/**
 * Adds `homelab simulate`.
 *
 * @param write prints a text on standard output
 */
export function simulateCommand(homelab: Command, write: (text: string) => void): void {
  stackFileOptions(homelab.command("simulate"))
    .description("say what the loss of nodes, racks, switches or storages does, step by step")
    .option(
      "--fail <names>",
      "what fails, separated by commas: nodes, failure domains, shared storages, ceph, corosync (default: every single and double loss)",
      (names: string, before: string[] = []) => [...before, names],
    )
    .option(
      "--diff <other>",
      "earlier stack file, or a commit such as HEAD~1: say what depends on more or less than then; exit code 1 when a service fares worse",
    )
    .option(
      "--today",
      "the cluster as it is before the storages that the stack file calls pending are there",
    )
    .option("--json", "print one JSON document and nothing else")
    .option("--all", "give every double loss and every guest a line of its own")
    .action((flags: SimulateFlags) => {
      const simulation = simulateStack(flags);
      const { stdout } = process;
      const layout = { paint: paintFor(stdout), width: lineWidth(stdout), all: flags.all === true };
      write(
        flags.json
          ? `${JSON.stringify(simulation, null, 2)}\n`
          : `${simulationText(simulation, layout).join("\n")}\n`,
      );
      const bad =
        simulation.kind === "refused" || (simulation.kind === "difference" && simulation.worse);
      finish.code(bad ? 1 : 0);
    });
}
