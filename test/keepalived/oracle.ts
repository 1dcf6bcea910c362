import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { MAIN_FILE } from "../../model/keepalived/host";
import { toolEnv } from "../support/tools";

/** Options of setpriv: the program is killed with the run, however that ends. */
export const DIES = ["--pdeathsig", "KILL"] as const;

/** What the real daemon made of a file: its own dump, line by line, or that it ended. */
export interface DaemonReading {
  refused: boolean;
  /** Every line that it logged, without the time. */
  log: string[];
}

/** Interfaces and addresses of the namespace that files are read in. */
export const addresses: Readonly<Record<string, Partial<Record<4 | 6, string>>>> = {
  eth0: { 4: "192.168.1.110", 6: "fd00:0:0:1::110" },
  eth1: { 4: "10.99.0.1" },
};

/** Where nothing of the machine's own is seen, so that files and scripts may be put there. */
const folders = ["/etc/keepalived", "/usr/local/bin", "/opt", "/run"];

const setUp = `
set -e
for dir in ${folders.join(" ")}; do mkdir -p $dir; mount -t tmpfs tmpfs $dir; done
ip link set lo up
sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.addr_gen_mode=1
for link in eth0 eth1; do
  ip link add $link type veth peer name p$link
  ip link set $link up; ip link set p$link up
done
ip addr add 192.168.1.110/24 dev eth0
ip addr add fd00:0:0:1::110/64 dev eth0 nodad
ip addr add 10.99.0.1/24 dev eth1
echo ready
exec sleep infinity
`;

/** A place with interfaces of its own, in which one daemon at a time reads a file. */
export class Oracle {
  private runs = 0;

  private constructor(private readonly holder: ChildProcess) {}

  static async open(): Promise<Oracle> {
    const holder = spawn("setpriv", [...DIES, "unshare", "--net", "--mount", "sh", "-c", setUp], {
      stdio: ["ignore", "pipe", "pipe"],
      env: toolEnv,
    });
    await new Promise<void>((resolve, reject) => {
      let told = "";
      holder.stdout?.once("data", () => resolve());
      holder.stderr?.on("data", (data) => {
        told += data;
      });
      holder.once("exit", () => reject(new Error(`no network namespace could be made: ${told}`)));
    });
    return new Oracle(holder);
  }

  close(): void {
    this.holder.kill("SIGKILL");
  }

  /** Brings files to the place by their absolute path; scripts can be run. */
  bring(files: ReadonlyMap<string, string>, mode = 0o644): void {
    for (const [path, text] of files) {
      const inside = `/proc/${this.holder.pid}/root${path}`;
      mkdirSync(dirname(inside), { recursive: true });
      writeFileSync(inside, text, { mode });
    }
  }

  remove(paths: Iterable<string>): void {
    for (const path of paths) rmSync(`/proc/${this.holder.pid}/root${path}`, { force: true });
  }

  /**
   * Has the daemon read a file, until it has dumped what it understood.
   *
   * @param name the host's name, which lines with `@` are for
   */
  async read(
    text: string,
    { name = "alpha", program = "keepalived" }: { name?: string; program?: string } = {},
  ): Promise<DaemonReading> {
    this.bring(new Map([[MAIN_FILE, text]]));
    const pid = `/opt/run-${++this.runs}`;
    const namespaces = ["-t", `${this.holder.pid}`, "-n", "-m"];
    const options = ["--vrrp", "--dont-fork", "--dont-respawn", "--log-console", "--no-syslog"];
    const daemon = spawn(
      "setpriv",
      [
        ...DIES,
        "nsenter",
        ...namespaces,
        program,
        ...options,
        ...["--dump-conf", "-f", MAIN_FILE, "-p", `${pid}.pid`, "-r", `${pid}-vrrp.pid`],
        ...["-i", name],
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: toolEnv },
    );
    const log: string[] = [];
    let child = 0;
    let dumped = false;
    const ended = new Promise<void>((resolve) => daemon.once("close", () => resolve()));
    const kill = () => {
      for (const one of [child, daemon.pid ?? 0]) {
        try {
          if (one > 0) process.kill(one, "SIGKILL");
        } catch {
          // It ended by itself.
        }
      }
    };
    const hung = setTimeout(kill, 30_000);
    for (const stream of [daemon.stdout, daemon.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const words = line.replace(/^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}: /, "");
        log.push(words);
        child = Number(/^Starting VRRP child process, pid=(\d+)/.exec(words)?.[1] ?? child);
        if (!words.startsWith("------< Interfaces") || dumped) return;
        dumped = true;
        kill();
      });
    }
    await ended;
    clearTimeout(hung);
    if (!dumped && !log.some((line) => /CONFIG|Terminating|Stopped/.test(line))) {
      throw new Error(`keepalived said nothing that is understood: ${log.join("\n")}`);
    }
    return { refused: !dumped, log };
  }
}

/** Why no daemon can be asked here; undefined where it can. */
export function whyNoOracle(): string | undefined {
  if (process.getuid?.() !== 0) return "it wants root, for network namespaces";
  if (spawnSync("unshare", ["--net", "true"]).status !== 0)
    return "no network namespace can be made";
  if (spawnSync("keepalived", ["--version"], { env: toolEnv }).status !== 0)
    return "keepalived is not installed";
  return undefined;
}
