import { writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { argsFiles } from "./files";
import { pluginSchemaText } from "./plugin-schema";

for (const [file, text] of Object.entries(argsFiles())) {
  writeFileSync(join(__dirname, "..", file), text);
}

writeFileSync(join(__dirname, "plugin-schema.json"), pluginSchemaText(packageJson));
