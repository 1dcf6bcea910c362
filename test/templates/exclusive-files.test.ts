import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hostFileScript } from "../../templates/host/host-file";
import { authorizeKey } from "../../templates/host/install";
import { rollbackScript } from "../../templates/host/rollback";

// What somebody put in the place of a temporary file, e.g. a link to a file of root, is not used.

let directory = "";
const at = (name: string) => join(directory, name);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "exclusive-"));
  mkdirSync(at("etc"));
  writeFileSync(at("victim"), "untouched");
});
afterEach(() => rmSync(directory, { recursive: true }));

const me = userInfo().username;
const group = spawnSync("id", ["-gn"], { encoding: "utf8" }).stdout.trim();
const env = () => ({ ...process.env, HOMELAB_HA_HISTORY: at("history"), HOME: at("home") });
const run = (script: string, input: string, shell = "sh") => {
  const { status, stderr } = spawnSync(shell, ["-c", script], {
    input,
    env: env(),
    encoding: "utf8",
  });
  return { status, stderr };
};
const put = (text: string, reload = "true") =>
  hostFileScript({
    host: "traefik",
    path: at("etc/a.conf"),
    sha256: createHash("sha256").update(text).digest("hex"),
    mode: "0644",
    owner: `${me}:${group}`,
    test: 'test -f "$NEW" && test ! -L "$NEW"',
    reload,
  });
const left = () => readdirSync(at("etc")).sort();
const done = { status: 0, stderr: "" };

test.each(["sh", "bash"])(
  "links in the place of temporary files are not followed by %s",
  (shell) => {
    for (const name of [".a.conf.new", ".a.conf.unread", ".a.conf.abcdef.new"]) {
      symlinkSync(at("victim"), at(`etc/${name}`));
    }
    expect(run(put("first"), "first", shell)).toEqual(done);
    expect(readFileSync(at("etc/a.conf"), "utf8")).toBe("first");
    expect(readFileSync(at("victim"), "utf8")).toBe("untouched");
    expect(left()).toEqual(["a.conf"]);
  },
);

test("a link that is put back all the time is not followed either", async () => {
  const names = [".a.conf.new", ".a.conf.unread"].map((name) => at(`etc/${name}`)).join(" ");
  const attack = `while :; do for name in ${names}; do ln -s ${at("victim")} "$name"; done; done`;
  const attacker = spawn("sh", ["-c", attack], { stdio: "ignore", detached: true });
  const processGroup = -(attacker.pid ?? Number.NaN);
  try {
    for (let turn = 0; turn < 15; turn++) run(put(`text ${turn}`), `text ${turn}`);
  } finally {
    process.kill(processGroup, "SIGKILL");
    // Its last `ln` may outlive the shell for a moment, and then keeps the directory from going.
    await vi.waitFor(() => expect(() => process.kill(processGroup, 0)).toThrow("ESRCH"), 10_000);
  }
  expect(readFileSync(at("victim"), "utf8")).toBe("untouched");
  expect(readFileSync(at("etc/a.conf"), "utf8")).toMatch(/^text \d+$/);
}, 60_000);

test("a reload that fails puts the old text back without following a link", () => {
  expect(run(put("old"), "old")).toEqual(done);
  const plant = `ln -sf ${at("victim")} ${at("etc/.a.conf.new")}; false`;
  expect(run(put("new", plant), "new").status).toBe(1);
  expect(readFileSync(at("etc/a.conf"), "utf8")).toBe("old");
  expect(readFileSync(at("victim"), "utf8")).toBe("untouched");
});

test("a roll-back follows no link", () => {
  expect(run(put("old"), "old")).toEqual(done);
  const { stdout } = spawnSync("date", ["+%s%N"], { encoding: "utf8" });
  expect(run(put("new"), "new")).toEqual(done);
  for (const name of [".a.conf.new", ".a.conf.unread"])
    symlinkSync(at("victim"), at(`etc/${name}`));
  expect(run(rollbackScript({ host: "traefik", to: stdout.trim() }), "")).toEqual(done);
  expect(readFileSync(at("etc/a.conf"), "utf8")).toBe("old");
  expect(readFileSync(at("victim"), "utf8")).toBe("untouched");
});

test("the list of keys is written to a file of its own", () => {
  mkdirSync(at("home/.ssh"), { recursive: true });
  symlinkSync(at("victim"), at("home/.ssh/authorized_keys.new"));
  const key = `ssh-ed25519 ${"A".repeat(68)}\n`;
  expect(run(authorizeKey("192.168.1.110", "/usr/local/bin/x.sh"), key)).toEqual(done);
  expect(readFileSync(at("home/.ssh/authorized_keys"), "utf8")).toContain("restrict,from=");
  expect(readFileSync(at("victim"), "utf8")).toBe("untouched");
});

test("what a killed run left is gone after the next one", () => {
  writeFileSync(at("etc/.a.conf.Ab3dEf.new"), "half");
  expect(run(put("text"), "text")).toEqual(done);
  expect(existsSync(at("etc/.a.conf.Ab3dEf.new"))).toBe(false);
});
