import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type TarEntry, writeTar } from "../../../model/backup/tar";
import { restoreScript } from "../../../templates/host/restore";

const CONF = "etc/keepalived/keepalived.conf";
const ODD = String.raw`etc/keepalived/a\134b.conf`;

/** Programs of the host; each writes down how it was called. */
const stubs: Record<string, string> = {
  systemctl: 'echo "$*" >>"$HOST/asked"',
  keepalived: "true",
};

/** A host on which keepalived runs with old files, and a restore of new ones. */
function host(change: Record<string, string> = {}) {
  const dir = mkdtempSync(join(tmpdir(), "homelab-restore-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode });
  };
  put(`root/${CONF}`, "old\n");
  put(`root/${ODD}`, "old\n");
  for (const [name, body] of Object.entries({ ...stubs, ...change })) {
    put(`bin/${name}`, `#!/bin/sh\n${body}\n`, 0o755);
  }
  const entry = (path: string): TarEntry => ({
    path,
    kind: "file",
    mode: 0o644,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    mtime: 0,
    content: Buffer.from("new\n"),
  });
  const paths = [CONF, ODD, "etc/keepalived/new.conf"];
  const archive = writeTar(paths.map(entry));
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const script = restoreScript({ host: "traefik", sha256, paths, units: ["keepalived"] });
  const start = (stdin: string | Buffer = archive.toString("base64")): ChildProcess => {
    const child = spawn("sh", ["-c", script], {
      env: { HOST: dir, HOMELAB_HA_ROOT: join(dir, "root"), PATH: `${dir}/bin:/usr/bin:/bin` },
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
    return child;
  };
  const files = () =>
    Object.fromEntries(
      readdirSync(join(dir, "root/etc/keepalived")).map((name) => [
        name,
        readFileSync(join(dir, "root/etc/keepalived", name), "utf8").trim(),
      ]),
    );
  const asked = () => readFileSync(join(dir, "asked"), "utf8").trim().split("\n");
  const left = () => readdirSync(join(dir, "root/var/lib/homelab-ha"));
  return { dir, put, start, files, asked, left };
}

/** What a script said and how it ended. */
async function end(child: ChildProcess) {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, said };
}

const OLD = { "keepalived.conf": "old", "a\\134b.conf": "old" };
const NEW = { "keepalived.conf": "new", "a\\134b.conf": "new", "new.conf": "new" };

test("files are put in place, those with a backslash in their name as well, and nothing is started", async () => {
  const { start, files, asked, left } = host();
  expect(await end(start())).toEqual({ code: 0, said: "" });
  expect(files()).toEqual(NEW);
  expect(asked()).toEqual(["is-active --quiet keepalived", "stop keepalived"]);
  expect(left()).toEqual([]);
});

test.each([
  ["a full disk", { tar: 'case "$*" in *--create*) exit 2 ;; esac; exec /usr/bin/tar "$@"' }],
  ["a daemon that refuses", { keepalived: "exit 1" }],
])("after %s everything is as it was, and what ran runs again", async (_what, change) => {
  const { start, files, asked, left } = host(change);
  const { code, said } = await end(start());
  expect(code).toBe(1);
  expect(said).toMatch(/everything is as it was|nothing was changed, and what ran runs again/);
  expect(files()).toEqual(OLD);
  expect(asked().at(-1)).toBe("start keepalived");
  expect(left()).toEqual([]);
});

test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
  "%s in the middle takes it back, and what ran runs again",
  async (signal) => {
    const { dir, start, files, asked, left } = host({
      keepalived: ': >"$HOST/reached"; while [ ! -e "$HOST/go" ]; do sleep 0.05; done',
    });
    const child = start();
    const ended = end(child);
    await vi.waitFor(() => readFileSync(join(dir, "reached")), { timeout: 20_000 });
    expect(files()).toEqual(NEW);
    child.kill(signal);
    writeFileSync(join(dir, "go"), "");
    expect((await ended).code).toBe(1);
    expect(files()).toEqual(OLD);
    expect(asked().at(-1)).toBe("start keepalived");
    expect(left()).toEqual([]);
  },
);

test("who asked and is gone leaves no member with its services stopped", async () => {
  const { dir, start, files, asked } = host({
    keepalived: ': >"$HOST/reached"; while [ ! -e "$HOST/go" ]; do sleep 0.05; done',
  });
  const child = start();
  const closed = new Promise((resolve) => child.once("exit", resolve));
  await vi.waitFor(() => readFileSync(join(dir, "reached")), { timeout: 20_000 });
  child.stdout?.destroy();
  child.stderr?.destroy();
  writeFileSync(join(dir, "go"), "");
  expect(await closed).toBe(1);
  expect(files()).toEqual(OLD);
  expect(asked().at(-1)).toBe("start keepalived");
});

test("a second restore at the same time changes nothing", async () => {
  const { dir, start, asked } = host({
    keepalived: ': >"$HOST/reached"; while [ ! -e "$HOST/go" ]; do sleep 0.05; done',
  });
  const first = start();
  const ended = end(first);
  await vi.waitFor(() => readFileSync(join(dir, "reached")), { timeout: 20_000 });
  const before = asked();
  expect(await end(start())).toEqual({
    code: 1,
    said: "traefik: another restore is under way here; nothing was changed\n",
  });
  expect(asked()).toEqual(before);
  writeFileSync(join(dir, "go"), "");
  expect((await ended).code).toBe(0);
});

test("an archive that arrives in part changes nothing", async () => {
  const { start, files, left, dir } = host();
  const { code, said } = await end(start(Buffer.from("new").toString("base64")));
  expect([code, said]).toEqual([
    1,
    "traefik: the archive arrived incomplete; nothing was changed\n",
  ]);
  expect(files()).toEqual(OLD);
  expect(readdirSync(dir)).not.toContain("asked");
  expect(left()).toEqual([]);
});
