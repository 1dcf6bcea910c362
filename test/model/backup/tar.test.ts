import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { readTar, type TarEntry, TarError, writeTar } from "../../../model/backup/tar";
import { runTool } from "../../support/tools";

const file = (path: string, content = "", more: Partial<TarEntry> = {}): TarEntry => ({
  path,
  kind: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 1_700_000_000,
  content: Buffer.from(content),
  ...more,
});

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "homelab-tar-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const LONG = `${"deep/".repeat(60)}ü-name.yml`;

test("GNU tar unpacks what is written, with modes and long names", () => {
  const dir = scratch();
  const entries = [
    file("etc", "", { kind: "directory", mode: 0o755 }),
    file("etc/a.key", "secret\n", { mode: 0o600 }),
    file(LONG, "x".repeat(1000)),
  ];
  writeFileSync(join(dir, "a.tar"), writeTar(entries));
  mkdirSync(join(dir, "out"));
  const args = ["-xpf", join(dir, "a.tar"), "-C", join(dir, "out")];
  expect(runTool("tar", args)).toEqual({ status: 0, output: "" });
  expect(readFileSync(join(dir, "out", "etc/a.key"), "utf8")).toBe("secret\n");
  expect(statSync(join(dir, "out", "etc/a.key")).mode & 0o7777).toBe(0o600);
  expect(readFileSync(join(dir, "out", LONG), "utf8")).toBe("x".repeat(1000));
});

test("what GNU tar writes is read, with kinds", () => {
  const dir = scratch();
  mkdirSync(join(dir, "in", LONG.slice(0, LONG.lastIndexOf("/"))), { recursive: true });
  writeFileSync(join(dir, "in", LONG), "long");
  writeFileSync(join(dir, "in", "plain"), "one\n", { mode: 0o640 });
  runTool("ln", ["-s", "/etc/passwd", join(dir, "in", "link")]);
  runTool("mkfifo", [join(dir, "in", "pipe")]);
  const args = ["--format=posix", "-cf", join(dir, "a.tar"), "-C", join(dir, "in")];
  expect(runTool("tar", [...args, "plain", "link", "pipe", LONG]).status).toBe(0);
  const read = readTar(readFileSync(join(dir, "a.tar")));
  expect(read.map(({ path, kind, content }) => [path, kind, content.toString()])).toEqual([
    ["plain", "file", "one\n"],
    ["link", "symbolic link", ""],
    ["pipe", "device", ""],
    [LONG, "file", "long"],
  ]);
  expect(read[0]?.mode).toBe(0o640);
});

test("whatever is written is read as it was", () => {
  const name = fc.stringMatching(/^[a-zäöü0-9._-]{1,40}$/);
  const path = fc.array(name, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("/"));
  const entry = fc.record({
    path,
    kind: fc.constantFrom("file" as const, "directory" as const),
    mode: fc.nat(0o7777),
    uid: fc.nat(65_535),
    gid: fc.nat(65_535),
    mtime: fc.nat(2_000_000_000),
    content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      const stored = entries.map((one) =>
        one.kind === "directory" ? { ...one, content: Buffer.alloc(0) } : one,
      );
      expect(readTar(writeTar(stored))).toEqual(stored);
    }),
  );
});

test("a damaged archive is refused and never read past its end", () => {
  const whole = writeTar([file("etc/a", "content"), file(LONG, "more")]);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = Buffer.from(whole);
      damaged[at] = ((damaged[at] ?? 0) + by) % 256;
      try {
        readTar(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(TarError);
      }
    }),
  );
  for (const length of [0, 100, 511, 512, 700, whole.length - 1024]) {
    expect(() => readTar(whole.subarray(0, length))).toThrow(/ends in the middle/);
  }
  expect(() => readTar(Buffer.alloc(1024, "x"))).toThrow("it is no tar archive");
});
