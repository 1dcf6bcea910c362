import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { policyConfigSchema } from "./config-schema";
import { withRuleTable } from "./overview";

const file = join(__dirname, "../../docs/policies/README.md");
writeFileSync(file, withRuleTable(readFileSync(file, "utf8")));
writeFileSync(
  join(__dirname, "policy-config.schema.json"),
  `${JSON.stringify(policyConfigSchema(), undefined, 2)}\n`,
);
