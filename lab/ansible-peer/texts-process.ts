import { runWithMocks } from "../../sim/mocks";
import { isRecord } from "../../sim/props";
import { seedWorld } from "../../sim/seed";
import { program } from "../pair/program";
import { labProgramOf, planGiven } from "./plan";
import { type HostScript, healthIn, type PeerTexts, textsIn } from "./texts";

// The SDK keeps one run per process, and the lab's own process may need it for the engine.
async function tell(): Promise<void> {
  const plan = labProgramOf(planGiven());
  const resources = await runWithMocks(async () => program(plan), {
    project: "homelab-lab",
    stack: "lab",
    world: seedWorld({}),
  });
  const scripts = resources.flatMap(({ name, inputs }): (HostScript & { name: string })[] => {
    const { create, stdin, connection } = inputs;
    if (typeof create !== "string" || !isRecord(connection)) return [];
    return [{ name, script: create, stdin: String(stdin ?? "") }];
  });
  const health = scripts.find(({ name }) => name.endsWith("-health"))?.script ?? "";
  const answer: PeerTexts = { texts: textsIn(scripts), health: healthIn(health) };
  console.log(JSON.stringify(answer));
}

void tell();
