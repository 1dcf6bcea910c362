import type { Command } from "commander";
import { jsonText, linesText } from "../../../model/foreign-text";
import { identityOption, jsonOption, siteFileOptions } from "../../lib/options";
import { finish, interruptible, printOrNote, progress } from "../../lib/process";
import type { BackupOptions } from "./run";

interface BackupFlags extends Omit<BackupOptions, "progress"> {
  json?: boolean;
  verify?: boolean;
  units?: boolean;
  newKey?: boolean;
}

/** Adds `homelab backup`. */
export function backupCommand(homelab: Command): void {
  backupKeyOption(jsonOption(identityOption(siteFileOptions(homelab.command("backup")))))
    .description(
      "copy what makes the members of the pairs, encrypted, to this machine; exit code 1 when one has no whole backup",
    )
    .option("--member <name>", "back up only this member")
    .option("--verify", "open every archive that is kept and judge it; asks no host")
    .option("--units", "print the systemd service and timer that run this regularly")
    .option("--new-key", "print a new key for the backups, and nothing else")
    .action(async (flags: BackupFlags) => {
      const run = await import("./run.js");
      const { backupText } = await import("./text.js");
      if (flags.newKey) return finish.print(`${await newKey()}\n`);
      if (flags.units) return finish.print(await unitsText(flags));
      if (flags.verify) {
        const { lines, ok } = await run.verifyBackups(flags);
        finish.code(ok ? 0 : 1);
        return finish.print(flags.json ? `${jsonText({ ok, lines }, 0)}\n` : linesText(lines));
      }
      await interruptible(async () => {
        const report = await run.backUp({ ...flags, progress });
        finish.code(report.ok ? 0 : 1);
        if (flags.json) return finish.print(`${jsonText(report, 0)}\n`);
        for (const line of backupText(report)) printOrNote(line);
      });
    });
}

/** Adds `--key`: what opens the backups. */
export function backupKeyOption(command: Command): Command {
  return command.option(
    "--key <path>",
    "file with the age identity of the backups (default: the stack's secret backupIdentity)",
  );
}

async function newKey(): Promise<string> {
  const { newIdentity } = await import("../../lib/backup/key.js");
  return newIdentity();
}

async function unitsText(flags: BackupFlags): Promise<string> {
  const { openStackFile } = await import("../../lib/members.js");
  const { resolve } = await import("node:path");
  const { openBackups } = await import("./run.js");
  const { unitsOf } = await import("./units.js");
  const stack = openStackFile(flags);
  openBackups(stack);
  const everyHours = stack.config.backups?.everyHours ?? 24;
  const units = unitsOf({ ...stack, file: resolve(stack.file), everyHours });
  return Object.entries(units)
    .map(([name, text]) => `# /etc/systemd/system/${name}\n${text}`)
    .join("\n");
}
