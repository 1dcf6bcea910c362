import { changeSdk, sdkChanges } from "./sdk-changes";

/**
 * Lets an SDK that is loaded already do less for each resource: for the program that Pulumi starts,
 * whose SDK is there before any line of it.
 */
for (const change of sdkChanges()) {
  changeSdk(change, require(`@pulumi/pulumi/${change.file}`) as object);
}
