import "../start/light-sdk";
import Table from "cli-table3";
import { imports } from "./imports";
import type { Ratio } from "./measure";
import { enginePreviewFromStart, mockPreviewFromStart, previewWithPack } from "./preview";
import {
  judgementPerGuest,
  programAgainstFlat,
  programOnSameSdk,
  programPerGuest,
  rulesPerResource,
} from "./programs";
import { packageAgainstNode, simulateAgainstNode, validateAgainstNode } from "./validate";

// As in the command line: the SDK takes a stack trace per promise, and mapping each to TypeScript
// would be most of what is measured.
process.setSourceMapsEnabled(false);

/** Rounds of each comparison; more make a noisy machine's medians steadier. */
const ROUNDS = Number(process.env.ROUNDS ?? 9);

function row({ name, measured, baseline, ratio, limit }: Ratio): string[] {
  const verdict = limit === undefined ? "" : ratio <= limit ? `≤ ${limit}` : `over ${limit}`;
  return [name, measured.toFixed(2), baseline.toFixed(2), ratio.toFixed(2), verdict];
}

async function main(): Promise<void> {
  const table = new Table({ head: ["comparison", "measured ms", "against ms", "ratio", "target"] });
  const benches = [
    programAgainstFlat,
    programOnSameSdk,
    imports,
    mockPreviewFromStart,
    enginePreviewFromStart,
    programPerGuest,
    judgementPerGuest,
    rulesPerResource,
    previewWithPack,
    validateAgainstNode,
    simulateAgainstNode,
    packageAgainstNode,
  ];
  let over = false;
  for (const bench of benches) {
    const result = await bench(ROUNDS);
    if (!result) continue;
    over ||= result.limit !== undefined && result.ratio > result.limit;
    table.push(row(result));
  }
  process.stdout.write(`${table.toString()}\n`);
  if (over) process.exitCode = 1;
}

void main();
