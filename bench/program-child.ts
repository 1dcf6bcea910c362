import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readStackFile } from "../config/file/stack-file";
import { flatProgram } from "./flat-program";
import { cpuMs, median } from "./measure";
import { mockRun } from "./mock-run";

// One side of "program ÷ flat", in a process of its own, for the SDK can be changed once in a process:
// `program-child.ts program|flat plain|light ROUNDS` prints the median of the processor time of a run.

const root = join(__dirname, "..");
const [what = "", sdk = "", rounds = "9"] = process.argv.slice(2);

async function main(): Promise<void> {
  // As in the command line: with the map of each source the traces of the plain SDK cost even more.
  process.setSourceMapsEnabled(false);
  // The SDK is there already, as it is when Pulumi starts `index.ts`.
  if (sdk === "light") require("../start/light-resources");
  const file = join(root, "Pulumi.homelab.yaml");
  const run = mockRun(readStackFile(readFileSync(file, "utf8")).data);
  const flat = flatProgram(await run());
  const side = what === "flat" ? () => run(flat) : () => run();
  await side();
  const times: number[] = [];
  for (let round = 0; round < Number(rounds); round++) times.push(await cpuMs(side));
  process.stdout.write(`\n${median(times)}`);
}

void main();
