import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quickBundle } from "../packaging/quick-bundle";
import { compare, type Ratio } from "./measure";
import { processMs } from "./process-cost";

const root = join(__dirname, "..");

const command = "bin/homelab.js";

/**
 * What checking a stack file costs beside the start of Node itself, in a clone: the sources are
 * one file after the first run, and each run looks whether they are still the same.
 */
export function validateAgainstNode(rounds: number): Promise<Ratio> {
  return againstNode("homelab validate ÷ node", join(root, command), { rounds });
}

/** What the loss of each node costs, in the same way. */
export function simulateAgainstNode(rounds: number): Promise<Ratio> {
  const args = ["simulate", "--all"];
  return againstNode("homelab simulate --all ÷ node", join(root, command), { rounds, args });
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
    return await againstNode("homelab validate of the package ÷ node", join(folder, command), {
      rounds,
      env: { XDG_CACHE_HOME: join(folder, "cache") },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Run {
  rounds: number;
  /** @default a check of the stack file */
  args?: string[];
  env?: NodeJS.ProcessEnv;
}

function againstNode(name: string, entry: string, run: Run): Promise<Ratio> {
  const { rounds, args = ["validate"], env = {} } = run;
  const measured = () => processMs([entry, ...args], env);
  // The first run makes what the others have.
  measured();
  const baseline = () => processMs(["--eval", "0"]);
  return compare(name, { measured, baseline }, { rounds, limit: 3 });
}
