import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll } from "vitest";
import { parse, stringify } from "yaml";
import { openStack } from "../../../clients/pulumi/engine";
import { moveGuest } from "../../../sim/proxmox/api";
import { type Sim, type SimOptions, startSim } from "../../../sim/server";
import type { WorldState } from "../../../sim/world";
import { naiveProgram } from "../../naive-program/program";
import { types } from "../platform";
import { naiveFacts, type StackFile, stackFile } from "./facts";

/** What one run proposes or did, and what it told its reader. */
export interface Outcome {
  /** The last operation on each guest by resource name; `same` is left out. */
  guests: Record<string, string>;
  /** Operations on everything else that are not `same`: `<operation> <name>`. */
  others: string[];
  /** Notes, warnings and errors of the run, without line breaks at the end. */
  reported: string[];
}

/** A program on simulated platforms of its own, put back to where it began before every scenario. */
export interface Side {
  stack: Stack;
  sim: Sim;
  /** HA moves a guest. */
  move(vmid: number, node: string): void;
  preview(refresh?: "refresh"): Promise<Outcome>;
  refresh(): Promise<Outcome>;
  up(): Promise<Outcome>;
}

const project = "relocation";

/**
 * Both programs, ours and the naive one, rolled out once for all tests of a file.
 *
 * @returns `begin`, which puts both back to that moment and gives them out
 */
export function relocationScene(pveVersion: 8 | 9 = 9) {
  const folder = mkdtempSync(join(tmpdir(), "homelab-relocation-"));
  const file = join(folder, "stack.yaml");
  const naive = { facts: naiveFacts(pveVersion, true) };
  let sides: { ours: Kept; naive: Kept } | undefined;
  const write = (config: StackFile, path: string) => {
    const settings = parse(readFileSync(path, "utf8"));
    writeFileSync(path, stringify({ ...settings, config }));
  };

  beforeAll(async () => {
    writeFileSync(file, stringify({ config: stackFile(pveVersion) }));
    const seed = {
      pveVersion,
      nodes: ["pve1", "pve2", "pve3"],
      guests: [
        { vmid: 130, type: "vm" as const, node: "pve1", name: "db" },
        { vmid: 120, type: "ct" as const, node: "pve2", name: "dns" },
      ],
    };
    const { program } = await import("../../../program.js");
    const naiveRun = async () => {
      naiveProgram(naive.facts);
      return {};
    };
    const [ours, other] = await Promise.all([
      roll(join(folder, "ours"), seed, () => program(), file),
      roll(join(folder, "naive"), seed, naiveRun),
    ]);
    sides = { ours, naive: other };
  });

  afterAll(async () => {
    await Promise.all([sides?.ours.sim.stop(), sides?.naive.sim.stop()]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  return {
    begin() {
      if (sides === undefined) throw new Error("the engine did not roll the programs out");
      sides.ours.reset();
      sides.naive.reset();
      naive.facts = naiveFacts(pveVersion);
      const config = stackFile(pveVersion);
      const path = join(folder, "ours", "workspace", `Pulumi.${project}.yaml`);
      write(config, path);
      return {
        ours: sides.ours,
        naive: sides.naive,
        facts: naive.facts,
        /** Edits the stack file. */
        edit(change: (file: StackFile) => void) {
          change(config);
          write(config, path);
        },
      };
    },
  };
}

interface Kept extends Side {
  reset(): void;
}

async function roll(
  stateDir: string,
  seed: SimOptions,
  program: () => Promise<Record<string, unknown>>,
  configFile?: string,
): Promise<Kept> {
  const sim = await startSim(seed);
  const stack = await openStack({
    stack: project,
    project,
    program,
    sim,
    stateDir,
    ...(configFile !== undefined && { configFile }),
  });
  await stack.up();
  const [backend, kept] = [join(stateDir, "backend"), join(stateDir, "kept")];
  cpSync(backend, kept, { recursive: true });
  const world = structuredClone(sim.world.state);
  return {
    ...side(stack, sim),
    reset() {
      rmSync(backend, { recursive: true });
      cpSync(kept, backend, { recursive: true });
      sim.faults.replace([]);
      sim.world.change((state: WorldState) => Object.assign(state, structuredClone(world)));
    },
  };
}

function side(stack: Stack, sim: Sim): Side {
  return {
    stack,
    sim,
    move: (vmid, node) => sim.world.change((state) => moveGuest(state.proxmox, vmid, node)),
    preview: (refresh) =>
      watched((onEvent) => stack.preview({ refresh: refresh !== undefined, onEvent })),
    refresh: () => watched((onEvent) => stack.refresh({ onEvent })),
    up: () => watched((onEvent) => stack.up({ onEvent })),
  };
}

/** Runs the engine and reads what it said; a refusal is an outcome like any other. */
async function watched(
  run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
): Promise<Outcome> {
  const outcome: Outcome = { guests: {}, others: [], reported: [] };
  const failure = await run((event) => note(event, outcome)).then(
    () => undefined,
    (error: Error) => error,
  );
  // A run that ended badly must not look like one with nothing to say.
  if (failure !== undefined && !outcome.reported.some((line) => line.startsWith("error: "))) {
    outcome.reported.push(`error: ${failure.message}`);
  }
  return outcome;
}

function note(event: EngineEvent, outcome: Outcome): void {
  const { diagnosticEvent: reported, resourcePreEvent: before, resOutputsEvent: after } = event;
  if (reported && ["info", "warning", "error"].includes(reported.severity)) {
    const text = reported.message.replace(/<\{%.*?%\}>/g, "").trim();
    if (text !== "") outcome.reported.push(`${reported.severity}: ${text}`);
  }
  // A refresh tells only afterwards what it found.
  const metadata = after?.metadata ?? before?.metadata;
  if (metadata === undefined) return;
  const { op, type, urn } = metadata;
  if (["same", "refresh", "read"].includes(op)) return;
  // One replacement is told in three steps, of which only two are called so.
  const what = /replace/.test(op) ? "replace" : op;
  const name = urn.split("::").at(-1) ?? "";
  if (type === types.container || type === types.machine) outcome.guests[name] = what;
  // The stack itself, and the providers that the engine takes by itself.
  else if (!type.startsWith("pulumi:") && !outcome.others.includes(`${what} ${name}`)) {
    outcome.others.push(`${what} ${name}`);
  }
}
