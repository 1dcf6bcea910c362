import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sim } from "../../../sim/server";
import type { ProgramName } from "../programs/stacks";
import type { Attempt, Kill } from "./round";

/** How long a process that was asked to end may take, in milliseconds; one call may hang for ever. */
const GRACE_MS = 2000;

/** An `up` that came to its end, well or not, without being killed. */
export const NOT_KILLED = "ended before the kill";

/** Where an `up` runs that is to be killed. */
interface Place {
  program: ProgramName;
  stateDir: string;
  sim: Sim;
}

/**
 * Runs `up` in a process of its own and kills it.
 *
 * @returns how it ended, in a few words; the process and its engine are gone then
 */
export async function killedUp(
  { program, stateDir, sim }: Place,
  { errors, kill }: Attempt & { kill: Kill },
): Promise<string> {
  sim.faults.replace([...errors, kill.fault]);
  const struck = sim.faults.struck(kill.fault).then(() => "struck" as const);
  const script = join(__dirname, "../programs/up-child.ts");
  const args = ["--import", "tsx", script, program, stateDir, sim.debugProviders];
  const child = spawn(process.execPath, args, { detached: true, stdio: "ignore" });
  const ended = new Promise<"ended">((resolve) => child.on("close", () => resolve("ended")));
  if ((await Promise.race([struck, ended])) === "ended") return NOT_KILLED;
  const engine = engineOf(child);
  const asked = signal(child, kill, engine);
  if (kill.signal !== "SIGKILL") {
    // Once more, as the engine asks of whoever does not want to wait for a call that hangs.
    if (await lasts(child, GRACE_MS)) signal(child, kill, engine);
  }
  const stubborn = await lasts(child, GRACE_MS);
  if (stubborn) end(-Number(child.pid), "SIGKILL");
  await ended;
  return `${asked}${stubborn ? ", the rest by SIGKILL" : ""}`;
}

function signal(child: ChildProcess, { signal: name, target }: Kill, engine?: number): string {
  const pid = { group: -Number(child.pid), engine, program: child.pid }[target];
  if (pid === undefined) return "killed before the engine began";
  end(pid, name);
  return `${name} to the ${target}`;
}

function end(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** The CLI among the children of a process. */
function engineOf({ pid }: ChildProcess): number | undefined {
  const children = text(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
  return children.map(Number).find((one) => text(`/proc/${one}/comm`).startsWith("pulumi"));
}

/** Whether anything of the group is there still after a while. */
async function lasts({ pid }: ChildProcess, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    if (!runs(Number(pid))) return false;
    await new Promise((over) => setTimeout(over, 20));
  }
  return runs(Number(pid));
}

function runs(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
