import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findEngine } from "../../sim/engine";
import type { Counts } from "./summary-reporter";

// The whole test run behind `make test`: format, lint, types, then every layer of tests. Each check
// counts as one test, so that the last line alone says whether all is well.

const repository = join(__dirname, "..", "..");
const countsFile = join(repository, ".cache", "test-counts.json");

function succeeds(command: string, args: string[], env: Record<string, string> = {}): boolean {
  const program = join(repository, "node_modules", ".bin", command);
  const run = spawnSync(program, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (run.error) console.error(`${command}: ${run.error.message}`);
  return run.status === 0;
}

function runTests(projects: string[]): Counts {
  mkdirSync(join(repository, ".cache"), { recursive: true });
  rmSync(countsFile, { force: true });
  const reporters = ["default", "test/support/summary-reporter.ts"];
  const args = [
    "run",
    ...projects.flatMap((name) => ["--project", name]),
    ...reporters.flatMap((name) => ["--reporter", name]),
  ];
  const green = succeeds("vitest", args, { HOMELAB_TEST_COUNTS: countsFile });
  if (!existsSync(countsFile)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
  // Vitest can fail for what no count shows, such as an obsolete option.
  return green || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

const engine = findEngine();
const engineRequired = process.env.HOMELAB_REQUIRE_ENGINE === "1";
const checks = [
  succeeds("biome", ["ci", "."]),
  succeeds("tsc", ["-p", "tsconfig.check.json"]),
  ...(engineRequired ? [engine !== undefined] : []),
];
const tests = runTests(["pure", "mock", ...(engine ? ["engine"] : [])]);

if (!engine) {
  const rule = "!".repeat(88);
  console.log(rule);
  console.log("THE ENGINE LAYER WAS NOT TESTED: no Pulumi CLI was found on PATH.");
  console.log(
    "Replace order, crash and convergence, policies in a real preview are unproven here.",
  );
  console.log("Install it from https://www.pulumi.com/docs/install/ and run `make test` again.");
  if (engineRequired) console.log("HOMELAB_REQUIRE_ENGINE=1, so this counts as a failure.");
  console.log(rule);
}
if (tests.skipped > 0) console.log(`${tests.skipped} tests were skipped`);

const passed = tests.passed + checks.filter((ok) => ok).length;
const failed = tests.failed + checks.filter((ok) => !ok).length;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || tests.passed === 0 ? 1 : 0;
