import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { dryRunOption, siteOption, stackOption, yesOption } from "../../lib/options";
import { finish, interruptible } from "../../lib/process";
import { UsageError } from "../../lib/usage";

interface MigrateFlags {
  stack: string;
  site?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** Adds `homelab migrate-ha`. */
export function migrateHaCommand(homelab: Command): void {
  siteOption(yesOption(dryRunOption(stackOption(homelab.command("migrate-ha")))))
    .description(
      "after an upgrade from Proxmox VE 8 to 9: replace HA groups in the state by the rules Proxmox created",
    )
    .action(async ({ stack, site, dryRun, yes }: MigrateFlags) => {
      if (dryRun && yes) {
        throw new UsageError("found --dry-run and --yes, expected only one of them");
      }
      const { migrateNamed } = await import("./next.js");
      const lines = await interruptible(() => migrateNamed(stack, yes === true, site));
      finish.print(linesText(lines));
    });
}
