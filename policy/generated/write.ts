import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withRuleTable } from "./overview";

const file = join(__dirname, "../../docs/policies/README.md");
writeFileSync(file, withRuleTable(readFileSync(file, "utf8")));
