import { dirname } from "node:path";
import type { StackFlags } from "../lib/options";
import type { Stop } from "../lib/process";
import { type CheckedFile, checkFile } from "./check";
import { placeholders } from "./secrets";

/** What a person asked for. */
export interface RunOptions extends StackFlags {
  /** Whether to look for a Pulumi CLI; without one, a preview runs on the SDK's mock monitor. */
  engine: boolean;
  stateDir?: string;
  /** Services that must survive the loss of any one node, beside those of the stack file. */
  minResilience?: readonly string[];
  /** How the run learns that it is to end. */
  stop: Stop;
  /** Takes a line about what goes on. */
  progress: (line: string) => void;
}

/** The program with stand-ins for its secrets. Loaded late: a refused file must not wait for the SDKs. */
export async function prepared({ file, chosen, sites }: CheckedFile) {
  const { note, ...secrets } = placeholders(sites, file);
  const { program } = await import("../../program.js");
  return { notes: note ? [note] : [], program: () => program(secrets, dirname(chosen.path)) };
}

/**
 * Loads what a run needs, and asks for the engine: while that goes on no signal is heard, so it is
 * done before anybody listens for one, and Ctrl-C ends the process by itself.
 */
export async function warmUp(
  options: Pick<RunOptions, "stack" | "file" | "engine">,
): Promise<void> {
  if (checkFile(options).sites.length === 0) return;
  await import("../../program.js");
  const { findEngine } = await import("../../clients/pulumi/engine.js");
  if (options.engine && findEngine()) await import("./engine-plan.js");
  else await import("./mock-plan.js");
}
