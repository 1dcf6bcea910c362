import { isMap, LineCounter, parseDocument } from "yaml";
import { type ParsedStack, parseStack } from "./parse";
import type { Problem } from "./problem";
import type { Path } from "./raw";

const PREFIX = "homelab:";

/** Sections of the namespace that hold no plain configuration: read by `config/load.ts` only. */
const SECRETS = "secrets";

/** What a stack file says, with the line of every place in it. */
export interface StackFile {
  /** The sections, without the `homelab:` prefix. */
  data: Record<string, unknown>;
  /** Line (from 1) of a path, or of the nearest place above it that the file has. */
  lineOf(path: Path): number | undefined;
  /** Whether the file sets a secret, e.g. `["statsPasswords", "k8s-api"]`; its value is not read. */
  hasSecret(path: Path): boolean;
  /** What is wrong with the YAML itself. */
  problems: Problem[];
}

/** Reads the text of a `Pulumi.<stack>.yaml` for previews and reports that need no Pulumi engine. */
export function readStackFile(text: string): StackFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const config = document.get("config");
  const data: Record<string, unknown> = {};
  if (isMap(config)) {
    for (const [key, value] of Object.entries(config.toJSON() as Record<string, unknown>)) {
      if (key.startsWith(PREFIX) && key !== PREFIX + SECRETS)
        data[key.slice(PREFIX.length)] = value;
    }
  }
  const yamlPath = (path: Path) => ["config", `${PREFIX}${path[0]}`, ...path.slice(1)];
  return {
    data,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(yamlPath(path.slice(0, length)), true) as
          | { range?: [number, number, number] }
          | undefined;
        if (node?.range) return lines.linePos(node.range[0]).line;
      }
      return undefined;
    },
    hasSecret: (path) => document.hasIn(yamlPath([SECRETS, ...path])),
    problems: document.errors.map((error) => ({
      path: [],
      message: error.message.split("\n")[0] ?? error.message,
      severity: "error",
    })),
  };
}

/** Reads and checks a stack file; a file that is not YAML has only that problem. */
export function parseStackFile(text: string): { file: StackFile; parsed: ParsedStack } {
  const file = readStackFile(text);
  if (file.problems.length > 0) return { file, parsed: { problems: file.problems } };
  return { file, parsed: parseStack(file.data) };
}
