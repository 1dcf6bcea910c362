import type { Command } from "commander";
import { jsonText } from "../../../model/foreign-text";
import { allOption, jsonOption, siteFileOptions, widthOption } from "../../lib/options";
import { finish } from "../../lib/process";
import type { SimulateOptions } from "./run";

interface SimulateFlags extends SimulateOptions {
  json?: boolean;
  all?: boolean;
  width?: number;
}

/** Adds `homelab simulate`. */
export function simulateCommand(homelab: Command): void {
  widthOption(allOption(jsonOption(siteFileOptions(homelab.command("simulate")))))
    .description("show step by step what the loss of nodes, racks, switches or storages does")
    .option(
      "--fail <names>",
      "what fails, separated by commas: nodes (their disks stay whole; disks:NODE takes them along), guests (hung:GUEST runs without an answer), failure domains, shared storages, STORAGE@NODE for a local pool, ceph, corosync (corosync:NODE for one link), certificate:PAIR, qdevice, backups, and what cluster.outside names; or one planned reboot:NODE, shutdown:NODE or maintenance:NODE, return:NODE after a crash, cold-start, or partition:NODE,… with one side of a network that is cut in two (default: every single and double loss)",
      (names: string, before: string[] = []) => [...before, names],
    )
    .option(
      "--diff <other>",
      "earlier stack file, or a commit such as HEAD~1: report changed dependencies; exit code 1 when a service gets worse",
    )
    .option(
      "--today",
      "the cluster as it is before the storages that the stack file calls pending are there",
    )
    .action(async (flags: SimulateFlags) => {
      const { isBad, simulateStack } = await import("./run.js");
      const { shownSimulation } = await import("./text.js");
      const simulation = simulateStack(flags);
      finish.print(flags.json ? `${jsonText(simulation)}\n` : shownSimulation(simulation, flags));
      finish.code(isBad(simulation) ? 1 : 0);
    });
}
