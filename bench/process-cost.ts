import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { recorded } from "../cli/lib/recorded";
import { type Measured, measuredSchema } from "./measured";

const root = join(__dirname, "..");

/** Prints what a whole process took when it ends, on a descriptor that nobody else uses. */
const meter = `process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cost = { ms: (userCPUTime + systemCPUTime) / 1000, peakMb: Math.round(maxRSS / 1024) };
  require("node:fs").writeSync(3, JSON.stringify(cost));
});`;

/**
 * What a fresh Node process takes from its start to its end, without the processes that it starts:
 * processor time, and the most memory that it had.
 */
export function processCost(args: readonly string[], env: NodeJS.ProcessEnv = {}): Measured {
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
  return recorded(measuredSchema, out, args.join(" "));
}

/** Its processor time alone, in milliseconds. */
export function processMs(args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  return processCost(args, env).ms;
}
