import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { budgets, OverrunError } from "../../clients/deadline";
import { runProgram } from "../../clients/programs";
import { engineReason } from "../../clients/pulumi/engine-error";
import { foreign } from "../../model/foreign-text";
import { isFileBackend, isStale, locksIn, stackLocks } from "../commands/recover/backend";
import { type ExportedState, stateSchema } from "../commands/recover/state";
import { lockWorkplace } from "../run/workplace-lock";
import { ledger } from "./ledger";
import { recorded } from "./recorded";
import { Failure } from "./usage";

/** Whether a command changes anything. */
export interface DryRun {
  /** Only says what would be done. @default false */
  dryRun?: boolean;
}

/**
 * Removes the lock of a process that is gone.
 *
 * @returns what was, or would be, done, in sentences
 * @throws Failure if somebody holds the stack
 */
export async function unlock(stack: Stack, { dryRun }: DryRun = {}): Promise<string[]> {
  const { url = "" } = await stack.workspace.whoAmI();
  const { name } = await stack.workspace.projectSettings();
  const locks = isFileBackend(url)
    ? stackLocks(url, name, stack.name)
    : await locksOfEngine(stack, name);
  const held = locks.find((lock) => !isStale(lock));
  if (held !== undefined) {
    throw new Failure(
      `stack ${stack.name} is locked by process ${held.pid} of ${held.username}@${held.hostname} since ${held.timestamp}; wait until it ends, or run \`pulumi cancel\` if it is gone`,
    );
  }
  if (locks.length === 0) return [];
  const gone = (verb: string) =>
    locks.map((lock) => `${verb} the lock of process ${lock.pid}, which is gone`);
  if (dryRun) return gone("would remove");
  await ledger.step("removing the lock of the stack", () => stack.cancel());
  return gone("removed");
}

/**
 * Locks of a backend that only the engine can read. Of its commands that touch nothing, a refresh of a
 * resource that is not there is one that takes the lock, and so says who has it.
 */
async function locksOfEngine(stack: Stack, project: string) {
  const nothing = `urn:pulumi:${stack.name}::${project}::homelab:none::none`;
  const args = ["refresh", "--yes", "--skip-preview", "--target", nothing];
  const { code, stdout, stderr } = await runPulumi(stack, args);
  return code === 0 ? [] : locksIn(`${stdout}\n${stderr}`);
}

// `Stack.exportStack` writes every secret in clear text; the CLI leaves them encrypted.

/** The state, with its secrets encrypted. */
export async function exportState(stack: Stack): Promise<ExportedState> {
  return inPrivateFile(async (file) => {
    await pulumi(stack, ["stack", "export", "--file", file]);
    const text = await readFile(file, "utf8").catch(() => {
      throw new Failure("pulumi stack export: it ended well and wrote nothing; run it by hand");
    });
    return recorded(stateSchema, text, "pulumi stack export");
  });
}

/** Puts another state in the place of a stack's. */
export async function importState(stack: Stack, state: ExportedState): Promise<void> {
  await ledger.step("writing the state of the stack", () =>
    inPrivateFile(async (file) => {
      await writeFile(file, JSON.stringify(state));
      await pulumi(stack, ["stack", "import", "--file", file]);
    }),
  );
}

/** Makes the next `up` carry resources out once more; the SDK's Automation API has no call for it. */
export async function taint(stack: Stack, urns: readonly string[]): Promise<void> {
  await ledger.step("marking resources in the state", () =>
    pulumi(stack, ["state", "taint", ...urns, "--yes"]),
  );
}

async function inPrivateFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "homelab-"));
  lockWorkplace(folder, folder);
  try {
    return await use(join(folder, "state.json"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pulumi(stack: Stack, args: string[]): Promise<void> {
  const what = `pulumi ${args.slice(0, 2).join(" ")}`;
  try {
    const { code, stdout, stderr } = await runPulumi(stack, args);
    if (code !== 0) throw new Error(stderr || stdout || `exit code ${code}`);
  } catch (error) {
    const fix = error instanceof OverrunError ? "; see whether its state backend answers" : "";
    throw new Failure(`${what}: ${foreign(engineReason(error))}${fix}`);
  }
}

/** Runs the CLI of a stack, however it ends. */
function runPulumi({ workspace, name }: Stack, args: readonly string[]) {
  const home = workspace.pulumiHome === undefined ? {} : { PULUMI_HOME: workspace.pulumiHome };
  const all = [...args, "--stack", name, "--non-interactive"];
  return runProgram(workspace.pulumiCommand.command, all, {
    cwd: workspace.workDir,
    env: { ...process.env, ...workspace.envVars, ...home },
    budget: budgets.backend,
  });
}
