import type { Command } from "commander";
import { interruptible } from "../../lib/process";
import { type ChosenStack, chooseStack, parseChosen } from "../../lib/stack-files";
import { UsageError } from "../../lib/usage";
import { lazy } from "../../run/lazy";

interface MigrateFlags {
  stack?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/**
 * Adds `homelab migrate-ha`.
 *
 * @param write prints a text on standard output
 */
export function migrateHaCommand(homelab: Command, write: (text: string) => void): void {
  homelab
    .command("migrate-ha")
    .description(
      "after an upgrade from Proxmox VE 8 to 9: HA groups leave the real stack's state, the rules that Proxmox made of them are taken in",
    )
    .option("--stack <name>", "stack whose cluster was upgraded (default: homelab)")
    .option("--dry-run", "only say what would be done (the default)")
    .option("--yes", "do it; changes the stack's state and nothing in the cluster")
    .action(async (flags: MigrateFlags) => {
      if (flags.dryRun && flags.yes) {
        throw new UsageError("found --dry-run and --yes, expected one of them; drop the other");
      }
      const chosen = chooseStack(flags);
      const apply = flags.yes === true;
      const { migrateHaReal } = lazy.migrateHa();
      const done = await interruptible(() => migrateHaReal(chosen.stack, { apply }));
      const after =
        apply || done.length === 0 ? nextStep(chosen) : "nothing was changed; do it with --yes";
      write(`${[...done, ...(done.length === 0 ? [nothing] : []), after].join("\n")}\n`);
    });
}

const nothing = "the state has no HA group that an HaGroup made: there is nothing to do";

function nextStep(chosen: ChosenStack): string {
  const { stack, file } = chosen;
  const { stack: config } = parseChosen(chosen).parsed;
  const preview = `pulumi preview --stack ${stack}`;
  return config?.cluster.pveVersion === 8
    ? `next: set homelab:cluster.pveVersion in ${file} to 9, then run \`${preview}\``
    : `next: run \`${preview}\``;
}
