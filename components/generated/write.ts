import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { argsFiles } from "./files";

for (const [file, text] of Object.entries(argsFiles())) {
  writeFileSync(join(__dirname, "..", file), text);
}
