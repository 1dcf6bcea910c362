import type { Command } from "commander";
import { identityOption, siteFileOptions } from "../../lib/options";
import { finish, interruptible, printOrNote as print, progress } from "../../lib/process";
import { backupKeyOption } from "../backup/command";
import type { RestoreFlags } from "./choose";

/** Adds `homelab restore`. */
export function restoreCommand(homelab: Command): void {
  backupKeyOption(identityOption(siteFileOptions(homelab.command("restore"))))
    .description(
      "bring a member back from its backup onto a fresh host, start it when its daemons accept the files",
    )
    .requiredOption(
      "--member <name>",
      "member that is brought back; with its pair, e.g. traefikPairs.traefik.traefik-2, where two have the name",
    )
    .option("--from <path>", "archive to take (default: the newest of the member)")
    .option(
      "--host-key <key>",
      "public key that the new host shows now, compared on its console (default: the pinned one)",
    )
    .option("--overwrite", "overwrite the files of a member that is healthy")
    .action(async (flags: RestoreFlags) => {
      const { restoreChosen } = await import("./choose.js");
      await interruptible(() => restoreChosen(flags, { progress, print }));
      finish.code(0);
    });
}
