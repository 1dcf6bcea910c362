import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compare, type Ratio } from "./measure";

const root = join(__dirname, "..");
const entry = join(root, "cli/homelab.ts");

/** Prints the processor time of a whole process when it ends, on a descriptor that nobody else uses. */
const meter = `process.on("exit", () => { const { user, system } = process.cpuUsage(); require("node:fs").writeSync(3, String((user + system) / 1000)); });`;

/** Processor time in milliseconds of a fresh Node process from its start to its end. */
function processMs(args: readonly string[]): number {
  const preload = join(root, ".cache", "bench-meter.cjs");
  mkdirSync(dirname(preload), { recursive: true });
  writeFileSync(preload, meter);
  const out = execFileSync(
    "sh",
    ["-c", 'exec 3>&1 >/dev/null; exec "$0" "$@"', process.execPath, "--require", preload, ...args],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  return Number(out);
}

const validate = () => processMs(["--import", "tsx", entry, "validate"]);

/**
 * What checking a stack file costs beside the start of Node itself. From sources most of it is the
 * loader that turns TypeScript into JavaScript, so the same is also held against its start.
 */
export function validateAgainstNode(rounds: number): Promise<Ratio> {
  const baseline = () => processMs(["--eval", "0"]);
  return compare("homelab validate ÷ node", { measured: validate, baseline }, { rounds });
}

export function validateAgainstLoader(rounds: number): Promise<Ratio> {
  const baseline = () => processMs(["--import", "tsx", "--eval", "0"]);
  return compare(
    "homelab validate ÷ node with tsx",
    { measured: validate, baseline },
    { rounds, limit: 4 },
  );
}
