import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackJsonSchemaText } from "./json-schema";
import { referenceText } from "./reference";

writeFileSync(join(__dirname, "stack.schema.json"), stackJsonSchemaText());
writeFileSync(join(__dirname, "..", "docs", "configuration-reference.md"), referenceText());
