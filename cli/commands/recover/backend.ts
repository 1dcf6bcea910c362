import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../../lib/recorded";

/** A lock of the file backend: who holds a stack, as `pulumi` writes it (pkg/backend/diy/lock.go). */
export type StackLock = z.output<typeof lockSchema>;

const lockSchema = z.object({
  pid: z.int(),
  hostname: z.string(),
  username: z.string(),
  timestamp: z.string(),
});

/** Whether a backend keeps its locks as files of this machine, where they can be read. */
export const isFileBackend = (backendUrl: string) => backendUrl.startsWith("file://");

/**
 * The locks that the engine names when it refuses a stack (pkg/backend/diy/lock.go `checkForLock`): those
 * of a backend in PostgreSQL or in an object store, where they cannot be read otherwise.
 */
export function locksIn(refusal: string): StackLock[] {
  const lines = refusal.matchAll(/: created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  return [...lines].map(([, username = "", hostname = "", pid, timestamp = ""]) => ({
    pid: Number(pid),
    hostname,
    username,
    timestamp,
  }));
}

/** Locks of one stack in a file backend; none for any other backend: `locksIn` has those. */
export function stackLocks(backendUrl: string, project: string, stack: string): StackLock[] {
  return filesIn(backendUrl, "locks", "organization", project, stack)
    .filter((file) => file.endsWith(".json"))
    .map((file) => recorded(lockSchema, readFileSync(file, "utf8"), file));
}

/**
 * Makes a file backend readable again after a kill. Beside every file lies another with its
 * attributes, and that one is not written atomically (gocloud.dev, blob/fileblob/attrs.go): cut off,
 * it is empty, and every command ends with "failed to load checkpoint: EOF". It holds nothing that
 * is needed. A backend URL that ends in `?metadata=skip` has no such files.
 *
 * @returns the files that were removed
 */
export function repairBackend(backendUrl: string, project: string): string[] {
  const folders = [filesIn(backendUrl, "stacks", project), filesIn(backendUrl)];
  const broken = folders
    .flat()
    .filter((file) => file.endsWith(".attrs") && statSync(file).size === 0);
  for (const file of broken) rmSync(file);
  return broken;
}

function filesIn(backendUrl: string, ...folders: string[]): string[] {
  if (!isFileBackend(backendUrl)) return [];
  const [path = ""] = backendUrl.slice("file://".length).split("?");
  const root = path.startsWith("~") ? join(homedir(), path.slice(1)) : path;
  const folder = join(root, ".pulumi", ...folders);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => join(folder, name));
}

/** Whether the process that took a lock is gone. Of another host nothing can be said, so its lock counts as held. */
export function isStale(lock: StackLock): boolean {
  return lock.hostname === hostname() && !alive(lock.pid);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not allowed to signal it, so something runs there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return !existsSync("/proc/self/stat") || isPulumi(pid);
}

/** A number can be given to another process, and a dead process keeps its own until its parent looks (proc(5), state Z). */
function isPulumi(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, name = "", state = ""] = /^\d+ \((.*)\) (\S)/s.exec(stat) ?? [];
    return name.startsWith("pulumi") && !["Z", "X"].includes(state);
  } catch {
    return false;
  }
}
