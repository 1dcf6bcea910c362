import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
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
export function memoryLoad(): string[] {
  const megabytes = megabytesToTake(readFileSync("/proc/meminfo", "utf8"));
  if (megabytes < 256) throw new Error("there is too little free memory to put it under pressure");
  // It leaves the cache of files no room, and takes the processors that this needs.
  return ["--vm", "2", "--vm-bytes", `${Math.floor(megabytes / 2)}m`, "--vm-populate"];
}

/** Arguments of stress-ng that keep the disk of the hosts busy, with a `sync` of everything all the time. */
export function diskLoad(): string[] {
  const folder = join(cacheFolder(), "soak-disk");
  mkdirSync(folder, { recursive: true });
  const writers = ["--hdd", "3", "--hdd-bytes", "256m", "--hdd-opts", "fsync,wr-rnd"];
  return [...writers, "--io", "2", "--temp-path", folder];
}

/**
 * Starts stress-ng on the machine, in a control group of the lab, so that nothing of it outlives the lab.
 *
 * @param maxSec seconds after which it ends by itself, whatever becomes of the lab
 * @returns what ends it
 */
export async function startLoad(
  args: readonly string[],
  maxSec: number,
): Promise<() => Promise<void>> {
  const enter = makeCgroups("load").map((file) => `echo $$ >'${file}'`);
  const bounded = [...args, "--timeout", String(Math.ceil(maxSec)), "--quiet"];
  const script = [...enter, 'exec stress-ng "$@"'].join("; ");
  // A group of its own: all of it ends by one signal, and Ctrl-C is for the lab.
  const log = openSync(join(RUN_FOLDER, "stress-ng.log"), "a");
  const child = spawn("sh", ["-c", script, "sh", ...bounded], {
    // It complains of every worker that is ended before its time.
    stdio: ["ignore", log, log],
    detached: true,
  });
  const { pid } = child;
  const startTicks = pid === undefined ? undefined : startOf(pid);
  if (pid === undefined || startTicks === undefined) throw new Error("stress-ng does not start");
  const what = `stress-ng ${args.slice(0, 2).join(" ")}`;
  noteProcess(pid, what);
  const known: KnownProcess = { pid, startTicks, what };
  await sleep(1);
  if (!alive(known)) throw new Error(`${what}: ended at once`);
  return async () => {
    if (!alive(known)) throw new Error(`${what}: ended before its time`);
    process.kill(-pid, "SIGTERM");
    // It removes its files when it is asked to end; what hangs is killed.
    for (let tries = 0; tries < 100 && alive(known); tries += 1) await sleep(0.1);
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // All of it has ended.
    }
  };
}
