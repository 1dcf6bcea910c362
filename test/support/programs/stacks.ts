import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseStackFile } from "../../../config/file/parse-file";
import type { StackConfig } from "../../../config/stack";
import { seedFromStack } from "../../../sim/seed";
import type { SimOptions } from "../../../sim/server";
import { stackText } from "../clusters/stacks";
import { rawProgram, rawSeed } from "./raw";

interface TestProgram {
  project: string;
  stack: string;
  run: () => Promise<Record<string, unknown>>;
  seed: () => SimOptions;
  /** Stack file with the configuration. @default none */
  configFile?: string;
}

/** Programs that engine tests run: raw resources only, and the stacks of this repository. */
export const programs = {
  raw: { project: "raw", stack: "raw", run: rawProgram, seed: () => rawSeed },
  homelab: ofThisRepository("homelab"),
  matrix: ofThisRepository("matrix"),
  "homelab-today": {
    ...ofThisRepository("homelab"),
    seed: () => homelabToday({ haNeverUsed: { pollMs: 2000 } }),
  },
  house: ofFile("house", "test/support/kills/Pulumi.house.yaml"),
  "house-edited": ofFile("house", "test/support/kills/Pulumi.house-edited.yaml"),
} satisfies Record<string, TestProgram>;

/** Where guests of `homelab` run before the first `up`, as the comments of its stack file say. */
const today: Record<number, string> = {
  110: "proxmox",
  121: "proxmox",
  130: "proxmox3",
  134: "proxmox",
};

/** The cluster `homelab` before the first `up`, with a node that scripts really run on. */
export function homelabToday(options: SimOptions = {}): SimOptions {
  const seed = seedFromStack(configOf("homelab"));
  const guests = (seed.guests ?? []).map((guest) => ({
    ...guest,
    node: today[guest.vmid] ?? guest.node,
  }));
  return { ...seed, guests, commands: "nodes", ...options };
}

/** Name of a program of the tests. */
export type ProgramName = keyof typeof programs;

/** What `openStack` needs for a program. */
export function stackOf(name: ProgramName) {
  const { project, stack, run, configFile }: TestProgram = programs[name];
  return { project, stack, program: run, ...(configFile === undefined ? {} : { configFile }) };
}

function ofThisRepository(stack: string): TestProgram {
  return {
    project: "homelab-ha",
    stack,
    run: () => wholeProgram(stack),
    seed: () => seedFromStack(configOf(stack)),
    configFile: join(__dirname, "../../..", `Pulumi.${stack}.yaml`),
  };
}

/**
 * A stack with its file, which need not be called as it is: the two of the random kills are of one stack.
 *
 * @param file from the root of the repository
 */
function ofFile(stack: string, file: string): TestProgram {
  const configFile = join(__dirname, "../../..", file);
  return {
    project: "homelab-ha",
    stack,
    run: async () => (await import("../../../program.js")).program(),
    seed: () => {
      const { parsed } = parseStackFile(readFileSync(configFile, "utf8"));
      if (parsed.stack === undefined) throw new Error(`${configFile} is refused`);
      return seedFromStack(parsed.stack);
    },
    configFile,
  };
}

async function wholeProgram(stack: string): Promise<Record<string, unknown>> {
  // Loaded late: it brings every SDK with it.
  const { program } = await import("../../../program.js");
  const { apiLoadBalancers } = configOf(stack);
  const password = (name: string) => [name, `1f0c9a3be7d2486f85a1c0d4-${name}`];
  return program({
    statsPasswords: Object.fromEntries(Object.keys(apiLoadBalancers).map(password)),
  });
}

function configOf(stack: string): StackConfig {
  const { parsed } = parseStackFile(stackText(stack));
  if (parsed.stack === undefined) throw new Error(`Pulumi.${stack}.yaml is refused`);
  return parsed.stack;
}
