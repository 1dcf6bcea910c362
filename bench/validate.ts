import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { quickBundle } from "../packaging/quick-bundle";
import { compare, type Ratio } from "./measure";

const root = join(__dirname, "..");

/** Prints the processor time of a whole process when it ends, on a descriptor that nobody else uses. */
const meter = `process.on("exit", () => { const { user, system } = process.cpuUsage(); require("node:fs").writeSync(3, String((user + system) / 1000)); });`;

/** Processor time in milliseconds of a fresh Node process from its start to its end. */
function processMs(args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const preload = join(root, ".cache", "bench-meter.cjs");
  mkdirSync(dirname(preload), { recursive: true });
  writeFileSync(preload, meter);
  const out = execFileSync(
    "sh",
    ["-c", 'exec 3>&1 >/dev/null; exec "$0" "$@"', process.execPath, "--require", preload, ...args],
    {
      cwd: root,
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  return Number(out);
}

const command = "bin/homelab.js";

/**
 * What checking a stack file costs beside the start of Node itself, in a clone: the sources are
 * one file after the first run, and each run looks whether they are still the same.
 */
export function validateAgainstNode(rounds: number): Promise<Ratio> {
  return againstNode("homelab validate ÷ node", join(root, command), rounds);
}

/** The same from the package, whose files are compiled. */
export async function packageAgainstNode(rounds: number): Promise<Ratio> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-bench-"));
  try {
    for (const part of ["bin", "package.json"]) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/quick.js"), (await quickBundle(root)).text);
    const home = { XDG_CACHE_HOME: join(folder, "cache") };
    return await againstNode(
      "homelab validate of the package ÷ node",
      join(folder, command),
      rounds,
      home,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function againstNode(name: string, entry: string, rounds: number, env = {}): Promise<Ratio> {
  const validate = () => processMs([entry, "validate"], env);
  // The first run makes what the others have.
  validate();
  const baseline = () => processMs(["--eval", "0"]);
  return compare(name, { measured: validate, baseline }, { rounds, limit: 3 });
}
