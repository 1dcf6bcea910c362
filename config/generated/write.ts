import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemaTexts } from "./json-schema";
import { referenceText } from "./reference";

for (const [file, text] of Object.entries(jsonSchemaTexts())) {
  writeFileSync(join(__dirname, file), text);
}
writeFileSync(join(__dirname, "../../docs/configuration-reference.md"), referenceText());
