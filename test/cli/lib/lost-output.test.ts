import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root, scratch } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

function inShell(script: string) {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, HOMELAB: `${process.execPath} bin/homelab.js` },
  });
  return { status, stdout, stderr };
}

test.each([
  ["help preview", 0],
  ["validate", 0],
  ["validate --stack nope", 2],
])("a reader that closes the pipe changes nothing: %s", (command, code) => {
  const { stdout } = inShell(`$HOMELAB ${command} 2>&1 | true; echo \${PIPESTATUS[0]}`);
  expect(stdout).toBe(`${code}\n`);
});

test("a full disk is said, and fails", () => {
  const full = inShell("$HOMELAB validate >/dev/full");
  expect(full).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("standard output: ENOSPC"),
  });
});

test("a file that has room for a part of the output is no success", () => {
  const file = join(dir, "part.json");
  // The signal would end it before it can say what is wrong.
  const part = inShell(`trap '' XFSZ; ulimit -f 8; $HOMELAB simulate --json >${file}`);
  expect(readFileSync(file).length).toBe(8 * 1024);
  expect(part).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("standard output: EFBIG"),
  });
});
