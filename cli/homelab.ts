import "../start/light-sdk";
import type { Command } from "commander";
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
import { drillCommand } from "./commands/drill/command";
import { gateCommand } from "./commands/gate/command";
import { initCommand } from "./commands/init/command";
import { migrateHaCommand } from "./commands/migrate-ha/command";
import { monitoringCommand } from "./commands/monitoring/command";
import { phasesCommand } from "./commands/phases/command";
import { previewCommand } from "./commands/preview/command";
import { recoverCommand } from "./commands/recover/command";
import { rehearseRestoreCommand } from "./commands/rehearse-restore/command";
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
import { progress } from "./lib/process";
import { type AddCommand, commandLine } from "./lib/self/command-line";
import { runAndLeave } from "./lib/self/leave";

/** The groups of `--help`, and their commands in the order in which it lists them. */
const groups: Readonly<Record<string, readonly AddCommand[]>> = {
  "Look and judge:": [
    validateCommand,
    renderCommand,
    previewCommand,
    simulateCommand,
    phasesCommand,
    reportCommand,
    statusCommand,
    runbookCommand,
    monitoringCommand,
    auditCommand,
  ],
  "Begin:": [initCommand, doctorCommand, adoptCommand],
  "Rehearse:": [upCommand, destroyCommand, rehearseRestoreCommand],
  "Work on the real cluster:": [
    switchCommand,
    drillCommand,
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
  return commandLine(groups);
}

/** Runs the command that the process was started with. */
export function main(): Promise<void> {
  // The SDK takes a stack trace per promise; mapping each to TypeScript slows a large stack.
  process.setSourceMapsEnabled(false);
  return runAndLeave(() =>
    homelabCommand().hook("preAction", async (_all, action) => {
      // One says itself what it removed, the others are to be quick.
      if (["clean", "completion", "simulate", "validate"].includes(action.name())) return;
      const { leftOversText, removeLeftOvers } = await import("./run/left-overs.js");
      for (const one of leftOversText(removeLeftOvers())) progress(one);
    }),
  );
}

if (require.main === module) void main();
