import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { type Budget, budgets } from "./deadline";
import { interruption, type Watch, watched } from "./watch";

/** How a program of this machine is run. */
export interface ProgramOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** @default that of a program which only reads */
  budget?: Budget;
}

/** How a program ended. */
export interface ProgramResult {
  /** Exit code; null where a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws OverrunError when it is slow, silent or says too much; Error when it cannot be started
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { budget = budgets.program, ...options }: ProgramOptions = {},
): Promise<ProgramResult> {
  let child: ChildProcess | undefined;
  const exchange = (guard: Watch) =>
    new Promise<ProgramResult>((resolve, reject) => {
      const started = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      child = started;
      const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      const text = (of: keyof typeof chunks) => Buffer.concat(chunks[of]).toString("utf8");
      started.once("spawn", () => guard.connected());
      for (const of of ["stdout", "stderr"] as const) {
        started[of].on("data", (chunk: Buffer) => {
          guard.heard(chunk.length);
          chunks[of].push(chunk);
        });
      }
      started.once("error", reject);
      started.once("close", (code) =>
        resolve({ code, stdout: text("stdout"), stderr: text("stderr") }),
      );
    });
  return watched(budget, exchange, () => child?.kill("SIGKILL"));
}

/** The same at once, for what is asked before anything is begun. */
export function runProgramNow(
  program: string,
  args: readonly string[],
  { budget = budgets.program, ...options }: ProgramOptions = {},
): SpawnSyncReturns<string> {
  return spawnSync(program, args, {
    ...options,
    encoding: "utf8",
    maxBuffer: budget.maxBytes,
    timeout: interruption().aborted ? 1 : budget.totalMs,
    killSignal: "SIGKILL",
  });
}
