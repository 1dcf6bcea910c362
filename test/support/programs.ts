import { join } from "node:path";
import { parseStackFile } from "../../config/stack-file";
import { type Seed, seedFromStack } from "../../sim/seed";
import { rawProgram, rawSeed } from "./raw-program";
import { stackText } from "./stacks";

interface TestProgram {
  project: string;
  stack: string;
  run: () => Promise<Record<string, unknown>>;
  seed: () => Seed;
  /** Stack file with the configuration. @default none */
  configFile?: string;
}

/** Programs that engine tests run: raw resources only, and the stack of this repository. */
export const programs = {
  raw: { project: "raw", stack: "raw", run: rawProgram, seed: () => rawSeed },
  homelab: {
    project: "homelab-ha",
    stack: "homelab",
    run: homelab,
    seed: homelabSeed,
    configFile: join(__dirname, "..", "..", "Pulumi.homelab.yaml"),
  },
} satisfies Record<string, TestProgram>;

/** Name of a program of the tests. */
export type ProgramName = keyof typeof programs;

/** What `openStack` needs for a program. */
export function stackOf(name: ProgramName) {
  const { project, stack, run, configFile }: TestProgram = programs[name];
  return { project, stack, program: run, ...(configFile === undefined ? {} : { configFile }) };
}

async function homelab(): Promise<Record<string, unknown>> {
  // Loaded late: it brings every SDK with it.
  const { program } = await import("../../program.js");
  return program({ statsPasswords: { "k8s-api": "1f0c9a3be7d2486f85a1c0d4" } });
}

function homelabSeed(): Seed {
  const { parsed } = parseStackFile(stackText("homelab"));
  if (parsed.stack === undefined) throw new Error("Pulumi.homelab.yaml is refused");
  return seedFromStack(parsed.stack);
}
