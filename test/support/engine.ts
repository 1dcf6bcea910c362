import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { onTestFinished, test } from "vitest";
import { findEngine, openStack } from "../../clients/pulumi/engine";
import { tunnelToken } from "../../sim/cloudflare/cloudflare";
import type { Fault } from "../../sim/faults";
import { type Sim, startSim } from "../../sim/server";
import type { WorldState } from "../../sim/world";
import { type ProgramName, programs, stackOf } from "./programs/stacks";

/** The CLI that engine tests run; without one they do not run, loudly. */
export const engine = findEngine();

if (engine === undefined) {
  // Written past the console, which the tests keep silent.
  process.stderr.write("\n!!! ENGINE TESTS DO NOT RUN: found no Pulumi CLI on PATH !!!\n\n");
}

/** A test that needs the engine; where HOMELAB_REQUIRE_ALL=1 demands one it fails without. */
export const engineTest = test.runIf(
  engine !== undefined || process.env.HOMELAB_REQUIRE_ALL === "1",
);

/**
 * A case that differs from others in what it meets, not in what it shows: `make test LAYERS=nightly`
 * runs it, other runs leave it out.
 */
export const onlyNightly = <Case extends { nightly?: true }>(cases: readonly Case[]) =>
  cases.filter(({ nightly }) => nightly !== true || process.env.HOMELAB_NIGHTLY === "1");

/** A stack on platforms that outlive it: the same folder can be opened again. */
export interface Scene {
  stack: Stack;
  sim: Sim;
}

/** A folder that is gone after the test. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "homelab-engine-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/**
 * The state is written once, at the end of each operation, and not twice for each resource: that
 * is most of what an `up` of a whole stack costs. Not for one that is to be killed, which must
 * leave behind what a real one would.
 */
const unkilled = { PULUMI_SKIP_CHECKPOINTS: "true" };

/** Starts the platforms of a folder and opens the stack on them; both end with the test. */
export async function openScene(
  stateDir: string,
  program: ProgramName = "raw",
  faults: Fault[] = [],
  backendUrl?: string,
): Promise<Scene> {
  const sim = await platforms(stateDir, program, faults);
  const backend = backendUrl === undefined ? {} : { backendUrl };
  const options = { ...stackOf(program), sim, stateDir, env: unkilled, ...backend };
  return { sim, stack: await openStack(options) };
}

async function platforms(stateDir: string, program: ProgramName, faults: Fault[]): Promise<Sim> {
  const stateFile = join(stateDir, "world.json");
  const sim = await startSim({ ...programs[program].seed(), stateFile, faults });
  onTestFinished(() => sim.stop());
  return sim;
}

/** Where an `up` that is killed keeps its state, and what else happens while it hangs. */
interface KillOptions {
  /** @default a folder of the state folder */
  backendUrl?: string;
  whileHung?: () => Promise<void>;
}

/**
 * Runs `up` in a process of its own until a fault leaves a call unanswered, then kills it together
 * with its engine, as a power cut would.
 */
export async function killUpAt(
  stateDir: string,
  program: ProgramName,
  fault: Fault,
  { backendUrl = "", whileHung = async () => {} }: KillOptions = {},
): Promise<void> {
  const sim = await platforms(stateDir, program, [fault]);
  const hung = sim.hung();
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      join(__dirname, "programs/up-child.ts"),
      program,
      stateDir,
      sim.debugProviders,
      backendUrl,
    ],
    { detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = exitOf(child);
  const first = await Promise.race([hung.then(() => "hung" as const), ended]);
  if (first !== "hung") throw new Error(`up ended before the fault: ${first}`);
  await whileHung();
  // The group: the program and the engine that it started.
  process.kill(-Number(child.pid), "SIGKILL");
  await ended;
  await sim.stop();
}

function exitOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stderr?.on("data", (chunk) => {
    output += String(chunk);
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve(`${signal ?? code}: ${output.slice(-2000)}`));
  });
}

/**
 * What two runs must agree on: everything on the platforms, without what depends on the order of
 * calls (counters, logs, ids that Cloudflare draws, how often an idempotent script ran).
 */
export function stableWorld(world: WorldState): unknown {
  const { serial: _, changes: __, ...state } = structuredClone(world);
  for (const host of Object.values(state.hosts)) {
    const runs = host.runs.map((run) => JSON.stringify(run));
    host.runs = [...new Set(runs)].sort().map((run) => JSON.parse(run));
  }
  let text = JSON.stringify(sorted(state));
  for (const { id, accountId, name } of Object.values(state.cloudflare.tunnels)) {
    text = text.replaceAll(tunnelToken(accountId, id), `<token of ${name}>`);
    text = text.replaceAll(id, `<tunnel ${name}>`);
  }
  for (const [id, record] of Object.entries(state.cloudflare.records)) {
    text = text.replaceAll(id, `<record ${String(record.name)} ${String(record.type)}>`);
  }
  return sorted(JSON.parse(text));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** Names of everything that was created more than once; scripts are idempotent and do not count. */
export function createdTwice(world: WorldState): string[] {
  const created = world.changes
    .filter(({ method, type }) => method === "create" && !type.startsWith("command:"))
    .map(({ type, name }) => `${type} ${name}`);
  return created.filter((what, index) => created.indexOf(what) !== index);
}
