import { changeSdk, isTried, sdkChanges } from "./sdk-changes";

/**
 * Lets an SDK that is loaded already do less for each resource: for the program that Pulumi starts,
 * whose SDK is there before any line of it.
 */
const changes = sdkChanges();
const { version } = require("@pulumi/pulumi/package.json") as { version?: unknown };
if (changes.length > 0 && isTried(version)) {
  for (const change of changes) {
    changeSdk(change, require(`@pulumi/pulumi/${change.file}`) as object);
  }
}
