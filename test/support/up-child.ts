import { openStack } from "../../sim/engine";
import { rawProgram } from "./raw-program";

// Runs one `up` in a process of its own, so that a test can kill it together with its engine.
// Arguments: state folder, value of PULUMI_DEBUG_PROVIDERS.

async function main(): Promise<void> {
  const [stateDir = "", debugProviders = ""] = process.argv.slice(2);
  const stack = await openStack({
    stack: "raw",
    project: "raw",
    program: rawProgram,
    sim: { debugProviders },
    stateDir,
  });
  await stack.up();
}

void main();
