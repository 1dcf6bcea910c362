import { Command, CommanderError } from "commander";
import { engineReason, isEngineFailure } from "../clients/pulumi/engine-error";
import { adoptCommand } from "./commands/adopt/command";
import { auditCommand } from "./commands/audit/command";
import { checkPlanCommand } from "./commands/check-plan/command";
import { cleanCommand } from "./commands/clean/command";
import { commentCommand } from "./commands/comment/command";
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
import { rollbackCommand } from "./commands/rollback/command";
import { runbookCommand } from "./commands/runbook/command";
import { simulateCommand } from "./commands/simulate/command";
import { statusCommand } from "./commands/status/command";
import { switchCommand } from "./commands/switch/command";
import { syncStateCommand } from "./commands/sync-state/command";
import { upCommand } from "./commands/up/command";
import { validateCommand } from "./commands/validate/command";
import { finish, isStopped, progress, stoppedLines } from "./lib/process";
import { exitCodeOf } from "./lib/usage";

/** In the order in which `--help` lists them. */
const commands = [
  validateCommand,
  renderCommand,
  previewCommand,
  reportCommand,
  upCommand,
  destroyCommand,
  simulateCommand,
  phasesCommand,
  recoverCommand,
  syncStateCommand,
  migrateHaCommand,
  rollbackCommand,
  switchCommand,
  statusCommand,
  runbookCommand,
  auditCommand,
  initCommand,
  doctorCommand,
  adoptCommand,
  cutoverCommand,
  gateCommand,
  checkPlanCommand,
  commentCommand,
  driftCommand,
  cleanCommand,
];

/** The command line, without anything run yet; tests read its commands and options from here. */
export function homelabCommand(): Command {
  const homelab = new Command("homelab")
    .description("Plans, judges and rehearses a highly available Proxmox homelab.")
    .exitOverride()
    .showSuggestionAfterError();
  for (const add of commands) add(homelab);
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
      // One says itself what it removed, the other shall only look at a file.
      if (["clean", "validate"].includes(action.name())) return;
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
