import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forcedCommand } from "../../../templates/replication/forced-command";
import { lsyncd } from "../../support/template-data";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "forced-command-"));
  // Stands for rsync: says what it was called with and what it may see.
  const rsync = '#!/bin/sh\necho "ran: $*"; env | sort\n';
  writeFileSync(join(directory, "rsync"), rsync, { mode: 0o755 });
});
afterEach(() => rmSync(directory, { recursive: true }));

const LINE = 'restrict,from="1.2.3.4",command="COMMAND 0123456789abcdef" ssh-ed25519 AAAA lsyncd';

/**
 * @param keys lines of authorized_keys, with `COMMAND` for the script. @default the line is there
 * @param args what the line of the connection says behind the command
 */
const asked = (
  command: string | undefined,
  keys: string | null = `# mine\n${LINE}\n`,
  args: readonly string[] = ["0123456789abcdef"],
) => {
  const script = join(directory, "forced.sh");
  const authorizedKeys = join(directory, "authorized_keys");
  const text = forcedCommand(lsyncd.trees, { rsync: join(directory, "rsync"), authorizedKeys });
  writeFileSync(script, text, { mode: 0o755 });
  if (keys !== null) writeFileSync(authorizedKeys, keys.replace("COMMAND", script));
  const env = {
    PATH: process.env.PATH,
    RSYNC_PROXY: "evil",
    SSH_CONNECTION: "1.2.3.4 5 6.7.8.9 22",
  };
  return spawnSync(script, args, {
    env: { ...env, ...(command !== undefined && { SSH_ORIGINAL_COMMAND: command }) },
    encoding: "utf8",
  });
};

test("the daemon of rsync is let in, with a configuration and an environment of the script's own", () => {
  const { status, stdout } = asked("rsync --server --daemon .");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ran: --server --daemon --config=\/proc\/self\/fd\/3 \.\n/);
  expect(stdout).toContain("SSH_CONNECTION=1.2.3.4 5 6.7.8.9 22\n");
  expect(stdout).not.toContain("RSYNC_PROXY");
});

test.each([
  undefined,
  "",
  "sh",
  "rsync --server -logtpre.iLsfxCIvu --force . /etc/traefik/dynamic/",
  "rsync --server -sltpre.iLsfxCIvu . /etc/traefik/dynamic/",
  "rsync --server -e.L . $(id)",
  "rsync --server --daemon --config=/root/x .",
  "rsync --server --daemon . ",
  " rsync --server --daemon .",
  "rsync --server --daemon .\nid",
  "rsync  --server --daemon .",
  "scp -t /etc/traefik/dynamic/",
])("rejects the command %j", (command) => {
  const { status, stdout, stderr } = asked(command);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^refused: .*\n$/);
});

test.each([
  ["is gone", "ssh-ed25519 AAAA somebody\n"],
  ["is commented out", `#${LINE}\n`],
  ["is one of another command", `${LINE.replace("COMMAND", "/usr/bin/other")}\n`],
  ["is one of another key", `${LINE.replace("0123456789abcdef", "fedcba9876543210")}\n`],
  ["says nothing of a key", `${LINE.replace(" 0123456789abcdef", "")}\n`],
  ["was removed with its file", null],
])("rejects a copy over a connection that lasts once the line of the key %s", (_, keys) => {
  const { status, stdout, stderr } = asked("rsync --server --daemon .", keys);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toBe("refused: the key of this connection is not let in any more\n");
});

test("a line from before keys had a mark lets its own connection in, and no other", () => {
  const before = `${LINE.replace(" 0123456789abcdef", "")}\n`;
  const request = "rsync --server --daemon .";
  expect(asked(request, before, []).status).toBe(0);
  expect(asked(request, undefined, []).status).toBe(1);
});

test("the daemon gets all of a long configuration", () => {
  const script = join(directory, "forced.sh");
  const authorizedKeys = join(directory, "authorized_keys");
  const rsync = join(directory, "cat.sh");
  writeFileSync(rsync, "#!/bin/sh\ncat /proc/self/fd/3\n", { mode: 0o755 });
  writeFileSync(authorizedKeys, `command="${script}"\n`);
  const [tree] = lsyncd.trees;
  if (!tree) throw new Error("no tree");
  const trees = Array.from({ length: 2000 }, (_, at) => ({ ...tree, module: `service${at}` }));
  writeFileSync(script, forcedCommand(trees, { rsync, authorizedKeys }), { mode: 0o755 });
  const env = { ...process.env, SSH_ORIGINAL_COMMAND: "rsync --server --daemon ." };
  const { stdout } = spawnSync(script, { env, encoding: "utf8" });
  expect(stdout.match(/^\[service\d+\]$/gm)).toHaveLength(2000);
});

test("the line of the key is looked for where the user who logs in has it", () => {
  expect(forcedCommand(lsyncd.trees)).toContain(' "$HOME/.ssh/authorized_keys" ');
});

test("what was asked for stands in the log as one short line without control characters", () => {
  const { stderr } = asked(`\x1b[2J\r\n::warning::x${"y".repeat(500)}`);
  expect(stderr).toMatch(/^refused: \?\[2J\?\?::warning::xy{100,190}\n$/);
});

test("rsync refuses all options but those of lsyncd, and each directory has its own module", () => {
  const text = forcedCommand(lsyncd.trees);
  expect(text).toContain(
    "refuse options = * !recursive !times !perms !force !modify-window !timeout secluded-args\n",
  );
  expect(text).toContain("[dynamic]\n  path = /etc/traefik/dynamic\n");
  expect(text).toContain("[certificates]\n  path = /etc/traefik/certificates\n");
});

test("rejects a tree that would be configuration of its own", () => {
  const [tree] = lsyncd.trees;
  if (!tree) throw new Error("no tree");
  for (const hostile of ["x]\nuid = 0", "a b", "$(id)", "'", "EOF\nid"]) {
    for (const key of ["module", "directory", "chmod"] as const) {
      expect(() => forcedCommand([{ ...tree, [key]: hostile }])).toThrow(/found ".*", expected /);
    }
    expect(() => forcedCommand([{ ...tree, exclude: [hostile] }])).toThrow(/found ".*", expected /);
  }
});
