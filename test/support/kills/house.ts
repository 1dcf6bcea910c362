import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { recover } from "../../../cli/commands/recover/run";
import { openStack } from "../../../clients/pulumi/engine";
import { errorText } from "../../../model/text";
import type { Call, Fault } from "../../../sim/faults";
import { type Sim, startSim } from "../../../sim/server";
import type { WorldState } from "../../../sim/world";
import { stableWorld } from "../engine";
import { type ProgramName, programs, stackOf } from "../programs/stacks";
import { killedUp, NOT_KILLED } from "./process";
import { type Attempt, type Kill, keyOf, type Round, type SceneName } from "./round";

/** What an `up` of a scene amounts to that nothing disturbs. */
interface Undisturbed {
  /** Folder as it is before. */
  folder: string;
  world: unknown;
  /** What was made and removed, each as often as it happened. */
  made: string[];
  calls: Call[];
}

/** Houses that are rolled out once, and copied for every round. */
export interface Houses {
  scenes: Record<SceneName, Undisturbed>;
  remove(): void;
}

const programOf: Record<SceneName, ProgramName> = { first: "house", edited: "house-edited" };

async function openHouse(
  stateDir: string,
  program: ProgramName,
): Promise<{ sim: Sim; stack: Stack }> {
  const stateFile = join(stateDir, "world.json");
  const sim = await startSim({ ...programs[program].seed(), stateFile });
  const env = { PULUMI_SKIP_CHECKPOINTS: "true" };
  return { sim, stack: await openStack({ ...stackOf(program), sim, stateDir, env }) };
}

/** Rolls the house out in both scenes. */
export async function buildHouses(): Promise<Houses> {
  const root = mkdtempSync(join(tmpdir(), "homelab-kills-"));
  const empty = join(root, "empty");
  const built = join(root, "built");
  const edited = join(root, "edited");
  const { sim } = await openHouse(empty, "house");
  await sim.stop();
  cpSync(empty, built, { recursive: true });
  const first = await undisturbed(empty, built, "first");
  cpSync(built, edited, { recursive: true });
  const scenes = { first, edited: await undisturbed(built, edited, "edited") };
  return { scenes, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }) };
}

async function undisturbed(before: string, after: string, scene: SceneName): Promise<Undisturbed> {
  const { sim, stack } = await openHouse(after, programOf[scene]);
  const calls: Call[] = [];
  const around = sim.faults.around.bind(sim.faults);
  sim.faults.around = (call, run) => {
    calls.push(call);
    return around(call, run);
  };
  const begin = sim.world.state.changes.length;
  await stack.up();
  await sim.stop();
  const { state } = sim.world;
  return { folder: before, world: stableWorld(state), made: madeIn(state, begin), calls };
}

/** Its creation, too, is a PUT of the whole configuration of a tunnel that exists. */
const TUNNEL_CONFIG =
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";

/** Scripts may run again and again, and so may what sets something to what it is. */
function madeIn({ changes }: WorldState, begin: number): string[] {
  const made = changes
    .slice(begin)
    .filter(({ method, type }) => method !== "update" && !type.startsWith("command:"));
  const again = new Set(made.filter(({ type }) => type === TUNNEL_CONFIG).map(keyOf));
  return [...made.filter(({ type }) => type !== TUNNEL_CONFIG).map(keyOf), ...again].sort();
}

/** What became of a round. */
export interface Outcome {
  /** How each attempt ended. */
  attempts: string[];
  /** What did not hold; empty where all is well. */
  missed: string[];
}

/** Plays a round on a copy of the house. */
export async function play(round: Round, { scenes }: Houses): Promise<Outcome> {
  const wanted = scenes[round.scene];
  const stateDir = mkdtempSync(join(tmpdir(), "homelab-engine-"));
  try {
    cpSync(wanted.folder, stateDir, { recursive: true });
    return await disturb(round, wanted, stateDir);
  } finally {
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const EARLY: Fault = { kind: "hang", at: { method: "check", nth: 20 } };

async function disturb(round: Round, wanted: Undisturbed, stateDir: string): Promise<Outcome> {
  const program = programOf[round.scene];
  const attempts: string[] = [];
  const missed: string[] = [];
  let { sim, stack } = await openHouse(stateDir, program);
  const begin = sim.world.state.changes.length;
  const restart = async () => {
    // A provider goes on with what it was told, also when nobody waits for it any more.
    await sim.faults.idle();
    await sim.stop();
    ({ sim, stack } = await openHouse(stateDir, program));
  };
  for (const { errors, kill } of round.attempts) {
    if (kill === undefined) {
      sim.faults.replace(errors);
      attempts.push(await said(stack.up()));
      sim.faults.replace([]);
      continue;
    }
    const cut = async (attempt: Attempt & { kill: Kill }) => {
      const how = await killedUp({ program, stateDir, sim }, attempt);
      await restart();
      attempts.push(how, `recover: ${await recovered(stack, sim, round)}`);
      return how !== NOT_KILLED;
    };
    // Amid its first steps, where it failed too early or had nothing to do at its point any more.
    if (!(await cut({ errors, kill }))) await cut({ errors: [], kill: { ...kill, fault: EARLY } });
  }
  const last = await said(stack.up());
  if (last !== "well") missed.push(`the next up: ${last}`);
  const { state } = sim.world;
  const made = madeIn(state, begin);
  missed.push(...different("made or removed", wanted.made, made));
  missed.push(...different("wished state", lines(wanted.world), lines(stableWorld(state))));
  const again = await changesOf(stack);
  if (again !== "same") missed.push(`the up after it: ${again}`);
  const locks = locksIn(stateDir);
  if (locks.length > 0) missed.push(`left: ${locks.join(", ")}`);
  const left = await recover(stack).catch((error) => [errorText(error)]);
  if (left.length > 0) missed.push(`still to recover: ${left.join(", ")}`);
  await sim.stop();
  return { attempts, missed };
}

/** The advice of docs/first-up.md, once more where it met trouble itself. */
async function recovered(stack: Stack, sim: Sim, { recovery }: Round): Promise<string> {
  if (recovery) sim.faults.replace([recovery]);
  const met = recovery ? await said(recover(stack)) : "well";
  sim.faults.replace([]);
  const done = await recover(stack).catch((error) => [errorText(error)]);
  return `${met === "well" ? "" : `${met}; again: `}${done.join(", ") || "nothing to do"}`;
}

async function said(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "well";
  } catch (error) {
    const lines = errorText(error)
      .split("\n")
      .filter((line) => /error:|Error:/.test(line));
    return (lines.join(" | ") || errorText(error)).slice(0, 1500);
  }
}

async function changesOf(stack: Stack): Promise<string> {
  try {
    return Object.keys((await stack.up()).summary.resourceChanges ?? {}).join(", ");
  } catch (error) {
    return errorText(error).slice(0, 600);
  }
}

function locksIn(stateDir: string): string[] {
  const folder = join(stateDir, "backend", ".pulumi", "locks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".json"));
}

const lines = (world: unknown) => JSON.stringify(world, undefined, 1).split("\n");

/** What one list has that the other has not, each entry as often as it stands there. */
function different(what: string, wanted: readonly string[], found: readonly string[]): string[] {
  const rest = [...found];
  const lost = wanted.filter((entry) => {
    const at = rest.indexOf(entry);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  const named = (verb: string, list: readonly string[]) =>
    list.slice(0, 6).map((entry) => `${what}: ${verb} ${entry.trim()}`);
  return [...named("not there:", lost), ...named("too much:", rest)];
}
