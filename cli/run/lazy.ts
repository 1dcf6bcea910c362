/**
 * Modules that load the Pulumi SDKs, which takes seconds: a refused stack file, a comparison or
 * `--help` must not wait for them.
 */
export const lazy = {
  adopt: () => require("../commands/adopt/run") as typeof import("../commands/adopt/run"),
  audit: () => require("../commands/audit/run") as typeof import("../commands/audit/run"),
  program: () => require("../../program") as typeof import("../../program"),
  findEngine: () =>
    require("../../clients/pulumi/engine") as typeof import("../../clients/pulumi/engine"),
  enginePlan: () => require("./engine-plan") as typeof import("./engine-plan"),
  recoverReal: () =>
    require("../commands/recover/real") as typeof import("../commands/recover/real"),
  recover: () => require("../commands/recover/run") as typeof import("../commands/recover/run"),
  migrateHa: () =>
    require("../commands/migrate-ha/real") as typeof import("../commands/migrate-ha/real"),
  cutoverReal: () =>
    require("../commands/cutover/real") as typeof import("../commands/cutover/real"),
  follow: () =>
    require("../commands/sync-state/run") as typeof import("../commands/sync-state/run"),
  mockPlan: () => require("./mock-plan") as typeof import("./mock-plan"),
};
