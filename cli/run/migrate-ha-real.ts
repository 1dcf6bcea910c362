import { type MigrateHaOptions, migrateHa } from "../migrate-ha";
import { realStack } from "../real-stack";

/** Follows an upgrade of the cluster in the state of a real stack; see `cli/migrate-ha.ts`. */
export async function migrateHaReal(
  stackName: string,
  options: MigrateHaOptions,
): Promise<string[]> {
  return migrateHa(await realStack(stackName), options);
}
