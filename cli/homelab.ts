import { Command, CommanderError } from "commander";
import { engineReason, isEngineFailure } from "../clients/pulumi/engine-error";
import { adoptCommand } from "./commands/adopt/command";
import { auditCommand } from "./commands/audit/command";
import { backupCommand } from "./commands/backup/command";
import { checkPlanCommand } from "./commands/check-plan/command";
import { cleanCommand } from "./commands/clean/command";
import { commentCommand } from "./commands/comment/command";
import { completionCommand } from "./commands/completion/command";
import { cutoverCommand } from "./commands/cutover/command";
import { destroyCommand } from "./commands/destroy/command";
import { doctorCommand } from "./commands/doctor/command";
import { driftCommand } from "./commands/drift/command";
import { gateCommand } from "./commands/gate/command";
import { initCommand } from "./commands/init/command";
import { migrateHaCommand } from "./commands/migrate-ha/command";
import { phasesCommand } from "./commands/phases/command";
import { previewCommand } from "./commands/preview/command";
import { recoverCommand } from "./commands/recover/command";
import { renderCommand } from "./commands/render/command";
import { reportCommand } from "./commands/report/command";
import { restoreCommand } from "./commands/restore/command";
import { rollbackCommand } from "./commands/rollback/command";
import { runbookCommand } from "./commands/runbook/command";
import { simulateCommand } from "./commands/simulate/command";
import { statusCommand } from "./commands/status/command";
import { switchCommand } from "./commands/switch/command";
import { syncStateCommand } from "./commands/sync-state/command";
import { upCommand } from "./commands/up/command";
import { validateCommand } from "./commands/validate/command";
import { finish, isStopped, progress, stoppedLines } from "./lib/process";
import { commandName } from "./lib/self/command-name";
import { examples } from "./lib/self/examples";
import { packageVersion } from "./lib/self/package-version";
import { exitCodeOf } from "./lib/usage";

/** The groups of `--help`, and their commands in the order in which it lists them. */
const groups: Readonly<Record<string, readonly ((homelab: Command) => void)[]>> = {
  "Look and judge:": [
    validateCommand,
    renderCommand,
    previewCommand,
    simulateCommand,
    phasesCommand,
    reportCommand,
    statusCommand,
    runbookCommand,
    auditCommand,
  ],
  "Begin:": [initCommand, doctorCommand, adoptCommand],
  "Rehearse:": [upCommand, destroyCommand],
  "Work on the real cluster:": [
    switchCommand,
    rollbackCommand,
    backupCommand,
    restoreCommand,
    cutoverCommand,
    syncStateCommand,
    migrateHaCommand,
    recoverCommand,
  ],
  "For CI:": [gateCommand, checkPlanCommand, commentCommand, driftCommand],
  "This program:": [completionCommand, cleanCommand],
};

/** The command line, without anything run yet; tests read its commands and options from here. */
export function homelabCommand(): Command {
  const homelab = new Command("homelab")
    .description("Plans, judges and rehearses a highly available Proxmox homelab.")
    .version(packageVersion(), "--version", "print the version")
    .exitOverride()
    .showSuggestionAfterError();
  for (const [heading, commands] of Object.entries(groups)) {
    homelab.commandsGroup(heading);
    for (const add of commands) add(homelab);
  }
  for (const command of homelab.commands) {
    const example = examples[command.name()];
    if (example !== undefined) {
      command.addHelpText("after", `\nExample:\n  ${commandName()} ${example}`);
    }
  }
  return homelab;
}

/** Runs the command that the process was started with. */
export async function main(): Promise<void> {
  // The SDK takes a stack trace per promise; mapping each to TypeScript slows a large stack.
  process.setSourceMapsEnabled(false);
  // Standard output belongs to the report alone, so library output goes to standard error.
  console.log = console.error;
  try {
    const command = homelabCommand().hook("preAction", async (_all, action) => {
      // One says itself what it removed, the others are to be quick.
      if (["clean", "completion", "validate"].includes(action.name())) return;
      const { leftOversText, removeLeftOvers } = await import("./run/left-overs.js");
      for (const one of leftOversText(removeLeftOvers())) progress(one);
    });
    await command.parseAsync();
    if (isStopped()) tellStopped();
  } catch (error) {
    if (isStopped()) tellStopped(error);
    else if (error instanceof CommanderError) finish.code(error.exitCode === 0 ? 0 : 2);
    else {
      progress(textOf(error));
      finish.code(exitCodeOf(error) ?? 1);
    }
  }
  finish.exit();
}

function tellStopped(error?: unknown): void {
  progress(stoppedLines(error).join("\n"));
}

/** One line for what people can act on; a stack trace for a bug. */
function textOf(error: unknown): string {
  if (isEngineFailure(error)) return engineReason(error);
  if (!(error instanceof Error)) return String(error);
  const known = exitCodeOf(error) !== undefined || isFileError(error);
  return known ? error.message : (error.stack ?? error.message);
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}

if (require.main === module) void main();
