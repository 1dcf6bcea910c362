import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import type { VrrpProfile } from "../model/vrrp";
import { openStack } from "../sim/engine";
import { type Sim, startSim } from "../sim/server";
import { engineWords } from "./engine-words";
import { RUN_FOLDER } from "./places";
import { type LabProgram, program } from "./program";
import type { World } from "./world";

/** What one `pulumi up` did. */
export interface Deployed {
  seconds: number;
  /** Resources by what was done with them, e.g. `{ create: 40 }`. */
  changes: Readonly<Record<string, number>>;
}

/** The stack on the hosts of the lab. */
export interface Deployment {
  /** `pulumi up` with the real engine, over real SSH; throws with the words of what failed. */
  up(change?: (current: LabProgram) => Partial<LabProgram>): Promise<Deployed>;
  stop(): Promise<void>;
}

/** Opens the stack; nothing is deployed yet. */
export async function openDeployment(world: World, profile: VrrpProfile): Promise<Deployment> {
  const sim = await startSim({ commands: "ssh" });
  const base: LabProgram = {
    profile,
    hosts: world.hosts,
    privateKey: world.privateKey,
    traefikVersion: world.traefikVersion,
    routes: {},
  };
  let stack: Stack | undefined;
  let current = base;
  return {
    up: async (change) => {
      current = { ...current, ...change?.(current) };
      stack ??= await open(sim, () => current);
      const begin = performance.now();
      const { summary } = await stack.up().catch((error: unknown) => {
        throw new Error(`pulumi up failed:\n${engineWords(String(error))}`);
      });
      const seconds = (performance.now() - begin) / 1000;
      return { seconds, changes: summary.resourceChanges ?? {} };
    },
    stop: () => sim.stop(),
  };
}

function open(sim: Sim, current: () => LabProgram): Promise<Stack> {
  return openStack({
    stack: "lab",
    project: "homelab-lab",
    program: async () => program(current()),
    sim,
    stateDir: join(RUN_FOLDER, "stack"),
  });
}
