import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fullSyncTimer, keepalivedDropIn, lsyncdUnit, unit } from "../../templates/host/systemd";
import { type CopyTimes, copyCommand, lsyncdConf } from "../../templates/replication/lsyncd";
import { lsyncd } from "../support/template-data";

test("nothing is deleted on a target, and one that is down does not end lsyncd", () => {
  const text = lsyncdConf(lsyncd);
  expect(text).toContain("delete = false,");
  expect(text).toContain("insist = true,");
});

test("acme.json, half-written files and the stack's own files stay at home", () => {
  expect(lsyncdConf(lsyncd)).toContain(
    'exclude = { "/routes.yml", "/certificates.yml", "acme.json", ".*" }',
  );
});

test("only the options that the other side takes are sent, and no link", () => {
  const text = lsyncdConf(lsyncd);
  for (const setting of ["protect_args = false", "links = false", "perms = true"]) {
    expect(text.split(`${setting},`)).toHaveLength(3);
  }
  expect(text).not.toMatch(/^ *(owner|group|chmod)/m);
});

/** What lsyncd is told of an rsync that ends so. */
function told(ending: string, times?: CopyTimes) {
  const dir = mkdtempSync(join(tmpdir(), "copy-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const rsync = join(dir, "rsync");
  writeFileSync(rsync, `#!/bin/sh\necho "$#"; cat; ${ending}\n`, { mode: 0o755 });
  const script = copyCommand(times).replace("/usr/bin/rsync", rsync);
  const args = ["-c", script, "rsync.sh", "--include-from=-", "a b"];
  const { status, stdout } = spawnSync("sh", args, { input: "filters", encoding: "utf8" });
  expect(stdout).toBe("2\nfilters");
  return status;
}

test.each([
  ["exit 0", 0],
  ["exit 1", 1],
  ["exit 12", 12],
  ["exit 24", 24],
  ["exit 255", 12],
  ["kill -9 $$", 12],
  ["kill -11 $$", 12],
  ["exit 23", 12],
])("lsyncd hears of an rsync with `%s` as %i", (ending, status) => {
  expect(told(ending, { againSec: 0 })).toBe(status);
});

test("an rsync that does not end is ended, and its copy made again", () => {
  expect(told("exec sleep 60", { limitSec: 0.2 })).toBe(12);
});

test("targets are reached with pinned host keys only, one block each", () => {
  const target = { address: "192.168.1.104", user: "root", port: 2222 };
  const trees = lsyncd.trees.slice(0, 1);
  const text = lsyncdConf({ ...lsyncd, trees, targets: [...lsyncd.targets, target] });
  expect(text.match(/^sync \{$/gm)).toHaveLength(2);
  expect(text.match(/StrictHostKeyChecking=yes/g)).toHaveLength(2);
  expect(text).toContain("ssh -p 2222 ");
  expect(text).toContain('target = "root@192.168.1.104::dynamic/"');
});

const tree = { module: "x", directory: "/etc/x", exclude: [], chmod: "F600" };

const hostile = {
  module: { ...lsyncd, trees: [{ ...tree, module: 'x" .. os.exit()' }] },
  directory: { ...lsyncd, trees: [{ ...tree, directory: '/etc/x"; os.execute("id")' }] },
  exclude: { ...lsyncd, trees: [{ ...tree, exclude: ['"}, os.exit()'] }] },
  guard: { ...lsyncd, guardFile: '/x" .. os.exit()' },
  address: { ...lsyncd, targets: [{ address: '1" .. x', user: "root", port: 22 }] },
  user: { ...lsyncd, targets: [{ address: "1.2.3.4", user: "root -o", port: 22 }] },
  "key file": { ...lsyncd, keyFile: "/key -o ProxyCommand=id" },
  "known hosts file": { ...lsyncd, knownHostsFile: "/dev/null -o x" },
};

test.each(Object.entries(hostile))("rejects a hostile %s", (_, conf) => {
  expect(() => lsyncdConf(conf)).toThrow(/: found ".*", expected /);
});

test("lsyncd starts only where the stack's own file is, and compares everything regularly", () => {
  expect(lsyncdUnit("/etc/traefik/dynamic/routes.yml")).toContain(
    "ExecStartPre=/usr/bin/test -s /etc/traefik/dynamic/routes.yml\n",
  );
  expect(fullSyncTimer(30)).toContain("OnUnitActiveSec=30min\n");
});

test("systemd brings a killed keepalived back, however often", () => {
  expect(keepalivedDropIn()).toContain("StartLimitIntervalSec=0\n");
  expect(keepalivedDropIn()).toContain("Restart=on-failure\n");
});

test("rejects a setting with a line break", () => {
  expect(() => unit("x", { Service: { ExecStart: "/bin/true\nExecStartPre=/bin/id" } })).toThrow(
    "expected one line of text",
  );
});
