import { realStack } from "../../lib/real-stack";
import { type MigrateHaOptions, migrateHa } from "./run";

/** Follows an upgrade of the cluster in the state of a real stack; see `cli/migrate-ha.ts`. */
export async function migrateHaReal(
  stackName: string,
  options: MigrateHaOptions,
): Promise<string[]> {
  return migrateHa(await realStack(stackName), options);
}
