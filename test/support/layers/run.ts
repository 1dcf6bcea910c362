import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Result, resultSchema } from "../summary-reporter";

const repository = join(__dirname, "../../..");

/** How something is run beside others. */
interface Manner {
  /** Whether its output goes to the terminal at once. @default it is kept, for when the others ended */
  shown?: boolean;
  /** Whether it leaves the processors to the others when they want them. @default it does not */
  yields?: boolean;
}

interface Ran {
  ok: boolean;
  /** What it printed, where that was not shown at once. */
  output: string;
}

/** A command that leaves the processors to others when they want them; itself where there is no `nice`. */
export function yielding(command: [string, ...string[]]): [string, ...string[]] {
  return process.platform === "win32" ? command : ["nice", "-n", "15", ...command];
}

/** Runs a program of `node_modules/.bin` to its end. */
export function runTool(
  command: string,
  args: readonly string[],
  { shown = false, yields = false }: Manner = {},
  env: Record<string, string> = {},
): Promise<Ran> {
  const program = join(repository, "node_modules", ".bin", command);
  const [first, ...rest] = yields ? yielding([program, ...args]) : [program, ...args];
  const stream = shown ? "inherit" : "pipe";
  const child = spawn(first, rest, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ["ignore", stream, stream],
  });
  const chunks: Buffer[] = [];
  for (const from of [child.stdout, child.stderr]) {
    from?.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  return new Promise((resolve) => {
    const end = (ok: boolean) => resolve({ ok, output: Buffer.concat(chunks).toString("utf8") });
    child.once("error", (error) => {
      chunks.push(Buffer.from(`${command}: ${error.message}\n`));
      end(false);
    });
    child.once("close", (code) => end(code === 0));
  });
}

/** An outcome that no test has, such as vitest itself failing. */
function broken(message: string): Result {
  const failures = [{ project: "", file: "", test: "vitest", message }];
  return { passed: 0, skipped: 0, failures, files: [] };
}

/** What came of tests, and what they printed. */
export interface LayerRun {
  result: Result;
  output: string;
}

/** Runs layers in one vitest; some files of them only, where there are any. */
export async function runTests(
  projects: readonly string[],
  files: readonly string[] = [],
  manner: Manner = { shown: true },
): Promise<LayerRun> {
  const folder = join(repository, ".cache");
  mkdirSync(folder, { recursive: true });
  // One for each, because several run at once.
  const resultFile = join(folder, `test-result-${projects.join("-")}.json`);
  rmSync(resultFile, { force: true });
  const reporters = ["default", "test/support/summary-reporter.ts"];
  const args = [
    "run",
    ...files,
    ...projects.flatMap((name) => ["--project", name]),
    ...reporters.flatMap((name) => ["--reporter", name]),
  ];
  const { ok, output } = await runTool("vitest", args, manner, { HOMELAB_TEST_RESULT: resultFile });
  if (!existsSync(resultFile)) return { result: broken("ended without a result"), output };
  const result = resultSchema.parse(JSON.parse(readFileSync(resultFile, "utf8")));
  if (ok || result.failures.length > 0) return { result, output };
  // Vitest can fail for what no test shows, such as an obsolete option.
  const { failures } = broken("failed though every test passed");
  return { result: { ...result, failures }, output };
}

/** Processor seconds of everything that this process started and that ended; undefined elsewhere than on Linux. */
export function processorSeconds(): number | undefined {
  if (!existsSync("/proc/self/stat")) return undefined;
  const text = readFileSync("/proc/self/stat", "utf8");
  const [user = 0, system = 0] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(13, 15)
    .map(Number);
  // The kernel counts in hundredths for whoever reads this file.
  return (user + system) / 100;
}
