import { spawn } from "node:child_process";
import { nowMs } from "../../clients/steady/clock";
import { pidsOfUnit } from "./cgroup";
import { inHost, type LabHost, leaderOf } from "./host";
import { sleep } from "./shell";
import { noteProcess } from "./state";

/** A shell inside a host that waits for the word to run a command. */
export interface ArmedCommand {
  /** Gives the word, and says when that was. */
  fire(): number;
}

/**
 * Starts a shell in a host ahead of time: what it takes to get there on a busy machine is no part
 * of what is measured.
 */
export async function arm(host: LabHost, command: string): Promise<ArmedCommand> {
  const script = `echo armed; read -r word; ${command}`;
  const args = ["-t", String(leaderOf(host)), "-a", "sh", "-c", script];
  const child = spawn("nsenter", args, {
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  if (child.pid !== undefined) noteProcess(child.pid, `armed command on ${host.name}`);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", () => reject(new Error(`${host.name}: no shell for ${command}`)));
  });
  child.stdin.on("error", () => {});
  return {
    fire: () => {
      const atMs = nowMs();
      child.stdin.end("now\n");
      return atMs;
    },
  };
}

/** The same for pulling a host's cable: its interface is taken off the bridge. */
export async function armCut(host: LabHost): Promise<ArmedCommand> {
  const child = spawn("ip", ["-batch", "-"], { stdio: ["pipe", "ignore", "ignore"] });
  if (child.pid !== undefined) noteProcess(child.pid, `cable of ${host.name}`);
  child.stdin.on("error", () => {});
  await sleep(0.1);
  return {
    fire: () => {
      const atMs = nowMs();
      child.stdin.end(`link set ${host.link} nomaster\n`);
      return atMs;
    },
  };
}

/** Sends a signal to every process of a unit, and says when. */
export function signalUnit(host: LabHost, unit: string, signal: NodeJS.Signals): number {
  const pids = pidsOfUnit(host.name, unit);
  if (pids.length === 0) throw new Error(`${host.name}: ${unit} has no process`);
  // A child that lives a moment longer than its parent would still say goodbye.
  if (signal === "SIGKILL") for (const pid of pids) process.kill(pid, "SIGSTOP");
  const atMs = nowMs();
  for (const pid of pids) process.kill(pid, signal);
  return atMs;
}

/** A run that is in the middle of writing a file. */
export interface HeldWriter {
  /** The process that writes, in the numbers of its host; it stands still. */
  pid: number;
  /** What is written so far. */
  bytes: number;
  /** Ends the whole run at once, from its connection down, so that it can put nothing right. */
  kill(): Promise<void>;
}

/** Waits until somebody begins to write a file, and makes him stand still. */
export async function holdWriter(host: LabHost, folder: string, name: string): Promise<HeldWriter> {
  const path = `${folder}/${name}`;
  // Only what the shell does itself: in the time of one new process a small file is complete.
  const script = `set -eu
timeout 60 inotifywait -qq -e create --include '/${name.replaceAll(".", "[.]")}$' ${folder}
for out in /proc/[0-9]*/fd/1; do
  if [ "$out" -ef ${path} ]; then
    pid=\${out#/proc/}
    pid=\${pid%/fd/1}
    kill -STOP "$pid"
    echo "$pid"
  fi
done
stat -c %s ${path}`;
  const { stdout, stderr } = await inHost(host, script, { timeoutSec: 90 });
  const [pid, bytes] = stdout.trim().split("\n").map(Number);
  if (pid === undefined || bytes === undefined) {
    throw new Error(`${host.name}: nobody was seen writing ${path}: ${stdout}${stderr}`);
  }
  return { pid, bytes, kill: () => killRun(host, pid) };
}

/** Kills a process and all above it up to its SSH connection, the uppermost first. */
async function killRun(host: LabHost, pid: number): Promise<void> {
  const script = `set -eu
pid=${pid} run=
while [ "$pid" -gt 1 ]; do
  run="$pid $run"
  [ "$(cat /proc/$pid/comm)" != sshd ] || break
  pid=$(awk '/^PPid:/ { print $2 }' /proc/$pid/status)
done
kill -KILL $run`;
  const { status, stderr } = await inHost(host, script);
  if (status !== 0) throw new Error(`${host.name}: ${stderr.trim()}`);
}

/** Starts everything that a member runs. */
export async function startServices(
  units: readonly string[],
  ...hosts: readonly LabHost[]
): Promise<void> {
  for (const host of hosts) {
    const { status, stderr } = await inHost(
      host,
      // What failed too often in a row would refuse to start.
      `systemctl reset-failed; systemctl start ${units.join(" ")}`,
    );
    if (status !== 0) throw new Error(`${host.name}: ${stderr.trim()}`);
  }
}
