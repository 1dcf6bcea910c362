import type { Command } from "commander";
import { CommanderError } from "commander";
import { OddEngine } from "../../../clients/pulumi/bounded-command";
import { engineReason, isEngineFailure } from "../../../clients/pulumi/engine-error";
import {
  beginCommand,
  finish,
  isStopped,
  outliveReaders,
  progress,
  stoppedLines,
} from "../process";
import { exitCodeOf } from "../usage";

/**
 * Runs the command that the process was started with, says how it ended, and leaves.
 *
 * @param build makes the command line
 */
export async function runAndLeave(build: () => Command): Promise<void> {
  beginCommand();
  // Standard output belongs to the report alone, so library output goes to standard error.
  console.log = console.error;
  outliveReaders();
  try {
    await build().parseAsync();
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
  const known = exitCodeOf(error) !== undefined || isFileError(error) || error instanceof OddEngine;
  return known ? error.message : (error.stack ?? error.message);
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}
