import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { needTool, runTool, toolEnv } from "../tools";

/** Name that both resolvers answer by themselves, and its address. */
export const LOCAL = { name: "router.home.arpa", address: "192.168.1.1" };

/** Name for which unbound asks a server that is not there: SERVFAIL. */
export const ELSEWHERE = "www.example.org";

const programs = {
  dnsmasq: (port: number) => ({
    args: [
      ...[
        "--keep-in-foreground",
        "--no-resolv",
        "--no-hosts",
        "--conf-file=/dev/null",
        "--user=root",
      ],
      ...[`--port=${port}`, "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file="],
      `--address=/${LOCAL.name}/${LOCAL.address}`,
    ],
    conf: "",
  }),
  unbound: (port: number, folder: string) => ({
    args: ["-d", "-p", "-c", join(folder, "unbound.conf")],
    conf: `server:
  interface: 127.0.0.1
  port: ${port}
  do-daemonize: no
  username: ""
  chroot: ""
  use-syslog: no
  logfile: ""
  directory: "${folder}"
  module-config: "iterator"
  do-not-query-localhost: no
  local-data: "${LOCAL.name}. A ${LOCAL.address}"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@1
`,
  }),
};

/** A resolver of Debian on a port of 127.0.0.1, until the test ends. */
export async function resolver(
  program: keyof typeof programs,
  port: number,
): Promise<ChildProcess> {
  needTool(program);
  const folder = mkdtempSync(join(tmpdir(), "resolver-"));
  const { args, conf } = programs[program](port, folder);
  writeFileSync(join(folder, "unbound.conf"), conf);
  const daemon = spawn(program, args, { env: toolEnv, stdio: "ignore", detached: true });
  onTestFinished(async () => {
    if (daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill("SIGKILL");
      await once(daemon, "exit");
    }
    rmSync(folder, { recursive: true });
  });
  await vi.waitFor(
    () => {
      const { output } = runTool("dig", [
        "-r",
        "@127.0.0.1",
        "-p",
        `${port}`,
        LOCAL.name,
        "+short",
        "+time=1",
        "+tries=1",
      ]);
      if (!output.startsWith(LOCAL.address))
        throw new Error(`${program} does not answer: ${output}`);
    },
    { timeout: 20_000, interval: 100 },
  );
  return daemon;
}
