import "../../../start/light-sdk";
import { migrateHa } from "../../../cli/commands/migrate-ha/run";
import { openStack } from "../../../clients/pulumi/engine";

// Follows an upgrade in a process of its own, so that a test can kill it together with its engine.
// Arguments: state folder, value of PULUMI_DEBUG_PROVIDERS.

async function main(): Promise<void> {
  const [stateDir = "", debugProviders = ""] = process.argv.slice(2);
  const program = async () => ({});
  const sim = { debugProviders };
  const stack = await openStack({ stack: "group", project: "group", program, sim, stateDir });
  await migrateHa(stack, { apply: true });
}

void main();
