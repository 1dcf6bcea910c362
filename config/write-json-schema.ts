import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackJsonSchemaText } from "./json-schema";

writeFileSync(join(__dirname, "stack.schema.json"), stackJsonSchemaText());
