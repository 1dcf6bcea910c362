import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { backupKey } from "../../../../cli/lib/backup/key";
import { openStackFile } from "../../../../cli/lib/members";
import { type TarEntry, writeTar } from "../../../../model/backup/tar";
import {
  backedUpPair,
  listed,
  asRootTest as test,
  wipe,
  writeOn,
} from "../../../support/backed-up-pair";
import type { Sshd } from "../../../support/sshd";

const read = (host: Sshd, path: string) => readFileSync(join(host.dir, "root", path), "utf8");

/** A host on which nothing runs, until something is started. */
function healsWhenStarted(host: Sshd): void {
  const body = `#!/bin/sh
echo "$*" >>"$HOST/asked"
case "$1" in
  start) rm -f "$HOST/sick" ;;
  is-active) [ ! -e "$HOST/sick" ] ;;
esac
`;
  writeFileSync(join(host.dir, "bin/systemctl"), body, { mode: 0o755 });
}

test("a destroyed member comes back with its files, modes and host key", async () => {
  const { first, second, backup, bringBack } = await backedUpPair();
  await backup();
  const before = listed(second);
  wipe(second);
  healsWhenStarted(second);
  const said = await bringBack("traefik-2");
  expect(said).toMatchInlineSnapshot(`
    [
      "traefik-2: 15 paths put in place",
      "traefik-2: what the members copy came from traefik, which served meanwhile",
      "traefik-2: healthy, and can take 127.0.0.101",
      "traefik-2: shows the host key that the stack knows",
    ]
  `);
  const after = listed(second).filter((line) => !/\.healthy|authorized_keys/.test(line));
  expect(after).toEqual(before);
  expect(read(second, "etc/traefik/dynamic/by-hand.yml")).toBe("http: { by: hand }\n");
  // Nothing is left of what it had in hand.
  expect(readdirSync(join(second.dir, "root/var/lib/homelab-ha"))).toEqual(["history"]);
  expect(listed(first)).toEqual(before);
});

test("files that members copy come from the one that served meanwhile", async () => {
  const { first, second, backup, bringBack } = await backedUpPair();
  await backup();
  writeOn(second, "etc/traefik/dynamic/by-hand.yml", "newer\n");
  writeOn(second, "etc/traefik/dynamic/routes.yml", "own of traefik-2\n");
  wipe(first);
  healsWhenStarted(first);
  const said = await bringBack("traefik");
  expect(said.join("\n")).toContain("what the members copy came from traefik-2");
  expect(read(first, "etc/traefik/dynamic/by-hand.yml")).toBe("newer\n");
  expect(read(first, "etc/traefik/dynamic/routes.yml")).toBe("http: {}\n");
  expect(read(first, "etc/lsyncd/id_ed25519")).toBe("private\n");
  expect(said.at(-1)).toBe("traefik: copies its files to the other members again");
});

test("when both are gone each comes back from its own backup", async () => {
  const { first, second, backup, bringBack } = await backedUpPair();
  await backup();
  for (const host of [first, second]) {
    wipe(host);
    healsWhenStarted(host);
  }
  for (const [name, host] of [
    ["traefik", first],
    ["traefik-2", second],
  ] as const) {
    await bringBack(name);
    expect(read(host, "etc/keepalived/keepalived.conf")).toBe("vrrp_instance traefik {}\n");
  }
});

test("rejects to overwrite a healthy member, unless it is told to", async () => {
  const { second, backup, bringBack } = await backedUpPair();
  await backup();
  writeOn(second, "etc/keepalived/keepalived.conf", "edited since\n");
  await expect(bringBack("traefik-2")).rejects.toThrow(
    "traefik-2 is there and healthy; a restore would overwrite its files: run it with --overwrite",
  );
  expect(read(second, "etc/keepalived/keepalived.conf")).toBe("edited since\n");
  await bringBack("traefik-2", { overwrite: true });
  expect(read(second, "etc/keepalived/keepalived.conf")).toBe("vrrp_instance traefik {}\n");
});

test.each([
  ["etc/keepalived/keepalived.conf", "line 1: bad"],
  ["etc/traefik/traefik.yml", "no such key"],
])("when a daemon refuses %s everything is as it was", async (path, words) => {
  const { second, backup, bringBack } = await backedUpPair();
  writeOn(second, path, "bad\n");
  await backup();
  wipe(second);
  healsWhenStarted(second);
  writeOn(second, "etc/traefik/dynamic/new.yml", "new\n");
  const before = listed(second);
  await expect(bringBack("traefik-2")).rejects.toThrow(
    `traefik-2: /${path} is refused, so everything is as it was: ${words}`,
  );
  expect(listed(second)).toEqual(before);
  expect(read(second, "../asked")).not.toMatch(/^start /m);
});

test("rejects archives of others, with other keys, changed, or with more in them than may be", async () => {
  const { second, backup, bringBack, archives, file, key, place } = await backedUpPair();
  await backup();
  const folder = archives("traefik");
  const other = join(folder, readdirSync(folder).find((name) => name.endsWith(".age")) ?? "");
  wipe(second);
  const before = listed(second);
  await expect(bringBack("traefik-2", { from: other })).rejects.toThrow(
    "is a backup of traefik, expected one of traefik-2 (member)",
  );
  const forged = join(place, "forged.tar.age");
  const label = {
    version: 1,
    stack: "rehearsed",
    place: "traefikPairs.traefik",
    member: "traefik-2",
  };
  const entry = (path: string, more: Partial<TarEntry> = {}): TarEntry => ({
    path,
    kind: "file",
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: 0,
    content: Buffer.from(JSON.stringify(label)),
    ...more,
  });
  const { encrypt } = await backupKey(openStackFile({ file }), key);
  for (const bad of [
    entry("etc/traefik/../../root/.bashrc"),
    entry("etc/cron.d/evil"),
    entry("etc/traefik/a.yml", { uid: 1000 }),
  ]) {
    writeFileSync(forged, await encrypt(writeTar([entry("homelab-backup.json"), bad])));
    await expect(bringBack("traefik-2", { from: forged })).rejects.toThrow(/is refused: /);
  }
  const bytes = await encrypt(writeTar([entry("homelab-backup.json")]));
  bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
  writeFileSync(forged, bytes);
  await expect(bringBack("traefik-2", { from: forged })).rejects.toThrow(/cannot be opened/);
  expect(listed(second)).toEqual(before);
});

test("a new host at the old address is a stranger until its key is named", async () => {
  const { second, backup, bringBack } = await backedUpPair();
  await backup();
  wipe(second);
  healsWhenStarted(second);
  await second.changeHostKey();
  await expect(bringBack("traefik-2")).rejects.toThrow(
    /host key mismatch.*name it with --host-key; nothing was changed/s,
  );
  const hostKey = second.currentHostKey();
  // Its files come back; this server goes on with its own key, which the last step finds.
  await expect(bringBack("traefik-2", { hostKey })).rejects.toThrow(/host key mismatch/);
  expect(read(second, "etc/ssh/ssh_host_ed25519_key.pub")).toContain(second.connection.hostKey);
});
