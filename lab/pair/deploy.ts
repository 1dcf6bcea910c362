import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { openStack } from "../../clients/pulumi/engine";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { type Sim, startSim } from "../../sim/server";
import { childOf } from "../machine/host";
import { RUN_FOLDER } from "../machine/places";
import type { World } from "../machine/world";
import { engineText } from "./engine-text";
import { type LabProgram, program } from "./program";

/** What one `pulumi up` did. */
export interface Deployed {
  seconds: number;
  /** Resources by what was done with them, e.g. `{ create: 40 }`. */
  changes: Readonly<Record<string, number>>;
}

/** What is to be different from the last time; what it leaves out stays. */
export type Change<Plan = LabProgram> = (current: Plan) => Partial<Plan>;

/** The stack on the hosts of the lab. */
export interface Deployment<Plan = LabProgram> {
  /** `pulumi up` with the real engine, over real SSH; throws with the words of what failed. */
  up(change?: Change<Plan>): Promise<Deployed>;
  /** The same with an engine that is killed when the moment has come; throws when it ended before. */
  upKilled(change: Change<Plan>, moment: Promise<unknown>): Promise<void>;
  /** What the last `up` deployed. */
  current(): Plan;
  /** Puts the stack in order after a kill, and says what was done. */
  recover(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Opens the stack of the Traefik pair; nothing is deployed yet. */
export function openDeployment(world: World, profile: VrrpProfile): Promise<Deployment> {
  const base: LabProgram = {
    profile,
    hosts: world.hosts,
    privateKey: world.privateKey,
    traefikVersion: world.traefikVersion,
    routes: {},
  };
  return openProgram(base, program);
}

/** Opens a stack of any program on the hosts. */
export async function openProgram<Plan>(
  base: Plan,
  build: (plan: Plan) => Record<string, unknown>,
): Promise<Deployment<Plan>> {
  const sim = await startSim({ commands: "ssh" });
  let stack: Stack | undefined;
  let current = base;
  const begin = async (change?: Change<Plan>) => {
    current = { ...current, ...change?.(current) };
    stack ??= await open(sim, () => build(current));
    return stack;
  };
  return {
    up: async (change) => {
      const opened = await begin(change);
      const beginMs = performance.now();
      const { summary } = await opened.up().catch((error: unknown) => {
        throw new Error(`pulumi up failed:\n${engineText(String(error))}`);
      });
      const seconds = (performance.now() - beginMs) / 1000;
      return { seconds, changes: summary.resourceChanges ?? {} };
    },
    upKilled: async (change, moment) => {
      const opened = await begin(change);
      const text = opened.up().then(
        () => "it went through",
        (error: unknown) => engineText(String(error)),
      );
      const early = await Promise.race([text, moment.then(() => undefined)]);
      if (early !== undefined) throw new Error(`pulumi up ended before its kill: ${early}`);
      const engine = childOf(process.pid, "pulumi");
      if (engine === undefined) throw new Error("found no engine to kill");
      process.kill(engine, "SIGKILL");
      await text;
    },
    current: () => current,
    recover: async () => {
      // Loaded late: only a killed engine needs it.
      const { recover } = await import("../../cli/commands/recover/run.js");
      return recover(await begin());
    },
    stop: () => sim.stop(),
  };
}

function open(sim: Sim, build: () => Record<string, unknown>): Promise<Stack> {
  return openStack({
    stack: "lab",
    project: "homelab-lab",
    program: async () => build(),
    sim,
    stateDir: join(RUN_FOLDER, "stack"),
  });
}
