import { lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beganAt, isGone, lockName, ownHolder, readHolder } from "./workplace-lock";

/** Variable by which the processes of a run are known: the engine hands it on to the policy pack. */
export const RUN_VARIABLE = "HOMELAB_RUN";

/** The mark of this run: its number alone would be given out again. */
export function runMark(): string {
  return JSON.stringify(ownHolder());
}

/** What killed runs left. */
export interface LeftOvers {
  /** Processes that run on simulated platforms which are gone. */
  processes: number[];
  /** Folders of previews and of states that were being written. */
  folders: string[];
}

/** Removes what killed runs left: their processes and their folders, and nothing of anybody else. */
export function removeLeftOvers(): LeftOvers {
  return { processes: endProcesses(isGone), folders: removeFolders() };
}

/** Ends what this run still has: it leaves without waiting. */
export function endOwnProcesses(): void {
  const { pid, began } = ownHolder();
  endProcesses((holder) => holder.pid === pid && holder.began === began);
}

/** One line for people, or none. */
export function leftOversText({ processes, folders }: LeftOvers): string[] {
  if (processes.length + folders.length === 0) return [];
  const count = (many: number, one: string, more: string) => `${many} ${many === 1 ? one : more}`;
  return [
    `removed what a killed run left: ${count(processes.length, "process", "processes")}, ${count(folders.length, "folder", "folders")}`,
  ];
}

function endProcesses(of: Parameters<typeof withMark>[0]): number[] {
  return withMark(of)
    .filter(({ pid, began }) => {
      // Its number may have been given to another one since.
      if (beganAt(pid) !== began) return false;
      try {
        process.kill(pid, "SIGKILL");
        return true;
      } catch {
        return false;
      }
    })
    .map(({ pid }) => pid);
}

/** Processes that carry the mark of a run for which something holds. */
function withMark(of: (run: ReturnType<typeof ownHolder>) => boolean) {
  return entries("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => {
      const began = beganAt(pid);
      const variable = text(`/proc/${pid}/environ`)
        .split("\0")
        .find((one) => one.startsWith(`${RUN_VARIABLE}=`));
      const run = variable && readHolder(variable.slice(RUN_VARIABLE.length + 1));
      return began !== null && run && of(run) ? [{ pid, began }] : [];
    });
}

/** Milliseconds after which an empty folder is one whose maker was killed at once. */
const STALE_MS = 600_000;

function removeFolders(): string[] {
  const own = process.getuid?.();
  return entries(tmpdir())
    .filter((name) => /^homelab-[A-Za-z0-9]{6}$/.test(name))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => {
      try {
        const found = lstatSync(folder);
        if (!found.isDirectory() || (own !== undefined && found.uid !== own)) return false;
        const lock = join(folder, lockName);
        const holder = entries(folder).includes(lockName) && lstatSync(lock).isFile();
        const run = holder ? readHolder(text(lock)) : undefined;
        if (run && isGone(run)) {
          rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
          return true;
        }
        if (holder || Date.now() - found.mtimeMs < STALE_MS) return false;
        // Fails unless it is empty.
        rmdirSync(folder);
        return true;
      } catch {
        return false;
      }
    });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
