import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeCgroups } from "../machine/cgroup";
import { cacheFolder, RUN_FOLDER } from "../machine/places";
import { sleep } from "../machine/shell";
import { alive, type KnownProcess, noteProcess, startOf } from "../machine/state";

/** Kibibytes that memory pressure leaves to the machine, at least: what else runs there shall survive. */
const LEFT_KB = 3 * 1024 * 1024;
/** The same as a share of what is free. */
const LEFT_SHARE = 0.15;

/** Megabytes that a load may take of this much free memory. */
export function megabytesToTake(meminfo: string): number {
  const freeKb = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0);
  return Math.max(0, Math.floor((freeKb - Math.max(LEFT_KB, freeKb * LEFT_SHARE)) / 1024));
}

/** Arguments of stress-ng that fill the memory again and again, as far as the machine bears it. */
export function memoryLoad(): string[][] {
  const megabytes = megabytesToTake(readFileSync("/proc/meminfo", "utf8"));
  if (megabytes < 256) throw new Error("there is too little free memory to put it under pressure");
  // It leaves the cache of files no room, and takes the processors that this needs.
  return workers(2, "--vm", "1", "--vm-bytes", `${Math.floor(megabytes / 2)}m`, "--vm-populate");
}

/** Arguments of stress-ng that keep the disk of the hosts busy, with a `sync` of everything all the time. */
export function diskLoad(): string[][] {
  const folder = join(cacheFolder(), "soak-disk");
  mkdirSync(folder, { recursive: true });
  const writer = ["--hdd", "1", "--hdd-bytes", "256m", "--hdd-opts", "fsync,wr-rnd"];
  return [...workers(3, ...writer, "--temp-path", folder), ...workers(2, "--io", "1")];
}

/** The same worker so many times, as `startLoad` wants it. */
export function workers(count: number, ...args: readonly string[]): string[][] {
  return Array.from({ length: count }, () => [...args]);
}

/**
 * Starts stress-ng on the machine, in a control group of the lab, so that nothing of it outlives the lab.
 *
 * @param all arguments of each; each gets a session of its own, because Linux shares the processors between
 * sessions (sched_autogroup), and a load in one would get no more than a single daemon
 * @param maxSec seconds after which it ends by itself, whatever becomes of the lab
 * @returns what ends it
 */
export async function startLoad(
  all: readonly (readonly string[])[],
  maxSec: number,
): Promise<() => Promise<void>> {
  const started = all.map((args) => startOne(args, maxSec));
  await sleep(1);
  for (const known of started) {
    if (!alive(known)) throw new Error(`${known.what}: ended at once: ${lastWords()}`);
  }
  return async () => {
    const early = started.find((known) => !alive(known));
    for (const known of started) signal(known, "SIGTERM");
    // It removes its files when it is asked to end; what hangs is killed.
    for (let tries = 0; tries < 100 && started.some(alive); tries += 1) await sleep(0.1);
    for (const known of started) signal(known, "SIGKILL");
    if (early) throw new Error(`${early.what}: ended before its time: ${lastWords()}`);
  };
}

const logFile = () => join(RUN_FOLDER, "stress-ng.log");
const lastWords = () => readFileSync(logFile(), "utf8").trim().split("\n").slice(-3).join("; ");

function startOne(args: readonly string[], maxSec: number): KnownProcess {
  const enter = makeCgroups("load").map((file) => `echo $$ >'${file}'`);
  const bounded = [...args, "--timeout", String(Math.ceil(maxSec)), "--quiet"];
  const script = [...enter, 'exec stress-ng "$@"'].join("; ");
  const log = openSync(logFile(), "a");
  const child = spawn("sh", ["-c", script, "sh", ...bounded], {
    // It complains of every worker that is ended before its time.
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const { pid } = child;
  const startTicks = pid === undefined ? undefined : startOf(pid);
  if (pid === undefined || startTicks === undefined) throw new Error("stress-ng does not start");
  const what = `stress-ng ${args.slice(0, 2).join(" ")}`;
  noteProcess(pid, what);
  return { pid, startTicks, what };
}

/** To all processes of its session; those that have ended are none. */
function signal({ pid }: KnownProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // All of it has ended.
  }
}
