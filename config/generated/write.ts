import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseStackFile } from "../file/stack-file";
import { jsonSchemaTexts } from "./json-schema";
import { clusterPicture, withPicture } from "./picture";
import { referenceText } from "./reference";

for (const [file, text] of Object.entries(jsonSchemaTexts())) {
  writeFileSync(join(__dirname, file), text);
}
writeFileSync(join(__dirname, "../../docs/configuration-reference.md"), referenceText());

const sample = readFileSync(join(__dirname, "../../Pulumi.two-nodes.yaml"), "utf8");
const { stack } = parseStackFile(sample).parsed;
if (!stack) throw new Error("Pulumi.two-nodes.yaml is refused; `homelab validate` says why");
const readme = join(__dirname, "../../README.md");
writeFileSync(readme, withPicture(readFileSync(readme, "utf8"), clusterPicture(stack)));
