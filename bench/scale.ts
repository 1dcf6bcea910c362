import { execFileSync } from "node:child_process";
import { join } from "node:path";
import Table from "cli-table3";
import { recorded } from "../cli/lib/recorded";
import { type Measured, measuredSchema } from "./measured";

/**
 * What 1,000 guests on 50 nodes cost against 100: time, most memory of the process, size of the
 * report. Each figure comes from a process of its own, so that memory is its own too: that of one run,
 * which is what a command does. The preview's has the simulated platforms and what they wrote down in it.
 */
const [SMALL, LARGE] = [100, 1000];
const NODES = 50;
/** Largest acceptable growth per guest. */
const LIMIT = 1.3;

interface Work {
  name: string;
  work: string;
  rounds: number;
  /** Most memory that 1,000 guests may take, in MB. @default only reported */
  mostMb?: number;
}

/** What is measured; `scale-child.ts` does each. */
const works: Work[] = [
  { name: "checks of the stack file", work: "checks", rounds: 5 },
  { name: "loss of each node, domain and storage", work: "single", rounds: 5 },
  {
    name: `all ${(NODES * (NODES - 1)) / 2} double losses, with the JSON report`,
    work: "double",
    rounds: 3,
  },
  { name: "audit through the simulated API, with the JSON findings", work: "audit", rounds: 3 },
  { name: "preview on the mock monitor", work: "mock", rounds: 3, mostMb: 400 },
];

function child(work: string, guests: number, rounds: number): Measured {
  const script = join(__dirname, "scale-child.ts");
  const args = ["--import", "tsx", script, work, String(guests), String(NODES), String(rounds)];
  const out = execFileSync(process.execPath, args, {
    cwd: join(__dirname, ".."),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return recorded(measuredSchema, out.slice(out.lastIndexOf("\n") + 1), `scale-child.ts ${work}`);
}

/** The time of several runs in one process, and the memory of a process that does it once. */
function measure(work: string, guests: number, rounds: number): Measured {
  return { ...child(work, guests, rounds), peakMb: child(work, guests, 0).peakMb };
}

const size = ({ bytes }: Measured) =>
  bytes === undefined ? "" : `, ${Math.round(bytes / 1e5) / 10} MB of JSON`;
const figures = (measured: Measured) =>
  `${Math.round(measured.ms)} ms, ${measured.peakMb} MB${size(measured)}`;

function main(): void {
  const table = new Table({
    head: [`${NODES} nodes`, `${SMALL} guests`, `${LARGE} guests`, "per guest", "target"],
  });
  let over = false;
  for (const { name, work, rounds, mostMb = Number.POSITIVE_INFINITY } of works) {
    const [small, large] = [measure(work, SMALL, rounds), measure(work, LARGE, rounds)];
    const ratio = large.ms / LARGE / (small.ms / SMALL);
    const [slow, big] = [ratio > LIMIT, large.peakMb > mostMb];
    over ||= slow || big;
    const memory = Number.isFinite(mostMb) ? `, ${big ? "over" : "≤"} ${mostMb} MB` : "";
    table.push([
      name,
      figures(small),
      figures(large),
      ratio.toFixed(2),
      `${slow ? "over" : "≤"} ${LIMIT}${memory}`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
  if (over) process.exitCode = 1;
}

main();
