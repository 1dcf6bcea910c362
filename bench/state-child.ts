import "../start/light-sdk";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStack } from "../clients/pulumi/engine";
import { bytesWrittenBelow } from "./bytes-written";
import type { StateCost } from "./measured";
import { wholeProgram } from "./mock-run";
import { stackFileText, syntheticStack } from "./synthetic";

// What the engine's state of a stack costs: `state-child.ts DEBUG_PROVIDERS GUESTS NODES` rolls the stack
// out on simulated platforms, which are in another process.

const [debugProviders = "", guests = "", nodes = ""] = process.argv.slice(2);

/** Milliseconds of processor time of the quickest of a few runs. */
function quickest(work: () => void): number {
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

async function main(): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), "homelab-bench-"));
  const data = syntheticStack(Number(guests), Number(nodes));
  const configFile = join(stateDir, "Pulumi.bench.yaml");
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(configFile, stackFileText(data));
  try {
    const program = () => wholeProgram(data);
    const options = { stack: "bench", program, sim: { debugProviders }, stateDir, configFile };
    const stack = await openStack(options);
    const written = bytesWrittenBelow(process.pid);
    const began = performance.now();
    const { summary } = await stack.up({});
    const upMs = performance.now() - began;
    const again = performance.now();
    const { changeSummary } = await stack.preview({});
    const previewMs = performance.now() - again;
    const file = join(stateDir, "backend/.pulumi/stacks/homelab-ha/bench.json");
    const text = readFileSync(file, "utf8");
    const state: unknown = JSON.parse(text);
    const cost: StateCost = {
      resources: changeSummary.same ?? 0,
      created: summary.resourceChanges?.create ?? 0,
      bytes: Buffer.byteLength(text),
      writtenBytes: written(),
      upMs,
      previewMs,
      readMs: quickest(() => JSON.parse(readFileSync(file, "utf8"))),
      writeMs: quickest(() => writeFileSync(`${file}.copy`, JSON.stringify(state, null, 4))),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
    process.stdout.write(`\n${JSON.stringify(cost)}`);
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

void main().then(() => process.exit());
