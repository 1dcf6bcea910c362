import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectionTo, hostCommand, hostFile } from "../../components/shared/host-files";
import type { Transform } from "../../components/shared/transform";
import { type HostFileScript, hostFileScript } from "../../templates/host/host-file";
import { pick, record } from "./recorder";

let directory = "";
let history = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "host-files-"));
  history = mkdtempSync(join(tmpdir(), "history-"));
  vi.stubEnv("HOMELAB_HA_HISTORY", history);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
  rmSync(history, { recursive: true });
});

const at = (name: string) => join(directory, name);
const live = () => readFileSync(at("daemon.conf"), "utf8");
const reloads = () => (existsSync(at("reloads")) ? readFileSync(at("reloads"), "utf8").length : 0);
const sum = (text: string) => createHash("sha256").update(text).digest("hex");
const owner = spawnSync("id", ["-un"]).stdout.toString().trim();
const group = spawnSync("id", ["-gn"]).stdout.toString().trim();

/** A file whose daemon refuses the word "bad", and counts its reloads. */
function script(content: string, change: Partial<HostFileScript> = {}): string {
  return hostFileScript({
    host: "traefik-2",
    path: at("daemon.conf"),
    sha256: sum(content),
    mode: "0640",
    owner: `${owner}:${group}`,
    test: 'if grep -q bad "$NEW"; then echo "line 1: bad is not a word"; exit 5; fi',
    reload: `printf x >>${at("reloads")}`,
    ...change,
  });
}

/** Runs the script as the SSH server does: one string for the login shell. */
function run(content: string, change: Partial<HostFileScript> = {}, stdin = content) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script(content, change)], {
    input: stdin,
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const done = { status: 0, stdout: "", stderr: "" };

test("a new file gets its text, mode and owner, and the daemon is told", () => {
  expect(run("good\n")).toEqual(done);
  expect(live()).toBe("good\n");
  expect((statSync(at("daemon.conf")).mode & 0o7777).toString(8)).toBe("640");
  expect(reloads()).toBe(1);
  expect(readdirSync(directory).sort()).toEqual(["daemon.conf", "reloads"]);
});

test("a directory that is missing is made, readable for its daemon", () => {
  expect(run("good\n", { path: at("a/b/daemon.conf") })).toEqual(done);
  expect((statSync(at("a/b")).mode & 0o777).toString(8)).toBe("755");
});

test("the same text again does nothing and tells nobody", () => {
  run("good\n");
  const { ino, mtimeMs } = statSync(at("daemon.conf"));
  expect(run("good\n")).toEqual(done);
  expect(statSync(at("daemon.conf"))).toMatchObject({ ino, mtimeMs });
  expect(reloads()).toBe(1);
});

test("a mode that was changed by hand, and a link in place of the file, are put right", () => {
  run("good\n");
  chmodSync(at("daemon.conf"), 0o666);
  expect(run("good\n")).toEqual(done);
  expect((statSync(at("daemon.conf")).mode & 0o777).toString(8)).toBe("640");
  rmSync(at("daemon.conf"));
  writeFileSync(at("elsewhere"), "good\n");
  symlinkSync(at("elsewhere"), at("daemon.conf"));
  expect(run("good\n")).toEqual(done);
  writeFileSync(at("elsewhere"), "changed");
  expect(live()).toBe("good\n");
});

test("rejects what the daemon refuses: the old file stays and the words name host and file", () => {
  run("good\n");
  expect(run("bad\n")).toEqual({
    status: 1,
    stdout: "",
    stderr: `traefik-2: ${at("daemon.conf")}: its daemon refuses the new text; the old file stays: line 1: bad is not a word\n`,
  });
  expect(live()).toBe("good\n");
  expect(reloads()).toBe(1);
  expect(readdirSync(directory).sort()).toEqual(["daemon.conf", "reloads"]);
});

test("rejects a text while the program that judges it is missing, and takes it once it is back", () => {
  run("good\n");
  const judged = { test: `${at("judge")} "$NEW"` };
  const { status, stderr } = run("better\n", judged);
  expect({ status, stderr: stderr.replace(/sh: \d+:/, "sh: LINE:") }).toEqual({
    status: 1,
    stderr: `traefik-2: ${at("daemon.conf")}: it cannot be tested, so the old file stays; put back what is missing, then run up again: sh: LINE: ${at("judge")}: not found\n`,
  });
  expect(live()).toBe("good\n");
  writeFileSync(at("judge"), "#!/bin/sh\n", { mode: 0o755 });
  expect(run("better\n", judged)).toEqual(done);
  expect(live()).toBe("better\n");
});

/** Runs a script where a folder has no room left, in a mount namespace of its own. */
function runOnFullDisk(folder: string, text: string) {
  // Everything outside the folder is the real disk: what is there before stays readable on the full one.
  const mount = `set -eu
tar -C ${folder} -cf ${at("kept.tar")} .
mount -t tmpfs -o size=64k none ${folder}
tar -C ${folder} -xf ${at("kept.tar")}
cat /dev/zero >${folder}/filler 2>/dev/null || true
status=0
sh -c "$1" || status=$?
cat ${at("conf.d")}/daemon.conf
ls -A ${folder}
exit $status`;
  const file = { path: at("conf.d/daemon.conf") };
  const args = ["-rm", "sh", "-c", mount, "sh", script(text, file)];
  const { status, stdout, stderr } = spawnSync("unshare", args, { input: text });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

test("rejects a text for which there is no room, keeps the old one and leaves nothing behind", () => {
  const file = { path: at("conf.d/daemon.conf") };
  expect(run("good\n", file)).toEqual(done);
  expect(runOnFullDisk(at("conf.d"), "better\n")).toEqual({
    status: 1,
    stdout: "good\ndaemon.conf\nfiller\n",
    stderr: `traefik-2: ${at("conf.d/daemon.conf")}: the text cannot be stored; the old file stays: cat: write error: No space left on device\n`,
  });
  expect(run("better\n", file)).toEqual(done);
  expect(readFileSync(at("conf.d/daemon.conf"), "utf8")).toBe("better\n");
});

test("rejects a text while there is no room for the one that it replaces", () => {
  const file = { path: at("conf.d/daemon.conf") };
  run("good\n", file);
  const { status, stdout, stderr } = runOnFullDisk(history, "better\n");
  expect({ status, live: stdout.split("\n")[0] }).toEqual({ status: 1, live: "good" });
  expect(stderr).toMatch(
    /^traefik-2: \S+\/conf.d\/daemon.conf: the old version cannot be kept, so the old file stays: .*No space left on device\n$/,
  );
  expect(run("better\n", file)).toEqual(done);
});

test("rejects a text that arrived incomplete", () => {
  run("good\n");
  expect(run("a longer good text\n", {}, "a longer go")).toEqual({
    status: 1,
    stdout: "",
    stderr: `traefik-2: ${at("daemon.conf")}: the text arrived incomplete; the old file stays\n`,
  });
  expect(live()).toBe("good\n");
});

test("a first text whose reload fails is an error, and the next run tries the reload again", () => {
  expect(run("good\n", { reload: "echo no such unit; exit 1" })).toEqual({
    status: 1,
    stdout: "",
    stderr: `traefik-2: ${at("daemon.conf")}: the new text is in place, but the reload failed: no such unit\n`,
  });
  expect(run("good\n")).toEqual(done);
  expect(reloads()).toBe(1);
});

test("a text whose reload fails makes way for the old one, with which the daemon is told again", () => {
  run("good\n", { mode: "0600" });
  const versions = () => readdirSync(join(history, at("daemon.conf"))).sort();
  const before = versions();
  const reload = `printf x >>${at("reloads")}; grep -q good ${at("daemon.conf")} || { echo "better is too new"; exit 1; }`;
  expect(run("better\n", { reload })).toEqual({
    status: 1,
    stdout: "",
    stderr: `traefik-2: ${at("daemon.conf")}: the reload failed, so the old text is back: better is too new\n`,
  });
  expect(live()).toBe("good\n");
  expect((statSync(at("daemon.conf")).mode & 0o777).toString(8)).toBe("600");
  expect(reloads()).toBe(3);
  expect(versions()).toEqual(before);
  expect(readdirSync(directory).sort()).toEqual(["daemon.conf", "reloads"]);
  expect(run("better\n")).toEqual(done);
  expect([live(), reloads()]).toEqual(["better\n", 4]);
});

test("a daemon that takes neither text has the old one, and is told of it by the next run", () => {
  run("good\n");
  expect(run("better\n", { reload: "echo no such unit; exit 1" }).stderr).toBe(
    `traefik-2: ${at("daemon.conf")}: the reload failed, also with the old text, which is back: no such unit\n`,
  );
  expect(live()).toBe("good\n");
  expect(run("good\n")).toEqual(done);
  expect(reloads()).toBe(2);
});

test("a run killed before the swap leaves the old file, and the next one finishes", async () => {
  run("good\n");
  const slow = { test: `: >${at("testing")}; sleep 30` };
  const child = spawn("sh", ["-c", script("better\n", slow)], { detached: true });
  child.stdin.end("better\n");
  await vi.waitFor(() => expect(existsSync(at("testing"))).toBe(true), 5000);
  process.kill(-Number(child.pid), "SIGKILL");
  await once(child, "exit");
  expect(live()).toBe("good\n");
  expect(run("better\n")).toEqual(done);
  expect(live()).toBe("better\n");
  expect(readdirSync(directory).sort()).toEqual(["daemon.conf", "reloads", "testing"]);
});

test("a run killed between the swap and the reload is made up for by the next one", async () => {
  const child = spawn("sh", ["-c", script("good\n", { reload: `: >${at("in")}; sleep 30` })], {
    detached: true,
  });
  child.stdin.end("good\n");
  await vi.waitFor(() => expect(existsSync(at("in"))).toBe(true), 5000);
  process.kill(-Number(child.pid), "SIGKILL");
  await once(child, "exit");
  expect(live()).toBe("good\n");
  expect(run("good\n")).toEqual(done);
  expect(reloads()).toBe(1);
});

test("rejects a mode, an owner and a command that would not mean what they say", () => {
  expect(() => script("x", { mode: "644" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: mode: found "644", expected four octal digits such as 0644]`,
  );
  expect(() => script("x", { owner: "root" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: owner: found "root", expected user:group, e.g. root:root]`,
  );
  expect(() => script("x", { test: "true\nrm" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: test: expected text without control characters]`,
  );
  expect(() => script("x", { path: "/etc/a b" })).toThrow('path: found "/etc/a b"');
});

const host = {
  name: "traefik-2",
  address: "192.168.1.103",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA",
};

test("a plain file is one command with readable text and no secret in it", async () => {
  const { resources } = await record(() =>
    hostFile(
      "conf",
      {
        host: host.name,
        connection: connectionTo(host, { user: "root", port: 22 }),
        path: "/etc/keepalived/keepalived.conf",
        content: "vrrp_instance traefik {\n}\n",
      },
      {},
    ),
  );
  const { inputs } = pick(resources, "remote:Command", "conf");
  expect(inputs).toEqual({
    connection: {
      secret: {
        host: host.address,
        hostKey: host.hostKey,
        port: 22,
        user: "root",
        dialErrorLimit: 10,
        perDialTimeout: 15,
      },
    },
    create: inputs.update,
    update: inputs.update,
    stdin: "vrrp_instance traefik {\n}\n",
    addPreviousOutputInEnv: false,
  });
  expect(String(inputs.create).split("\n")[0]).toBe(
    `# file /etc/keepalived/keepalived.conf on traefik-2, sha256 ${sum("vrrp_instance traefik {\n}\n")}`,
  );
});

test("a secret text and the private key stay secret, and so does what is derived from them", async () => {
  const { resources } = await record(() => {
    const file = hostFile(
      "conf",
      {
        host: host.name,
        connection: connectionTo(host, { user: "root", port: 22, privateKey: "PRIVATE" }),
        path: "/etc/haproxy/haproxy.cfg",
        content: pulumi.secret("user stats insecure-password x\n"),
        mode: "0600",
      },
      {},
    );
    hostCommand(
      "health",
      {
        connection: connectionTo(host, { user: "root", port: 22 }),
        script: "true",
        runAgainOn: { "haproxy.cfg": file.sha256 },
      },
      {},
    );
  });
  const { connection, stdin, create } = pick(resources, "remote:Command", "conf").inputs;
  expect(stdin).toEqual({ secret: "user stats insecure-password x\n" });
  expect(connection).toMatchObject({ secret: { privateKey: expect.anything() } });
  expect(create).toMatchObject({ secret: expect.stringContaining("chmod 0600") });
  expect(pick(resources, "remote:Command", "health").inputs.triggers).toEqual({
    secret: [`haproxy.cfg: ${sum("user stats insecure-password x\n")}`],
  });
});

test("a text that a transform changed is a text of its own: its checksum is expected and passed on", async () => {
  const changes: Transform<CommandArgs>[] = [
    { stdin: "two\n" },
    (args) => ({ ...args, stdin: pulumi.interpolate`two\n` }),
  ];
  for (const change of changes) {
    const { resources } = await record(() => {
      const connection = connectionTo(host, { user: "root", port: 22 });
      const text = { host: host.name, connection, path: "/etc/a.conf", content: "one\n" };
      const file = hostFile("conf", text, {}, change);
      const runAgainOn = { "a.conf": file.sha256 };
      hostCommand("health", { connection, script: "true", runAgainOn }, {});
    });
    const { stdin, create, update } = pick(resources, "remote:Command", "conf").inputs;
    expect(stdin).toBe("two\n");
    expect(create).toBe(update);
    expect(String(create)).toContain(`sha256 ${sum("two\n")}\n`);
    expect(String(create)).not.toContain(sum("one\n"));
    expect(pick(resources, "remote:Command", "health").inputs.triggers).toEqual([
      `a.conf: ${sum("two\n")}`,
    ]);
  }
});

test("a transform has the last word", async () => {
  const { resources } = await record(() =>
    hostCommand(
      "health",
      { connection: connectionTo(host, { user: "root", port: 22 }), script: "true" },
      {},
      { update: "false" },
    ),
  );
  expect(pick(resources, "remote:Command", "health").inputs).toMatchObject({
    create: "true",
    update: "false",
  });
});
