import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { verifyBackups } from "../../../../cli/commands/backup/run";
import { backedUpPair, asRootTest as test, writeOn } from "../../../support/backed-up-pair";

const archivesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".age"));

test("each member has an encrypted archive of its own that its owner alone may read", async () => {
  const { backup, archives, place } = await backedUpPair();
  const report = await backup();
  expect(report.members.map(({ member, outcome, entries }) => [member, outcome, entries])).toEqual([
    ["traefik", "stored", 17],
    ["traefik-2", "stored", 17],
  ]);
  expect(report.ok).toBe(true);
  const folder = archives("traefik");
  const [file = ""] = archivesIn(folder);
  const bytes = readFileSync(join(folder, file));
  expect(bytes.toString("latin1")).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
  expect(bytes.includes("by: hand")).toBe(false);
  expect([folder, join(folder, file)].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o600,
  ]);
  const metrics = readFileSync(join(place, "homelab_backup_rehearsed.prom"), "utf8");
  const labels = 'stack="rehearsed",address="traefikPairs.traefik",member="traefik-2"';
  expect(metrics).toMatch(
    new RegExp(`^homelab_backup_checked_timestamp_seconds{${labels}} 1\\d{9}$`, "m"),
  );
  expect(metrics).toContain(`homelab_backup_failed{${labels}} 0\n`);
});

test("a second run with nothing changed takes nothing over and says so", async () => {
  const { backup, archives, first } = await backedUpPair();
  await backup();
  const index = () => JSON.parse(readFileSync(join(archives("traefik"), "index.json"), "utf8"));
  const before = index();
  const report = await backup();
  expect(report.members.map(({ outcome }) => outcome)).toEqual(["unchanged", "unchanged"]);
  expect(index().archives).toEqual(before.archives);
  expect(Date.parse(index().checkedAt)).toBeGreaterThan(Date.parse(before.checkedAt));
  writeOn(first, "etc/traefik/dynamic/by-hand.yml", "http: { by: another }\n");
  const third = await backup();
  expect(third.members.map(({ outcome }) => outcome)).toEqual(["stored", "unchanged"]);
});

test("keeps as many archives as it shall, and makes a damaged one again", async () => {
  const { backup, archives, first } = await backedUpPair();
  for (let turn = 0; turn < 5; turn += 1) {
    writeOn(first, "etc/traefik/dynamic/by-hand.yml", `turn: ${turn}\n`);
    await backup({ member: "traefik" });
  }
  const folder = archives("traefik");
  expect(archivesIn(folder)).toHaveLength(3);
  expect(existsSync(archives("traefik-2"))).toBe(false);
  truncateSync(join(folder, archivesIn(folder).sort().at(-1) ?? ""), 10);
  const { members } = await backup({ member: "traefik" });
  expect(members[0]?.outcome).toBe("stored");
});

test("a member that is down costs the others nothing, and keeps its old archives", async () => {
  const { backup, archives, second, place } = await backedUpPair();
  await backup();
  await second.stop();
  const { ok, members } = await backup();
  expect([ok, members.map(({ outcome }) => outcome)]).toEqual([false, ["unchanged", "failed"]]);
  expect(members[1]?.why).toContain("connection refused");
  expect(archivesIn(archives("traefik-2"))).toHaveLength(1);
  const metrics = readFileSync(join(place, "homelab_backup_rehearsed.prom"), "utf8");
  expect(metrics).toMatch(/homelab_backup_failed\{.*member="traefik-2"\} 1\n/);
});

test("what could not be restored is left out and named, each time", async () => {
  const { backup, first } = await backedUpPair();
  symlinkSync("/etc/passwd", join(first.dir, "root/etc/traefik/dynamic/link.yml"));
  writeOn(first, "etc/traefik/dynamic/open.yml", "");
  execFileSync("chmod", ["666", join(first.dir, "root/etc/traefik/dynamic/open.yml")]);
  const { ok, members } = await backup({ member: "traefik" });
  expect([ok, members[0]?.outcome]).toEqual([false, "stored"]);
  expect(members[0]?.leftOut).toEqual([
    { path: "etc/traefik/dynamic/open.yml", why: "may be written by anybody" },
    { path: "etc/traefik/dynamic/link.yml", why: "is a symbolic link" },
  ]);
  const again = await backup({ member: "traefik" });
  expect([again.ok, again.members[0]?.outcome]).toEqual([false, "unchanged"]);
});

test("verify opens every archive, and names one that was changed or that another key made", async () => {
  const { backup, archives, file, key } = await backedUpPair();
  await backup();
  const good = await verifyBackups({ file, key });
  expect(good.ok).toBe(true);
  expect(good.lines[0]).toMatch(
    /^traefik \(traefikPairs\.traefik\): .*: 17 paths, can be restored$/,
  );
  const folder = archives("traefik-2");
  const path = join(folder, archivesIn(folder)[0] ?? "");
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const bad = await verifyBackups({ file, key });
  expect([bad.ok, bad.lines[1]?.replace(/^.*age: /, "")]).toEqual([
    false,
    "is gone, or not what was written",
  ]);
});

test("rejects a stack file without backups, and a machine that is a member itself", async () => {
  const none = await backedUpPair(({ config }) => {
    delete config["homelab:backups"];
  });
  await expect(none.backup()).rejects.toThrow("homelab:backups: missing");
  // The address of every machine that has none of another name.
  const here = await backedUpPair((stack) => {
    Object.assign(stack.config["homelab:guests"]?.["traefik-2"] ?? {}, { address: "127.0.0.1" });
  });
  await expect(here.backup()).rejects.toThrow(
    "this machine is traefik-2 of traefikPairs.traefik itself",
  );
});

test("metrics that cannot be written hide no account of the backups", async () => {
  const { backup, archives } = await backedUpPair((stack) => {
    Object.assign(stack.config["homelab:backups"] ?? {}, { metrics: "/dev/null/metrics" });
  });
  const { ok, members, metrics } = await backup();
  expect(members.map(({ outcome }) => outcome)).toEqual(["stored", "stored"]);
  expect(archivesIn(archives("traefik"))).toHaveLength(1);
  expect([ok, metrics]).toEqual([false, expect.stringContaining("ENOTDIR")]);
});

test("a folder that cannot be written is named before any member is asked", async () => {
  const { backup, first } = await backedUpPair((stack) => {
    Object.assign(stack.config["homelab:backups"] ?? {}, { directory: "/dev/null/backups" });
  });
  await first.stop();
  await expect(backup()).rejects.toThrow(
    "homelab:backups.directory: /dev/null/backups/rehearsed cannot be written (ENOTDIR); nothing was changed",
  );
});

test("a flood of paths that may not be restored is named in part", async () => {
  const { backup, first } = await backedUpPair();
  for (let index = 0; index < 130; index += 1) {
    symlinkSync("/etc/passwd", join(first.dir, `root/etc/traefik/dynamic/link-${index}.yml`));
  }
  const { members } = await backup({ member: "traefik" });
  expect(members[0]?.leftOut).toHaveLength(101);
  expect(members[0]?.leftOut.at(-1)).toEqual({ path: "(30 more)", why: "are left out as well" });
});

test("halves of files that a killed run left are no backups, and go away with the next one", async () => {
  const { backup, archives, first } = await backedUpPair();
  await backup();
  const half = join(archives("traefik"), "2026-01-01T00-00-00-000Z.tar.age.4711.partial");
  writeFileSync(half, "half");
  writeOn(first, "etc/traefik/dynamic/by-hand.yml", "changed\n");
  const { members } = await backup();
  expect(members[0]?.outcome).toBe("stored");
  expect(existsSync(half)).toBe(false);
});
