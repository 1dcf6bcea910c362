import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../../cli/lib/recorded";
import { RUN_FOLDER } from "./places";

/** A process, told apart from a later one with the same number by the time of its start. */
export const knownProcess = z.object({
  pid: z.int().positive(),
  /** Field 22 of /proc/PID/stat: clock ticks after boot. */
  startTicks: z.string(),
  what: z.string(),
});

export type KnownProcess = z.output<typeof knownProcess>;

const names = z.array(z.string()).default([]);

/** Everything that a run put on the machine, in the order in which it was made. */
const labState = z.object({
  /** The run itself. @default none has begun */
  owner: knownProcess.exactOptional(),
  processes: z.array(knownProcess).default([]),
  /** Mount points. */
  mounts: names,
  /** Names of network namespaces. */
  namespaces: names,
  /** Names of network interfaces. */
  links: names,
  /** Folders of control groups. */
  cgroups: names,
});

export type LabState = z.output<typeof labState>;

const STATE_FILE = join(RUN_FOLDER, "state.json");

/**
 * Notes of a run. What is removed by them is removed as root, so a damaged file is refused.
 *
 * @param where file that the text came from, for the message
 */
export function stateOf(text: string, where: string): LabState {
  return recorded(labState, text, where);
}

/** What the last run noted and did not take back. */
export function readState(): LabState {
  return stateOf(existsSync(STATE_FILE) ? readFileSync(STATE_FILE, "utf8") : "{}", STATE_FILE);
}

/** Changes the notes; they are on disk, whole, before this returns. */
export function note(change: (state: LabState) => void): void {
  const state = readState();
  change(state);
  mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o700 });
  writeFileSync(`${STATE_FILE}.new`, JSON.stringify(state, undefined, 2));
  renameSync(`${STATE_FILE}.new`, STATE_FILE);
}

/**
 * Notes that this process makes hosts now.
 *
 * @throws Error while another one does: hosts have the same names and addresses in every run
 */
export function claim(): void {
  const startTicks = startOf(process.pid);
  if (startTicks === undefined) return;
  note((state) => {
    state.owner = { pid: process.pid, startTicks, what: "the lab" };
  });
}

/** Throws while another process runs the lab. */
export function refuseSecondLab({ owner } = readState()): void {
  if (owner === undefined || owner.pid === process.pid || !alive(owner)) return;
  throw new Error(
    `another lab runs on this machine (process ${owner.pid}); wait until it ends, or remove it with: make lab ARGS=clean`,
  );
}

/** Notes a process that was just started. */
export function noteProcess(pid: number, what: string): void {
  const startTicks = startOf(pid);
  if (startTicks === undefined) return;
  note((state) => state.processes.push({ pid, startTicks, what }));
}

/** When a process started, or nothing when it is gone; a zombie counts as gone. */
export function startOf(pid: number): string | undefined {
  try {
    return startTicksIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The name in a stat line may hold spaces and brackets, so fields are counted from the last one. */
export function startTicksIn(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
}

/** Whether this very process still runs. */
export function alive(process: KnownProcess): boolean {
  return startOf(process.pid) === process.startTicks;
}
