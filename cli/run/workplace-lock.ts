import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { recordedOrNone } from "../lib/recorded";
import { Failure } from "../lib/usage";

/** Who works in a folder. A process id alone would not do: numbers are given out again. */
const holderSchema = z.object({
  pid: z.int().positive(),
  hostname: z.string(),
  /** When the process began, in the kernel's own count; null where there is no /proc. */
  began: z.string().nullable(),
  /** When it took the folder, for people. */
  since: z.string(),
});

type Holder = z.output<typeof holderSchema>;

/** This process. */
export function ownHolder(): Holder {
  const { pid } = process;
  return { pid, hostname: hostname(), began: beganAt(pid), since: now() };
}

/** The process that a text names, if it names one. */
export function readHolder(text: string): Holder | undefined {
  return recordedOrNone(holderSchema, text);
}

/** Name of the lock in a folder that is kept. */
export const lockName = "lock.json";

/**
 * Takes a folder for this process alone: two rehearsals in one would overwrite each other's
 * platforms. What a process left that is gone is taken over.
 *
 * @param name the folder as people write it
 * @returns gives it back
 * @throws Failure while another process has it
 */
export function lockWorkplace(dir: string, name: string): () => void {
  const lock = join(dir, lockName);
  const own = join(dir, `${lockName}.${process.pid}`);
  const text = JSON.stringify(ownHolder());
  // Linked when it is whole, so that nobody reads half of it, and nobody replaces another's.
  writeFileSync(own, text);
  try {
    while (!linked(own, lock)) takeOver(lock, own, name);
  } finally {
    rmSync(own, { force: true });
  }
  return () => {
    if (read(lock) === text) rmSync(lock, { force: true });
  };
}

function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead process's lock aside, or throws because it is alive. */
function takeOver(lock: string, own: string, name: string): void {
  const found = read(lock);
  if (found === undefined) return;
  refuseIfHeld(found, name);
  const aside = `${own}.stale`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = read(aside);
  // Another was quicker, and what was moved is its new lock: back with it.
  if (moved !== found) linked(aside, lock);
  rmSync(aside, { force: true });
}

function refuseIfHeld(text: string, name: string): void {
  const holder = recordedOrNone(holderSchema, text);
  if (holder === undefined || isGone(holder)) return;
  const where = holder.hostname === hostname() ? "" : ` on ${holder.hostname}`;
  const fix = where === "" ? "" : `, remove ${join(name, lockName)} if it is gone`;
  throw new Failure(
    `${name} is in use by process ${holder.pid}${where} since ${holder.since}; wait until it ends${fix}, or name another folder with --state-dir`,
  );
}

/** Of another host nothing can be said. */
export function isGone({ pid, hostname: host, began }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not allowed to signal it, so something runs there.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return true;
  }
  return began !== null && beganAt(pid) !== began;
}

/** Field 22 of proc(5) `stat`, counted behind the name, which may hold spaces. */
export function beganAt(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  const behind = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, began] = [behind?.[0], behind?.[19]];
  return state === undefined || state === "Z" ? null : (began ?? null);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
