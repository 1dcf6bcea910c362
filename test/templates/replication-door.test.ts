import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { doorScript } from "../../templates/replication/forced-command";
import { needTool } from "../support/tools";

let directory = "";
beforeEach(() => {
  needTool("rsync");
  directory = mkdtempSync(join(tmpdir(), "door-"));
  for (const name of ["source", "dynamic", "other"]) mkdirSync(join(directory, name));
  const door = join(directory, "door.sh");
  writeFileSync(door, doorScript([join(directory, "dynamic")]), { mode: 0o755 });
  // Stands for ssh and sshd: the command that was asked for goes to the door.
  const ssh = `#!/bin/sh\nshift\nexport SSH_ORIGINAL_COMMAND="$*"\nexec ${door}\n`;
  writeFileSync(join(directory, "ssh"), ssh, { mode: 0o755 });
  writeFileSync(join(directory, "source", "a.yml"), "a");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A push as lsyncd makes it. */
const push = (target: string, ...options: string[]) => {
  const from = join(directory, "source/");
  const args = ["-rltpog", "-e", join(directory, "ssh"), ...options, from, `host:${target}`];
  const { status, stderr } = spawnSync("rsync", args, { encoding: "utf8" });
  return { status, refused: /^refused: /m.test(stderr) };
};

const asked = (command: string) => {
  const env = { ...process.env, SSH_ORIGINAL_COMMAND: command };
  return spawnSync(join(directory, "door.sh"), { env, input: "", encoding: "utf8" });
};

test("a real rsync gets through to its directory, with the modes that it wants", () => {
  const target = join(directory, "dynamic/");
  expect(push(target, "--no-secluded-args", "--chmod=D700,F600", "--force")).toEqual({
    status: 0,
    refused: false,
  });
  expect(readFileSync(join(target, "a.yml"), "utf8")).toBe("a");
});

test("rejects another directory, deletion, following links out, and reading", () => {
  const target = join(directory, "dynamic/");
  expect(push(join(directory, "other/"), "--no-secluded-args").refused).toBe(true);
  for (const option of ["--delete", "--keep-dirlinks", "--inplace", "--secluded-args"]) {
    expect({ option, ...push(target, option) }).toMatchObject({ refused: true });
  }
  expect(existsSync(join(target, "a.yml"))).toBe(false);
  const sender = asked(`rsync --server --sender -logtpre.iLsfxCIvu . ${target}`);
  expect({ status: sender.status, stdout: sender.stdout }).toEqual({ status: 1, stdout: "" });
});

test.each([
  "",
  "sh",
  "rsync --server -e.L . DIR/ ; id",
  "rsync --server -e.L . $(id)",
  "rsync --server -e.L . DIR/../other/",
  "rsync --server -e.L --log-file=/root/x . DIR/",
  "rsync --server --daemon . DIR/",
  "rsync --server -e.L . DIR/ DIR/",
  "scp -t DIR/",
])("rejects the command %j", (command) => {
  const { status, stdout, stderr } = asked(command.replaceAll("DIR", join(directory, "dynamic")));
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^refused: /);
});
