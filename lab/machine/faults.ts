import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
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
  /** The new version, under the name that it has until it is complete. */
  path: string;
  /** What is written so far. */
  bytes: number;
  /** Ends the whole run at once, from its connection down, so that it can put nothing right. */
  kill(): Promise<void>;
}

/**
 * Waits until somebody writes a new version of a file, and makes him stand still.
 *
 * @param file absolute path of the file that the new version is for
 */
export async function holdWriter(host: LabHost, file: string): Promise<HeldWriter> {
  const [folder, name] = [dirname(file), basename(file)];
  // Only what the shell does itself: in the time of one new process a small file is complete.
  const script = `set -eu
timeout 300 inotifywait -qq -e create --include '/[.]${name.replaceAll(".", "[.]")}[.].{6}[.]new$' ${folder}
set -- ${folder}/.${name}.??????.new
while [ -e "$1" ]; do
  for out in /proc/[0-9]*/fd/1; do
    if [ "$out" -ef "$1" ]; then
      pid=\${out#/proc/}
      pid=\${pid%/fd/1}
      kill -STOP "$pid"
      echo "$pid"
      stat -c %s "$1"
      echo "$1"
      exit
    fi
  done
done`;
  const { stdout, stderr } = await inHost(host, script, { timeoutSec: 330 });
  const [pid = "", bytes = "", path = ""] = stdout.trim().split("\n");
  if (path === "") {
    throw new Error(`${host.name}: nobody was seen writing a new ${file}: ${stdout}${stderr}`);
  }
  return { path, bytes: Number(bytes), kill: () => killRun(host, Number(pid)) };
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
