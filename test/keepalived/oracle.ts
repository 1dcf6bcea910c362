import { spawnSync } from "node:child_process";
import { MAIN_FILE } from "../../model/keepalived/host";
import { toolEnv } from "../support/tools";
import { FOREGROUND, Place } from "./place";

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

const setUp = `
sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.addr_gen_mode=1
for link in eth0 eth1; do
  ip link add $link type veth peer name p$link
  ip link set $link up; ip link set p$link up
done
ip addr add 192.168.1.110/24 dev eth0
ip addr add fd00:0:0:1::110/64 dev eth0 nodad
ip addr add 10.99.0.1/24 dev eth1
`;

/** A place with interfaces of its own, in which one daemon at a time reads a file. */
export class Oracle {
  private runs = 0;

  private constructor(private readonly place: Place) {}

  static async open(): Promise<Oracle> {
    return new Oracle(await Place.open(setUp));
  }

  close(): void {
    this.place.close();
  }

  bring(files: ReadonlyMap<string, string>, mode?: number): void {
    this.place.bring(files, mode);
  }

  remove(paths: Iterable<string>): void {
    this.place.remove(paths);
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
    this.place.bring(new Map([[MAIN_FILE, text]]));
    const pid = `/opt/run-${++this.runs}`;
    const files = ["-f", MAIN_FILE, "-p", `${pid}.pid`, "-r", `${pid}-vrrp.pid`];
    const log: string[] = [];
    let dumped = false;
    const daemon = this.place.start(
      program,
      [...FOREGROUND, "--dump-conf", ...files, "-i", name],
      (line) => {
        const words = line.replace(/^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}: /, "");
        log.push(words);
        if (!words.startsWith("------< Interfaces") || dumped) return;
        dumped = true;
        daemon.kill();
      },
    );
    const hung = setTimeout(() => daemon.kill(), 30_000);
    await daemon.ended;
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
