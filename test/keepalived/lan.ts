import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { MAIN_FILE } from "../../model/keepalived/host";
import { toolEnv } from "../support/tools";
import { DIES } from "./oracle";

/** Makes the check of a host fail while it is there. */
const FAIL = "/run/fail";

const setUp = (commands: string) => `
set -e
for dir in /etc/keepalived /usr/local/bin /run; do mkdir -p $dir; mount -t tmpfs tmpfs $dir; done
ip link set lo up
${commands}
echo ready
exec sleep infinity
`;

async function holder(commands: string): Promise<ChildProcess> {
  const child = spawn(
    "setpriv",
    [...DIES, "unshare", "--net", "--mount", "sh", "-c", setUp(commands)],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: toolEnv,
    },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", () => reject(new Error("no network namespace could be made")));
  });
  return child;
}

/** A host with a keepalived of its own. */
export class LanHost {
  /** Last state of its instance, as the daemon logs it. */
  state = "";
  readonly log: string[] = [];
  private daemon: ChildProcess | undefined;
  private child = 0;

  constructor(private readonly place: ChildProcess) {}

  start(text: string): void {
    const root = `/proc/${this.place.pid}/root`;
    mkdirSync(`${root}/etc/keepalived`, { recursive: true });
    writeFileSync(`${root}${MAIN_FILE}`, text);
    writeFileSync(`${root}/usr/local/bin/check`, `#!/bin/sh\ntest ! -e ${FAIL}\n`, { mode: 0o755 });
    const options = ["--vrrp", "--dont-fork", "--dont-respawn", "--log-console", "--no-syslog"];
    const files = ["-f", MAIN_FILE, "-p", "/run/keepalived.pid", "-r", "/run/vrrp.pid"];
    const daemon = spawn(
      "setpriv",
      [
        ...DIES,
        "nsenter",
        "-t",
        `${this.place.pid}`,
        "-n",
        "-m",
        "keepalived",
        ...options,
        ...files,
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: toolEnv },
    );
    this.daemon = daemon;
    daemon.once("close", () => {
      this.state = "";
    });
    for (const stream of [daemon.stdout, daemon.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.log.push(line);
        this.child = Number(/VRRP child process, pid=(\d+)/.exec(line)?.[1] ?? this.child);
        this.state = /Entering (MASTER|BACKUP|FAULT) STATE/.exec(line)?.[1] ?? this.state;
      });
    }
  }

  /** Lets the check fail, or succeed again. */
  fail(now: boolean): void {
    const path = `/proc/${this.place.pid}/root${FAIL}`;
    if (now) writeFileSync(path, "");
    else rmSync(path, { force: true });
  }

  /** The host dies: no daemon, and no link over which it could say so. */
  die(): void {
    for (const pid of [this.child, this.daemon?.pid ?? 0]) {
      try {
        if (pid > 0) process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    this.state = "";
  }

  close(): void {
    this.die();
    this.place.kill("SIGKILL");
  }
}

/** Hosts on one bridge, 192.168.1.110 and following. */
export async function lan(
  addresses: readonly string[],
): Promise<{ hosts: LanHost[]; close(): void }> {
  const bridge = await holder("ip link add br0 type bridge; ip link set br0 up");
  const inside = (pid: number | undefined, ...command: string[]) =>
    execFileSync("nsenter", ["-t", `${pid}`, "-n", ...command], { env: toolEnv });
  const hosts: LanHost[] = [];
  for (const [index, address] of addresses.entries()) {
    const place = await holder("true");
    const port = `m${index}`;
    const peer = ["peer", "name", "eth0", "netns", `${place.pid}`];
    inside(bridge.pid, "ip", "link", "add", port, "type", "veth", ...peer);
    inside(bridge.pid, "ip", "link", "set", port, "master", "br0", "up");
    inside(place.pid, "ip", "addr", "add", `${address}/24`, "dev", "eth0");
    inside(place.pid, "ip", "link", "set", "eth0", "up");
    hosts.push(new LanHost(place));
  }
  const close = () => {
    for (const host of hosts) host.close();
    bridge.kill("SIGKILL");
  };
  return { hosts, close };
}
