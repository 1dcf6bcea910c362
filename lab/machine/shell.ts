import { spawn } from "node:child_process";
import { noteProcess } from "./state";

/** What a finished program left. */
export interface Finished {
  /** Exit code; 128 and the signal's number for one that a signal ended. */
  status: number;
  stdout: string;
  stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Seconds after which it is killed and counts as failed. @default 60 */
  timeoutSec?: number;
  input?: string;
  cwd?: string;
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  /** Name under which it is noted, for a program that must not outlive the lab. @default it is not */
  noted?: string;
}

/** Runs a program to its end, whatever that is; only one that cannot be started at all throws. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { timeoutSec = 60, input = "", cwd, env, noted } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      timeout: timeoutSec * 1000,
      killSignal: "SIGKILL",
    });
    if (noted !== undefined && child.pid !== undefined) noteProcess(child.pid, noted);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal === "SIGKILL") stderr += `\n${command} was killed after ${timeoutSec} s`;
      resolve({ status: code ?? 137, stdout, stderr });
    });
    // A program may end without reading what it is given.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** Runs a program that has to succeed, and hands back what it printed. */
export async function must(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status === 0) return stdout;
  const text = (stderr.trim() || stdout.trim()).split("\n").slice(-15).join("\n");
  throw new Error(`${[command, ...args].join(" ").slice(0, 300)}: exit code ${status}: ${text}`);
}

/** Whether a program of this name is on PATH. */
export async function onPath(program: string): Promise<boolean> {
  return (await run("sh", ["-c", 'command -v "$1"', "sh", program])).status === 0;
}

/** Resolves after this many seconds. */
export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/**
 * Asks again and again until the answer is yes.
 *
 * @throws when `deadlineSec` have passed, with `what` in the message
 */
export async function until(
  what: string,
  deadlineSec: number,
  ask: () => Promise<boolean>,
  everySec = 0.2,
): Promise<void> {
  const end = performance.now() + deadlineSec * 1000;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineSec} s`);
    await sleep(everySec);
  }
}
