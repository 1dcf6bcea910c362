import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEngine, openStack } from "../clients/pulumi/engine";
import { parseStackFile } from "../config/file/parse-file";
import { program } from "../program";
import { seedFromStack } from "../sim/seed";
import { startSim } from "../sim/server";
import { compare, type Ratio } from "./measure";
import { processMs } from "./process-cost";

const root = join(__dirname, "..");

/** A few previews say enough: each starts the engine, the providers and the pack. */
const MOST_ROUNDS = 5;

/** Start of Node with the whole SDK: what any Pulumi program begins with. */
const bareSdk = () => processMs(["--eval", 'require("@pulumi/pulumi")']);

/**
 * `homelab preview` from its start to its end against the start of any Pulumi program. What the Pulumi
 * CLI and the policy pack's process take is not counted, for they are other processes.
 */
function previewFromStart(name: string, rounds: number, args: string[]): Promise<Ratio> {
  const preview = () => processMs([join(root, "bin/homelab.js"), "preview", ...args]);
  // The first run makes what the others have.
  preview();
  return compare(
    name,
    { measured: preview, baseline: bareSdk },
    { rounds: Math.min(rounds, MOST_ROUNDS), limit: 4 },
  );
}

export function mockPreviewFromStart(rounds: number): Promise<Ratio> {
  const name = "homelab preview, mock monitor ÷ node with the SDK";
  return previewFromStart(name, rounds, ["--no-engine"]);
}

export async function enginePreviewFromStart(rounds: number): Promise<Ratio | undefined> {
  if (!findEngine()) return undefined;
  return previewFromStart("homelab preview, engine ÷ node with the SDK", rounds, []);
}

/** A preview of the homelab stack by the real engine, with the policy pack against without. */
export async function previewWithPack(rounds: number): Promise<Ratio | undefined> {
  const engine = findEngine();
  if (!engine) {
    process.stderr.write("no Pulumi CLI found: the preview with the policy pack is not measured\n");
    return undefined;
  }
  const configFile = join(root, "Pulumi.homelab.yaml");
  const { parsed } = parseStackFile(readFileSync(configFile, "utf8"));
  if (!parsed.stack) throw new Error("the homelab stack is refused; run make preview");
  const stateDir = mkdtempSync(join(tmpdir(), "homelab-bench-"));
  const sim = await startSim(seedFromStack(parsed.stack));
  try {
    const stack = await openStack({
      engine,
      stack: "homelab",
      program: () => program({ statsPasswords: { "k8s-api": "bench-3f9c1d7a52e8" } }),
      sim,
      stateDir,
      configFile,
    });
    const wall = async (policyPacks: string[]) => {
      const before = performance.now();
      await stack.preview({ policyPacks });
      return performance.now() - before;
    };
    return await compare(
      "engine preview with the policy pack ÷ without (homelab)",
      { measured: () => wall([join(root, "policy")]), baseline: () => wall([]) },
      { rounds: Math.min(rounds, MOST_ROUNDS) },
    );
  } finally {
    await sim.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}
