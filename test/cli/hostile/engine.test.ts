import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hurry } from "../../support/hurried";
import { runInProcess } from "../../support/in-process";

const MB = 1024 * 1024;

hurry(700, MB);

/** What a Pulumi CLI does that does harm, in JavaScript; its version it says. */
const engines: Readonly<Record<string, string>> = {
  "says nothing": "setInterval(() => {}, 1e6);",
  drips: "setInterval(() => process.stdout.write('a'), 100);",
  "prints without end":
    "const more = 'a'.repeat(65536); const go = () => { while (process.stdout.write(more)); process.stdout.once('drain', go); }; go();",
  "complains without end":
    "const more = 'a\\n'.repeat(32768); const go = () => { while (process.stderr.write(more)); process.stderr.once('drain', go); }; go();",
  "nests its answer": "console.log('['.repeat(100000) + ']'.repeat(100000));",
  "answers with a number": "console.log('5');",
  "answers with nothing": "",
  "is killed": "process.kill(process.pid, 'SIGKILL');",
};

function engineIn(dir: string, script: string): Record<string, string> {
  const bin = join(dir, "engine", "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, "pulumi"),
    `#!${process.execPath}\nif (process.argv[2] === "version") console.log("v3.248.0");\nelse { ${script} }\n`,
  );
  chmodSync(join(bin, "pulumi"), 0o755);
  return {
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${dir}`,
    PULUMI_CONFIG_PASSPHRASE: "",
  };
}

// A rehearsal or an update takes as long as its engine takes; Ctrl-C ends it.
test.each(["recover", "sync-state", "migrate-ha"])(
  "%s ends well with every hostile engine",
  async (command) => {
    const dir = mkdtempSync(join(tmpdir(), "homelab-engine-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
    // All of them ask in the same way.
    const all = Object.entries(engines).slice(0, command === "recover" ? undefined : 2);
    for (const [index, [name, script]] of all.entries()) {
      const own = join(dir, String(index));
      mkdirSync(own);
      const { code, stdout, stderr } = await runInProcess([command], engineIn(own, script));
      const wrong = [
        ...(code === 1 || code === 4 ? [] : [`exit code ${code}`]),
        ...(/^\s+at .*:\d+:\d+\)?$/m.test(stderr) ? ["a stack trace"] : []),
        ...(stderr.trim().split("\n").length > 1 ? ["more than one line"] : []),
        ...(stdout === "" && stderr.length < 2000 ? [] : ["too many words"]),
      ];
      expect([
        name,
        ...wrong,
        ...(wrong.length > 0 ? [stderr.slice(-1000), stdout.slice(0, 300)] : []),
      ]).toEqual([name]);
    }
  },
);
