import { expect, test } from "vitest";
import { archiveLimits, judgeArchive } from "../../../model/backup/archive";
import type { TarEntry } from "../../../model/backup/tar";

const kept = { files: ["/usr/local/bin/check.sh"], directories: ["/etc/traefik"] };

const entry = (path: string, more: Partial<TarEntry> = {}): TarEntry => ({
  path,
  kind: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  content: Buffer.from("x"),
  ...more,
});

test("files and directories of root that belong to the member are taken", () => {
  const entries = [
    entry("etc/traefik", { kind: "directory", mode: 0o755 }),
    entry("etc/traefik/traefik.yml"),
    entry("etc/traefik/..hidden"),
    entry("etc/traefik/dynamic/mit Leerzeichen.yml", { mode: 0o664 }),
    entry("usr/local/bin/check.sh", { mode: 0o755 }),
  ];
  expect(judgeArchive(entries, kept)).toEqual({ entries, refused: [] });
});

test.each<[string, TarEntry, string]>([
  ["an absolute path", entry("/etc/traefik/a"), "is an absolute path"],
  [
    "a path that climbs out",
    entry("etc/traefik/../../root/.ssh/authorized_keys"),
    "leads out of its directory",
  ],
  ["a path that only climbs", entry(".."), "leads out of its directory"],
  ["a path with a dot", entry("etc/./traefik/a"), "is not written in the one way a path has"],
  ["a path with two slashes", entry("etc//traefik/a"), "is not written in the one way a path has"],
  ["an empty path", entry(""), "is not written in the one way a path has"],
  ["a line break in a name", entry("etc/traefik/a\nb"), "has control characters in its name"],
  ["a file of another", entry("etc/passwd"), "does not belong to what is kept of this member"],
  [
    "a neighbour with the same start",
    entry("etc/traefik2/a"),
    "does not belong to what is kept of this member",
  ],
  [
    "a directory for a file",
    entry("usr/local/bin/check.sh", { kind: "directory" }),
    "does not belong to what is kept of this member",
  ],
  [
    "a file for a directory",
    entry("etc/traefik"),
    "does not belong to what is kept of this member",
  ],
  ["a symbolic link", entry("etc/traefik/a", { kind: "symbolic link" }), "is a symbolic link"],
  ["a hard link", entry("etc/traefik/a", { kind: "hard link" }), "is a hard link"],
  ["a device", entry("etc/traefik/a", { kind: "device" }), "is a device or pipe"],
  [
    "anything else",
    entry("etc/traefik/a", { kind: "other" }),
    "is a thing that is neither file nor directory",
  ],
  ["a foreign owner", entry("etc/traefik/a", { uid: 1000 }), "belongs to 1000:0, not to root"],
  ["a foreign group", entry("etc/traefik/a", { gid: 4 }), "belongs to 0:4, not to root"],
  [
    "a set-uid bit",
    entry("etc/traefik/a", { mode: 0o4755 }),
    "has a set-uid, set-gid or sticky bit",
  ],
  ["a file for all to write", entry("etc/traefik/a", { mode: 0o666 }), "may be written by anybody"],
])("rejects %s", (_what, bad, why) => {
  expect(judgeArchive([entry("etc/traefik/good"), bad], kept)).toEqual({
    entries: [entry("etc/traefik/good")],
    refused: [{ path: bad.path, why }],
  });
});

test("rejects a path that is there twice, or below a file", () => {
  const twice = [entry("etc/traefik/a"), entry("etc/traefik/a", { content: Buffer.from("y") })];
  expect(judgeArchive(twice, kept).refused).toEqual([
    { path: "etc/traefik/a", why: "is in it twice" },
  ]);
  const below = [entry("etc/traefik/a"), entry("etc/traefik/a/b")];
  expect(judgeArchive(below, kept).refused).toEqual([
    { path: "etc/traefik/a/b", why: "lies below a file" },
  ]);
});

test("rejects what is beyond a member's configuration", () => {
  const big = entry("etc/traefik/a", { content: Buffer.alloc(archiveLimits.bytes) });
  const { entries, refused } = judgeArchive([entry("etc/traefik/b"), big], kept);
  expect([entries.length, refused[0]?.why]).toEqual([
    1,
    "is beyond what a member's configuration can be",
  ]);
});
