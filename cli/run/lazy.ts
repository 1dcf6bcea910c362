/**
 * Modules that load the Pulumi SDKs, which takes seconds: a refused stack file, a comparison or
 * `--help` must not wait for them.
 */
export const lazy = {
  adopt: () => require("../adopt") as typeof import("../adopt"),
  audit: () => require("../audit") as typeof import("../audit"),
  program: () => require("../../program") as typeof import("../../program"),
  findEngine: () => require("../../sim/engine") as typeof import("../../sim/engine"),
  enginePlan: () => require("./engine-plan") as typeof import("./engine-plan"),
  recoverReal: () => require("./recover-real") as typeof import("./recover-real"),
  recover: () => require("../recover") as typeof import("../recover"),
  migrateHa: () => require("./migrate-ha-real") as typeof import("./migrate-ha-real"),
  cutoverReal: () => require("./cutover-real") as typeof import("./cutover-real"),
  follow: () => require("../follow") as typeof import("../follow"),
  mockPlan: () => require("./mock-plan") as typeof import("./mock-plan"),
};
