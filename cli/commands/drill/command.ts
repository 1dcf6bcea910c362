import { type Command, InvalidArgumentError } from "commander";
import { FAULT_NAMES, type FaultName } from "../../../model/drill/faults";
import { identityOption, jsonOption, siteFileOptions, yesOption } from "../../lib/options";
import { finish, interruptible, progress } from "../../lib/process";
import type { DrillOptions } from "./run";

interface DrillFlags
  extends Pick<DrillOptions, "stack" | "file" | "site" | "identity" | "pair" | "url"> {
  faults?: FaultName[];
  yes?: boolean;
  json?: boolean;
  history?: boolean;
}

/** Adds `homelab drill`. */
export function drillCommand(homelab: Command): void {
  yesOption(jsonOption(identityOption(siteFileOptions(homelab.command("drill")))))
    .description(
      "the failover test: one fault after the other on the real pair, each measured by a client and taken back; exit code 1 for a surprise",
    )
    .option(
      "--pair <name>",
      "whose address: its name, or with its section (default: the only one of the stack)",
    )
    .option(
      "--faults <names>",
      `some of ${FAULT_NAMES.join(", ")}, made in this order (default: all)`,
      faultsIn,
    )
    .option(
      "--url <url>",
      "what the client asks, http, https or tcp://VIP:PORT (default: https://VIP/, or the check of a service pair)",
    )
    .option("--history", "print how the drills before went, and make none")
    .action(async ({ yes, json, history, ...flags }: DrillFlags) => {
      const { drill, isGood } = await import("./run.js");
      const { confirmed, pastText, reportText } = await import("./print.js");
      if (history === true) return finish.print(await pastText(flags, json === true));
      const options = {
        ...flags,
        env: process.env,
        progress,
        confirm: confirmed(yes === true),
      };
      await interruptible(async (stop) => {
        const drilled = await drill(options, stop);
        if (drilled === undefined) return;
        finish.code(isGood(drilled) ? 0 : 1);
        reportText(drilled, json === true);
      });
    });
}

function faultsIn(value: string): FaultName[] {
  const found = value.split(",");
  const isFault = (name: string): name is FaultName => FAULT_NAMES.includes(name as FaultName);
  const wrong = found.find((name) => !isFault(name));
  if (wrong === undefined) return found.filter(isFault);
  throw new InvalidArgumentError(`found "${wrong}", expected some of ${FAULT_NAMES.join(", ")}`);
}
