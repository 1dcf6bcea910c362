import { join } from "node:path";
import { openStack } from "../../clients/pulumi/engine";
import { errorText } from "../../model/text";
import { startSim } from "../../sim/server";
import { RUN_FOLDER } from "../machine/places";
import { engineText } from "../pair/engine-text";
import { program } from "../pair/program";
import { labProgramOf, planGiven, type UpAnswer } from "./plan";

// A person's `pulumi up` starts from nothing each time, as `ansible-playbook` does: both are timed
// from the start of the process to its end.
async function up(): Promise<void> {
  const loadMs = performance.now();
  const plan = labProgramOf(planGiven());
  const stateDir = join(RUN_FOLDER, "stack");
  const sim = await startSim({ commands: "ssh", stateFile: join(stateDir, "platforms.json") });
  const stack = await openStack({
    stack: "lab",
    project: "homelab-lab",
    program: async () => program(plan),
    sim,
    stateDir,
  });
  const openMs = performance.now();
  const { summary } = await stack.up().catch((error: unknown) => {
    throw new Error(`pulumi up failed:\n${engineText(String(error))}`);
  });
  const answer: UpAnswer = {
    changes: summary.resourceChanges ?? {},
    loadSec: loadMs / 1000,
    openSec: (openMs - loadMs) / 1000,
    upSec: (performance.now() - openMs) / 1000,
  };
  console.log(JSON.stringify(answer));
  await sim.stop();
}

up().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(errorText(error));
    process.exit(1);
  },
);
