import { type Command, InvalidArgumentError } from "commander";
import { linesText } from "../../../model/foreign-text";
import { siteFileOptions, stateDirOption } from "../../lib/options";
import { finish, interruptible } from "../../lib/process";
import type { RehearseFlags } from "./run";

/** Adds `homelab rehearse-restore`. */
export function rehearseRestoreCommand(homelab: Command): void {
  stateDirOption(siteFileOptions(homelab.command("rehearse-restore")))
    .description(
      "print how the backup of a guest is tried on a copy without network, or try it on the simulated platform",
    )
    .requiredOption("--guest <name>", "guest whose backup is tried")
    .option(
      "--copy <vmid>",
      "VMID of the copy, which nobody has (default: the first from 9000)",
      vmidOf,
    )
    .option("--simulated", "run it on the cluster that `up --simulated` keeps")
    .action(async (flags: RehearseFlags) => {
      const { rehearseRestore } = await import("./run.js");
      const lines = await interruptible(() => rehearseRestore(flags));
      finish.print(linesText(lines));
    });
}

function vmidOf(value: string): number {
  // pve-common, JSONSchema.pm `pve-vmid`
  if (/^[1-9]\d{2,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("expected a VMID from 100 to 999999999");
}
