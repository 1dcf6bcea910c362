import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseStackFile } from "../../config/file/parse-file";
import { mermaidLines } from "../report/picture/mermaid";
import { topologyOf } from "./picture";

/**
 * The README with its picture of a cluster drawn anew; everything else in it is written by hand.
 *
 * @param readme text of README.md
 * @param stackFile text of the stack file that the picture shows
 */
export function withPicture(readme: string, stackFile: string): string {
  const { parsed } = parseStackFile(stackFile);
  if (!parsed.stack) throw new Error("the stack file of the picture is refused");
  const picture = mermaidLines(topologyOf(parsed.stack)).join("\n");
  const block = /(^<!-- Drawn by `make schema`[^\n]*-->\n+)```mermaid\n[\s\S]*?^```$/m;
  if (!block.test(readme)) throw new Error("found no place for the picture in README.md");
  return readme.replace(block, (_, head: string) => head + picture);
}

if (require.main === module) {
  const root = join(__dirname, "../..");
  const readme = join(root, "README.md");
  const stackFile = readFileSync(join(root, "Pulumi.two-nodes.yaml"), "utf8");
  writeFileSync(readme, withPicture(readFileSync(readme, "utf8"), stackFile));
}
