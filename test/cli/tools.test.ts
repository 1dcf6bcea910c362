import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = join(__dirname, "..", "support", "tools.sh");
let bin = "";

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "tools-"));
  // Everything of the script's list is there but one.
  const listed = [...readFileSync(script, "utf8").matchAll(/^ {2}(\S+):\S+$/gm)];
  for (const [, tool = ""] of listed) if (tool !== "shellcheck") program(tool, "");
  symlinkSync("/bin/sh", join(bin, "sh"));
});
afterEach(() => rmSync(bin, { recursive: true }));

function program(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

function run() {
  const { status, stderr } = spawnSync("/bin/sh", [script], {
    env: { PATH: bin },
    encoding: "utf8",
  });
  return { status, stderr };
}

test("nothing is installed where everything is there", () => {
  program("shellcheck", "");
  program("apt-get", "exit 1");
  expect(run()).toEqual({ status: 0, stderr: "" });
});

test("root with apt-get gets what is missing, after a refresh where the lists are old", () => {
  program("id", "echo 0");
  const log = join(bin, "log");
  program("apt-get", `echo "$@" >>${log}; case "$(wc -l <${log})" in *1) exit 100 ;; esac`);
  symlinkSync("/usr/bin/wc", join(bin, "wc"));
  expect(run()).toEqual({ status: 0, stderr: "installing for the tests: shellcheck\n" });
  expect(readFileSync(log, "utf8")).toMatchInlineSnapshot(`
    "install -y -qq --no-install-recommends shellcheck
    update -qq
    install -y -qq --no-install-recommends shellcheck
    "
  `);
});

test("anybody else is told what to install", () => {
  program("id", "echo 1000");
  expect(run()).toMatchInlineSnapshot(`
    {
      "status": 1,
      "stderr": "the tests need programs that are not installed; install: shellcheck (on Debian: sudo apt-get install shellcheck)
    ",
    }
  `);
});
