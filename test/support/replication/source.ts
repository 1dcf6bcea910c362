import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import {
  COPY_COMMAND_FILE,
  type CopyTimes,
  copyCommand,
  LSYNCD_RUNTIME,
  lsyncdConf,
  SILENT_SEC,
} from "../../../templates/replication/lsyncd";
import { needTool, runTool, toolEnv } from "../tools";
import type { Target } from "./target";

/**
 * The first member: its own directories, and the configuration that is deployed, put beside the test.
 *
 * @param via port of something between the members. @default none
 * @param times `silentSec`: how long a target may be silent. @default as deployed
 */
export function startSource(
  target: Target,
  via?: number,
  times: CopyTimes & { silentSec?: number } = {},
) {
  needTool("lsyncd");
  const at = (name: string) => join(target.sshd.dir, "source", name);
  for (const name of ["dynamic/sub", "certificates", "run"])
    mkdirSync(at(name), { recursive: true });
  writeFileSync(at("dynamic/routes.yml"), "the stack's own");
  writeFileSync(at("dynamic/acme.json"), "{}");
  writeFileSync(at("dynamic/.half"), "written");
  writeFileSync(at("dynamic/a.yml"), "a", { mode: 0o640 });
  writeFileSync(at("dynamic/sub/b.yml"), "b");
  symlinkSync("/etc/passwd", at("dynamic/link.yml"));
  writeFileSync(at("certificates/x.key"), "key", { mode: 0o644 });
  const { user } = target.sshd.connection;
  const port = via ?? target.sshd.connection.port;
  const conf = lsyncdConf({
    trees: target.trees.map((tree) => ({ ...tree, directory: at(tree.module) })),
    guardFile: at("dynamic/routes.yml"),
    targets: [{ address: "127.0.0.1", user, port }],
    keyFile: target.sshd.identity,
    knownHostsFile: join(target.sshd.dir, "home/known_hosts"),
    delaySec: 0.1,
  })
    .replace("/var/log/lsyncd.log", at("lsyncd.log"))
    .replace("/run/lsyncd.status", at("lsyncd.status"))
    .replaceAll(`/run/${LSYNCD_RUNTIME}`, at("run"))
    .replaceAll(COPY_COMMAND_FILE, at("rsync.sh"))
    .replaceAll(`timeout = ${SILENT_SEC}`, `timeout = ${times.silentSec ?? SILENT_SEC}`)
    .replaceAll("ServerAliveInterval=5", "ServerAliveInterval=1");
  writeFileSync(at("lsyncd.conf.lua"), conf);
  writeFileSync(at("rsync.sh"), copyCommand(times), { mode: 0o755 });
  let child: ChildProcess | undefined;
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await gone;
    // On a member systemd ends what the unit left running.
    for (const socket of readdirSync(at("run"))) {
      runTool("ssh", ["-o", `ControlPath=${at("run")}/${socket}`, "-O", "exit", "127.0.0.1"]);
    }
  };
  onTestFinished(stop);
  const start = () => {
    const args = ["-nodaemon", at("lsyncd.conf.lua")];
    child = spawn("lsyncd", args, { stdio: "ignore", env: toolEnv });
  };
  const log = () => readFileSync(at("lsyncd.log"), "utf8");
  return { at: (name: string) => at(`dynamic/${name}`), start, stop, log };
}

/** Waits until a copy has done what it should. */
export const soon = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 100 });
