import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished, test } from "vitest";
import { backUp } from "../../cli/commands/backup/run";
import { restore } from "../../cli/commands/restore/run";
import { backupKey, newIdentity } from "../../cli/lib/backup/key";
import { stackFolder } from "../../cli/lib/backup/store";
import { backupTargets } from "../../cli/lib/backup/targets";
import { openStackFile } from "../../cli/lib/members";
import { rehearsedPair, type StackFile, touch } from "./rehearsed-pair";
import type { Sshd } from "./sshd";

/** Files that are restored belong to root, so only root can show it; where HOMELAB_REQUIRE_ALL=1 it must. */
export const asRootTest = test.runIf(
  process.getuid?.() === 0 || process.env.HOMELAB_REQUIRE_ALL === "1",
);

/** Programs of a fresh host that say yes; `keepalived` and Traefik refuse a text with "bad" in it. */
const stubs: Record<string, string> = {
  "dpkg-query": "echo installed",
  sshd: "true",
  "systemd-analyze": "true",
  "luac5.3": "true",
  keepalived: 'if grep -q bad "$3"; then echo "line 1: bad"; exit 5; fi',
};

/** The lines of the script with which Traefik would try its configuration. */
const TRY =
  '#!/bin/bash\nif [ "$1" = static ] && grep -q bad "$2"; then echo no such key; exit 1; fi\n';

/** A member's files below a root of its own, by path. */
const filesOf = (hostKey: string) => ({
  "etc/traefik/traefik.yml": "entryPoints: {}\n",
  "etc/traefik/dynamic/routes.yml": "http: {}\n",
  "etc/traefik/dynamic/by-hand.yml": "http: { by: hand }\n",
  "etc/keepalived/keepalived.conf": "vrrp_instance traefik {}\n",
  "etc/lsyncd/id_ed25519": "private\n",
  "etc/ssh/ssh_host_ed25519_key": "host private\n",
  "etc/ssh/ssh_host_ed25519_key.pub": `${hostKey} root@traefik\n`,
  "usr/local/bin/traefik-try-config.sh": TRY,
  "var/lib/homelab-ha/history/etc/traefik/traefik.yml/1760000000123456789": "older\n",
});

/** Writes a file below the root of a host. */
export function writeOn(host: Sshd, path: string, content: string, mode = 0o644): void {
  const target = join(host.dir, "root", path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileSync(target, content, { mode });
}

/** A host whose disk is new. */
export function wipe(host: Sshd): void {
  rmSync(join(host.dir, "root"), { recursive: true, force: true });
  for (const folder of ["etc/ssh", "usr/local/bin"]) {
    mkdirSync(join(host.dir, "root", folder), { recursive: true });
  }
  touch(host, "sick");
}

/** Every file below the root of a host: path, mode and owner. */
export function listed(host: Sshd, under = ""): string[] {
  const folder = join(host.dir, "root", under);
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(under, entry.name);
      if (entry.isDirectory()) return listed(host, path);
      const { mode, uid, gid } = statSync(join(host.dir, "root", path));
      return [`${(mode & 0o7777).toString(8)} ${uid}:${gid} ${path}`];
    })
    .sort();
}

/** A pair with files on both members, and the commands that back it up and bring it back. */
export async function backedUpPair(change: (stack: StackFile) => void = () => {}) {
  const place = mkdtempSync(join(tmpdir(), "homelab-backups-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const pair = await rehearsedPair((stack) => {
    const kept = ["cluster", "guests", "haGroups", "traefikPairs"].map((name) => `homelab:${name}`);
    for (const key of Object.keys(stack.config)) if (!kept.includes(key)) delete stack.config[key];
    stack.config["homelab:backups"] = { directory: place, keep: 3 } as never;
    change(stack);
  });
  const { first, second, flags } = pair;
  for (const host of [first, second]) {
    for (const [name, body] of Object.entries(stubs)) {
      writeFileSync(join(host.dir, "bin", name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    for (const [path, text] of Object.entries(filesOf(host.connection.hostKey))) {
      const mode = /id_ed25519$|_key$/.test(path) ? 0o600 : 0o644;
      writeOn(host, path, text, path.endsWith(".sh") ? 0o755 : mode);
    }
  }
  const key = join(place, "identity");
  writeFileSync(key, `# made by a test\n${await newIdentity()}\n`, { mode: 0o600 });
  const file = flags[1] ?? "";
  const access = { file, identity: first.identity, key };
  const backup = (more: { member?: string } = {}) =>
    backUp({ ...access, ...more, progress: () => {} });
  const printed: string[] = [];
  const bringBack = async (
    name: string,
    more: { from?: string; hostKey?: string; overwrite?: boolean } = {},
  ) => {
    const stack = openStackFile(access);
    // Which Traefik is installed is a matter of the machine; the lab has a real one.
    const all = backupTargets(stack.resolved, "root").map(({ traefik: _, ...target }) => target);
    const target = all.find(({ member }) => member.name === name);
    if (!target) throw new Error(`no member ${name}`);
    printed.length = 0;
    const { overwrite = false, ...named } = more;
    await restore({
      stack: stack.name,
      target,
      pair: all,
      ssh: await stack.ssh(),
      key: await backupKey(stack, key),
      folder: stackFolder(place, stack.name),
      overwrite: async () => overwrite,
      progress: () => {},
      print: (line) => printed.push(line),
      ...named,
    });
    return printed;
  };
  const archives = (member: string) =>
    join(stackFolder(place, "rehearsed"), "traefikPairs.traefik", member);
  return { ...pair, place, key, file, backup, bringBack, archives };
}
