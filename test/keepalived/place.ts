import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { toolEnv } from "../support/tools";

/** The program is killed with the run, however that ends. */
const DIES = ["--pdeathsig", "KILL"] as const;

/** Over these the machine's own files are not seen, so that files and scripts may be put there. */
const folders = ["/etc/keepalived", "/usr/local/bin", "/opt", "/run"];

const setUp = (commands: string) => `
set -e
for dir in ${folders.join(" ")}; do mkdir -p $dir; mount -t tmpfs tmpfs $dir; done
ip link set lo up
${commands}
echo ready
exec sleep infinity
`;

/** Every process below one, deepest first. */
function below(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const children = text === "" ? [] : text.split(" ").map(Number);
    return children.flatMap((child) => [...below(child), child]);
  } catch {
    return [];
  }
}

/** Options with which keepalived stays in the foreground, as VRRP alone, and tells everything. */
export const FOREGROUND = [
  "--vrrp",
  "--dont-fork",
  "--dont-respawn",
  "--log-console",
  "--no-syslog",
] as const;

/** A daemon that runs in a place. */
export interface Daemon {
  ended: Promise<void>;
  /** Kills it and its children at once, as a dead host would. */
  kill(): void;
}

/**
 * A place with network, files and processes of its own, where daemons run that would otherwise reach
 * this machine. Keepalived kills the process group of a script that is late, and that is its own group
 * until the script has made one: a daemon in the group of the tests kills the run.
 */
export class Place {
  private constructor(private readonly holder: ChildProcess) {}

  /** @param commands shell lines that make interfaces and addresses */
  static async open(commands: string): Promise<Place> {
    const own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const holder = spawn("setpriv", [...DIES, "unshare", ...own, "sh", "-c", setUp(commands)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: toolEnv,
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      let told = "";
      holder.stdout?.once("data", () => resolve());
      holder.stderr?.on("data", (data) => {
        told += data;
      });
      holder.once("error", reject);
      holder.once("exit", () => reject(new Error(`no network namespace could be made: ${told}`)));
    });
    return new Place(holder);
  }

  /** Outside id of a process in this network. */
  get pid(): number {
    return Number(this.holder.pid);
  }

  /** Brings files to the place by their absolute path. */
  bring(files: ReadonlyMap<string, string>, mode = 0o644): void {
    for (const [path, text] of files) {
      const inside = `/proc/${this.pid}/root${path}`;
      mkdirSync(dirname(inside), { recursive: true });
      writeFileSync(inside, text, { mode });
    }
  }

  remove(paths: Iterable<string>): void {
    for (const path of paths) rmSync(`/proc/${this.pid}/root${path}`, { force: true });
  }

  /** Starts a daemon in the foreground. */
  start(program: string, args: readonly string[], onLine: (line: string) => void): Daemon {
    const processes = `--pid=/proc/${this.pid}/ns/pid_for_children`;
    const inside = ["nsenter", "-t", `${this.pid}`, "-n", "-m", processes];
    const daemon = spawn("setpriv", [...DIES, ...inside, program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: toolEnv,
      detached: true,
    });
    const ended = new Promise<void>((resolve, reject) => {
      daemon.once("error", reject);
      daemon.once("close", () => resolve());
    });
    for (const stream of [daemon.stdout, daemon.stderr]) {
      createInterface({ input: stream }).on("line", onLine);
    }
    const kill = () => {
      // Once it was waited for, its id may be another's.
      if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null)
        return;
      for (const pid of [...below(daemon.pid), daemon.pid]) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended by itself.
        }
      }
    };
    return { ended, kill };
  }

  /** Ends everything that runs in it. */
  close(): void {
    this.holder.kill("SIGKILL");
  }
}
