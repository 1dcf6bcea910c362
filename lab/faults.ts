import { spawn } from "node:child_process";
import { pidsOfUnit } from "./cgroup";
import { nowMs } from "./clock";
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

/** Starts everything that a member runs. */
export async function startServices(...hosts: readonly LabHost[]): Promise<void> {
  for (const host of hosts) {
    const { status, stderr } = await inHost(
      host,
      // What failed too often in a row would refuse to start.
      "systemctl reset-failed; systemctl start traefik keepalived",
    );
    if (status !== 0) throw new Error(`${host.name}: ${stderr.trim()}`);
  }
}
