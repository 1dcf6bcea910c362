import { execFileSync } from "node:child_process";
import { MAIN_FILE } from "../../model/keepalived/host";
import { toolEnv } from "../support/tools";
import { type Daemon, FOREGROUND, Place } from "./place";

/** Makes the check of a host fail while it is there. */
const FAIL = "/run/fail";
const check = new Map([["/usr/local/bin/check", `#!/bin/sh\ntest ! -e ${FAIL}\n`]]);

/** A host with a keepalived of its own. */
export class LanHost {
  /** Last state of its instance, as the daemon logs it. */
  state = "";
  readonly log: string[] = [];
  private daemon: Daemon | undefined;

  constructor(private readonly place: Place) {}

  /** @param again whether it is started again when it ends, as systemd does. @default it stays away */
  start(text: string, again = false): void {
    this.place.bring(new Map([[MAIN_FILE, text]]));
    this.place.bring(check, 0o755);
    const files = ["-f", MAIN_FILE, "-p", "/run/keepalived.pid", "-r", "/run/vrrp.pid"];
    const command = ["keepalived", ...FOREGROUND, ...files];
    const [program = "", ...args] = again
      ? ["bash", "-c", 'while :; do "$@"; sleep 0.1; done', "-", ...command]
      : command;
    this.daemon = this.place.start(program, args, (line) => {
      this.log.push(line);
      this.state = /Entering (MASTER|BACKUP|FAULT) STATE/.exec(line)?.[1] ?? this.state;
    });
    void this.daemon.ended.then(() => {
      this.state = "";
    });
  }

  /** Brings files to the host by their absolute path. */
  bring(files: ReadonlyMap<string, string>, mode?: number): void {
    this.place.bring(files, mode);
  }

  /** Starts another daemon on the host; it ends with the host. */
  serve(program: string, args: readonly string[], onLine: (line: string) => void): void {
    this.place.start(program, args, onLine);
  }

  /** Lets the check fail, or succeed again. */
  fail(now: boolean): void {
    if (now) this.place.bring(new Map([[FAIL, ""]]));
    else this.place.remove([FAIL]);
  }

  /** The host dies: no daemon that could say so. */
  die(): void {
    this.daemon?.kill();
    this.state = "";
  }

  /** Runs a shell script on the host; returns what it prints. */
  run(script: string): string {
    const { pid } = this.place;
    // Its own /proc knows the processes of the host only.
    const processes = `--pid=/proc/${pid}/ns/pid_for_children`;
    const inside = ["-t", `${pid}`, "-n", "-m", processes, "bash", "-c", script];
    return execFileSync("nsenter", inside, { env: toolEnv, encoding: "utf8" });
  }

  close(): void {
    this.die();
    this.place.close();
  }
}

/** Hosts on one bridge, each with one address of either family. */
export async function lan(
  addresses: readonly string[],
): Promise<{ hosts: LanHost[]; close(): void }> {
  const bridge = await Place.open("ip link add br0 type bridge; ip link set br0 up");
  const inside = (pid: number, ...command: string[]) =>
    execFileSync("nsenter", ["-t", `${pid}`, "-n", ...command], { env: toolEnv });
  const hosts: LanHost[] = [];
  for (const [index, address] of addresses.entries()) {
    const place = await Place.open("");
    const port = `m${index}`;
    const peer = ["peer", "name", "eth0", "netns", `${place.pid}`];
    inside(bridge.pid, "ip", "link", "add", port, "type", "veth", ...peer);
    inside(bridge.pid, "ip", "link", "set", port, "master", "br0", "up");
    // While a duplicate is looked for, an IPv6 address is no source of adverts.
    const own = address.includes(":") ? [`${address}/64`, "nodad"] : [`${address}/24`];
    inside(place.pid, "ip", "addr", "add", ...own, "dev", "eth0");
    inside(place.pid, "ip", "link", "set", "eth0", "up");
    hosts.push(new LanHost(place));
  }
  const close = () => {
    for (const host of hosts) host.close();
    bridge.close();
  };
  return { hosts, close };
}
