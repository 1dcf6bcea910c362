import "../../../start/light-sdk";
import { openStack } from "../../../clients/pulumi/engine";
import { type ProgramName, stackOf } from "./stacks";

// Runs one `up` in a process of its own, so that a test can kill it together with its engine.
// Arguments: name of the program, state folder, value of PULUMI_DEBUG_PROVIDERS, backend.

async function main(): Promise<void> {
  const [program, stateDir = "", debugProviders = "", backendUrl = ""] = process.argv.slice(2);
  const sim = { debugProviders };
  const stack = await openStack({
    ...stackOf(program as ProgramName),
    sim,
    stateDir,
    ...(backendUrl !== "" && { backendUrl }),
  });
  await stack.up();
}

void main();
