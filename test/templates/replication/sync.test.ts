import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { lsyncdConf } from "../../../templates/replication/lsyncd";
import { listing, rootTest, startTarget, type Target } from "../../support/replication";
import { needTool, toolEnv } from "../../support/tools";

/** The first member: its own directories, and the configuration that is deployed, put beside the test. */
function source(target: Target) {
  const at = (name: string) => join(target.sshd.dir, "source", name);
  for (const name of ["dynamic/sub", "certificates"]) mkdirSync(at(name), { recursive: true });
  writeFileSync(at("dynamic/routes.yml"), "the stack's own");
  writeFileSync(at("dynamic/acme.json"), "{}");
  writeFileSync(at("dynamic/.half"), "written");
  writeFileSync(at("dynamic/a.yml"), "a", { mode: 0o640 });
  writeFileSync(at("dynamic/sub/b.yml"), "b");
  symlinkSync("/etc/passwd", at("dynamic/link.yml"));
  writeFileSync(at("certificates/x.key"), "key", { mode: 0o644 });
  const { port, user } = target.sshd.connection;
  const conf = lsyncdConf({
    trees: target.trees.map((tree) => ({ ...tree, directory: at(tree.module) })),
    guardFile: at("dynamic/routes.yml"),
    targets: [{ address: "127.0.0.1", user, port }],
    keyFile: target.sshd.identity,
    knownHostsFile: join(target.sshd.dir, "home/known_hosts"),
    delaySec: 0.1,
  })
    .replace("/var/log/lsyncd.log", at("lsyncd.log"))
    .replace("/run/lsyncd.status", at("lsyncd.status"));
  writeFileSync(at("lsyncd.conf.lua"), conf);
  let child: ChildProcess | undefined;
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await gone;
  };
  onTestFinished(stop);
  const start = () => {
    const args = ["-nodaemon", at("lsyncd.conf.lua")];
    child = spawn("lsyncd", args, { stdio: "ignore", env: toolEnv });
  };
  const log = () => readFileSync(at("lsyncd.log"), "utf8");
  return { at: (name: string) => at(`dynamic/${name}`), start, stop, log };
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 100 });

rootTest(
  "the real lsyncd copies all that it should through the forced command, and repairs what drifted",
  async () => {
    needTool("lsyncd");
    const target = await startTarget({ rsync: process.env.ATTACKED_RSYNC });
    const { at, start, stop, log } = source(target);
    const there = (name: string) => join(target.dynamic, name);
    const text = (name: string) =>
      existsSync(there(name)) ? readFileSync(there(name), "utf8") : "";
    rmSync(there("linked.yml"));
    start();
    await soon(() =>
      expect([text("a.yml"), text("sub/b.yml"), text("../certificates/x.key")]).toEqual([
        "a",
        "b",
        "key",
      ]),
    );
    expect(listing(target.dynamic).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "a.yml 640",
      "out ->",
      "sub directory",
      "sub/b.yml 644",
      "up ->",
    ]);
    expect(listing(join(target.dynamic, "../certificates"))).toEqual([
      expect.stringMatching(/^x\.key 600 /),
    ]);

    // lsyncd watches only once both first copies are done.
    await soon(() => expect(log().match(/Startup of .* finished/g)).toHaveLength(2));
    writeFileSync(at("new.yml"), "new");
    writeFileSync(at("a.yml"), "changed");
    mkdirSync(at("deep/er"), { recursive: true });
    writeFileSync(at("deep/er/c.yml"), "c");
    await soon(() =>
      expect([text("new.yml"), text("a.yml"), text("deep/er/c.yml")]).toEqual([
        "new",
        "changed",
        "c",
      ]),
    );
    renameSync(at("new.yml"), at("renamed.yml"));
    renameSync(at("deep"), at("moved"));
    await soon(() => expect([text("renamed.yml"), text("moved/er/c.yml")]).toEqual(["new", "c"]));
    rmSync(at("a.yml"));
    writeFileSync(at("last.yml"), "last");
    await soon(() => expect(text("last.yml")).toBe("last"));
    expect(text("a.yml")).toBe("changed");

    await stop();
    rmSync(there("renamed.yml"));
    writeFileSync(there("last.yml"), "drifted");
    start();
    await soon(() => expect([text("renamed.yml"), text("last.yml")]).toEqual(["new", "last"]));
    expect(log()).not.toMatch(/refuse|exitcode: [1-9]|[Ee]rror/);
  },
  180_000,
);
