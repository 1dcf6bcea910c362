import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Table from "cli-table3";
import { recorded } from "../cli/lib/recorded";
import { findEngine } from "../clients/pulumi/engine";
import { parseStack } from "../config/parse";
import { seedFromStack } from "../sim/seed";
import { startSim } from "../sim/server";
import { median } from "./measure";
import { type Measured, type StateCost, stateCostSchema } from "./measured";
import { processCost } from "./process-cost";
import { stackFileText, syntheticStack } from "./synthetic";

/**
 * What 5,000 guests on 200 nodes cost in 50 stacks, of which each is a cluster of its own: its file, its
 * check, its preview, its state; beside it the state of a smaller stack, for what the CLI writes grows with
 * the square of the resources. `STACKS=5` makes fewer of them.
 */
const [STACKS, GUESTS, NODES] = [Number(process.env.STACKS ?? 50), 100, 4];
/** A smaller stack of the same kind. */
const SMALLER = { guests: 20, nodes: 4 };

const root = join(__dirname, "..");
const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** The middle one and the largest, for sums say nothing of the odd one. */
function spread(costs: readonly Measured[]): string {
  const [times, peaks] = [costs.map(({ ms }) => ms), costs.map(({ peakMb }) => peakMb)];
  const sum = times.reduce((all, one) => all + one, 0);
  return `${seconds(median(times))} each (slowest ${seconds(Math.max(...times))}), ${Math.max(...peaks)} MB at most, ${seconds(sum)} in all`;
}

/** Each stack with its own file; VMIDs and names of guests may be the same in all, for clusters do not meet. */
function filesIn(folder: string): string[] {
  const data = syntheticStack(GUESTS, NODES) as { cluster: object };
  return Array.from({ length: STACKS }, (_, index) => {
    const name = `rack${index + 1}`;
    const file = join(folder, `Pulumi.${name}.yaml`);
    writeFileSync(file, stackFileText({ ...data, cluster: { ...data.cluster, name } }));
    return file;
  });
}

async function stateOf(guests: number, nodes: number): Promise<StateCost | undefined> {
  if (!findEngine()) return undefined;
  const { stack } = parseStack(syntheticStack(guests, nodes));
  if (!stack) throw new Error("the synthetic stack is refused");
  const sim = await startSim(seedFromStack(stack));
  try {
    const child = join(__dirname, "state-child.ts");
    const args = ["--import", "tsx", child, sim.debugProviders, String(guests), String(nodes)];
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 1e9 });
    return recorded(stateCostSchema, stdout.slice(stdout.lastIndexOf("\n") + 1), "state-child.ts");
  } finally {
    await sim.stop();
  }
}

function stateRows(what: string, cost: StateCost | undefined): [string, string][] {
  if (!cost) return [[`state of ${what}`, "no Pulumi CLI found: not measured"]];
  const { resources, bytes, writtenBytes, upMs, previewMs, readMs, writeMs, peakMb } = cost;
  return [
    [`state of ${what}`, `${mb(bytes)}, ${resources} resources`],
    ["  read and parsed, written", `${Math.round(readMs)} ms, ${Math.round(writeMs)} ms`],
    ["  first up on simulated platforms", `${seconds(upMs)}, the CLI writes ${mb(writtenBytes)}`],
    ["  preview without a change", seconds(previewMs)],
    ["  most memory of the program, with the real engine", `${peakMb} MB`],
  ];
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "homelab-bench-"));
  try {
    const files = filesIn(folder);
    const text = stackFileText(syntheticStack(GUESTS, NODES));
    const each = (...args: string[]) =>
      files.map((file) => processCost([join(root, "bin/homelab.js"), ...args, "--file", file]));
    const rows: [string, string][] = [
      ["stack files", `${STACKS}, each ${text.split("\n").length} lines, ${mb(text.length)}`],
      ["validate", spread(each("validate"))],
      ["simulate, every single and double loss", spread(each("simulate", "--json"))],
      ["preview on the mock monitor", spread(each("preview", "--no-engine"))],
      ...stateRows(`one of these stacks, ${GUESTS} guests`, await stateOf(GUESTS, NODES)),
      ...stateRows(
        `a stack with ${SMALLER.guests} guests`,
        await stateOf(SMALLER.guests, SMALLER.nodes),
      ),
    ];
    const head = [`${STACKS * GUESTS} guests, ${STACKS * NODES} nodes, ${STACKS} stacks`, ""];
    const table = new Table({ head });
    table.push(...rows);
    process.stdout.write(`${table.toString()}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
