import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

interface Finished {
  stdout: string;
  stderr: string;
  code: number;
}

/** The method that the SDK leaves out of its types. */
interface Runs {
  run(args: string[], ...rest: unknown[]): Promise<Finished>;
}

/** Where a rehearsal keeps a stack. */
interface Kept {
  /** Folder of the backend. */
  backend: string;
  project: string;
  stack: string;
}

/** The file with the state of a stack; there is one as soon as the stack was created. */
export function stateFile({ backend, project, stack }: Kept): string {
  return join(backend, ".pulumi", "stacks", project, `${stack}.json`);
}

/**
 * A CLI that is not started for what the Automation API asks beside the operations: outputs (twice),
 * which no caller of `openStack` reads; the last update, which lies in the backend as a file; and to
 * select a stack that is there, since each operation names its stack. Each start costs a fifth of a
 * second of processor time.
 */
export function frugal(command: PulumiCommand, kept: Kept): PulumiCommand {
  const { backend, project, stack } = kept;
  const history = join(backend, ".pulumi", "history", project, stack);
  const state = stateFile(kept);
  const answers = (args: readonly string[]): string | undefined => {
    if (args[0] !== "stack") return undefined;
    if (args[1] === "output") return "{}";
    if (args[1] === "select") return existsSync(state) ? "" : undefined;
    return args[1] === "history" ? lastUpdate(history) : undefined;
  };
  const run = (args: string[], ...rest: unknown[]) => {
    const stdout = answers(args);
    if (stdout !== undefined) return Promise.resolve({ stdout, stderr: "", code: 0 });
    return (command as unknown as Runs).run(args, ...rest);
  };
  return Object.create(command, { run: { value: run } }) as PulumiCommand;
}

/** The newest update as the CLI would list it; the names of the files begin with its time. */
function lastUpdate(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const newest = files
    .filter((name) => name.endsWith(".history.json"))
    .sort()
    .at(-1);
  return newest === undefined ? "[]" : `[${readFileSync(join(folder, newest), "utf8")}]`;
}
