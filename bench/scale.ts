import { execFileSync } from "node:child_process";
import { join } from "node:path";
import Table from "cli-table3";
import { recorded } from "../cli/lib/recorded";
import { type Measured, measuredSchema } from "./measured";

/**
 * What 1,000 guests on 50 nodes cost against 100: time, most memory of the process, size of the
 * report. Each figure comes from a process of its own, so that memory is its own too.
 */
const [SMALL, LARGE] = [100, 1000];
const NODES = 50;
/** Largest acceptable growth per guest. */
const LIMIT = 1.3;

/** What is measured; `scale-child.ts` does each. */
const works: { name: string; work: string; rounds: number }[] = [
  { name: "checks of the stack file", work: "checks", rounds: 5 },
  { name: "loss of each node, domain and storage", work: "single", rounds: 5 },
  {
    name: `all ${(NODES * (NODES - 1)) / 2} double losses, with the JSON report`,
    work: "double",
    rounds: 3,
  },
  { name: "audit through the simulated API, with the JSON findings", work: "audit", rounds: 3 },
  { name: "preview on the mock monitor", work: "mock", rounds: 3 },
];

function measure(work: string, guests: number, rounds: number): Measured {
  const out = execFileSync(
    process.execPath,
    [
      "--import",
      "tsx",
      join(__dirname, "scale-child.ts"),
      work,
      String(guests),
      String(NODES),
      String(rounds),
    ],
    { cwd: join(__dirname, ".."), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  return recorded(measuredSchema, out.slice(out.lastIndexOf("\n") + 1), `scale-child.ts ${work}`);
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
  for (const { name, work, rounds } of works) {
    const [small, large] = [measure(work, SMALL, rounds), measure(work, LARGE, rounds)];
    const ratio = large.ms / LARGE / (small.ms / SMALL);
    over ||= ratio > LIMIT;
    table.push([
      name,
      figures(small),
      figures(large),
      ratio.toFixed(2),
      ratio <= LIMIT ? `≤ ${LIMIT}` : `over ${LIMIT}`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
  if (over) process.exitCode = 1;
}

main();
