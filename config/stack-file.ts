import { LineCounter, parseDocument } from "yaml";
import { hint } from "./nearest";
import { type ParsedStack, parseStack } from "./parse";
import { type Problem, placeText } from "./problem";
import { at, isObject, type Path } from "./raw";
import { secretsSchema } from "./secrets";

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
  /** Secrets that stand in the file for everybody to read, and names that are none. */
  secretProblems: Problem[];
}

/** Reads the text of a `Pulumi.<stack>.yaml` for previews and reports that need no Pulumi engine. */
export function readStackFile(text: string): StackFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const whole: unknown = document.errors.length > 0 ? {} : document.toJS();
  const config = at(whole, ["config"]);
  const data = Object.fromEntries(
    Object.entries(isObject(config) ? config : {})
      .filter(([key]) => key.startsWith(PREFIX) && key !== PREFIX + SECRETS)
      .map(([key, value]) => [key.slice(PREFIX.length), value]),
  );
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
    secretProblems: secretProblems(at(config, [PREFIX + SECRETS])),
  };
}

/** Looks at the form of the secrets only: no value is decrypted, and none is shown. */
function secretProblems(secrets: unknown): Problem[] {
  const known = Object.keys(secretsSchema.shape);
  const leaves = (value: unknown, path: Path): Problem[] => {
    if (isObject(value) && typeof value.secure === "string") return [];
    if (isObject(value)) {
      return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
    }
    const place = placeText(path);
    return [
      {
        path,
        message: `stands in plain text (not shown here), expected an encrypted value; make a new one, because this one was readable, and run: pulumi config set --secret --path '${place}' VALUE`,
        severity: "error",
      },
    ];
  };
  if (secrets === undefined) return [];
  const unknown = Object.keys(isObject(secrets) ? secrets : {})
    .filter((key) => key !== "secure" && !known.includes(key))
    .map(
      (key): Problem => ({
        path: [SECRETS, key],
        message: `unknown key "${key}"; ${hint(key, known)}`,
        severity: "error",
      }),
    );
  return [...unknown, ...leaves(secrets, [SECRETS])];
}

/** Reads and checks a stack file; a file that is not YAML has only that problem. */
export function parseStackFile(text: string): { file: StackFile; parsed: ParsedStack } {
  const file = readStackFile(text);
  if (file.problems.length > 0) return { file, parsed: { problems: file.problems } };
  const parsed = parseStack(file.data);
  if (file.secretProblems.length === 0) return { file, parsed };
  const others = parsed.stack ? parsed.warnings : parsed.problems;
  return { file, parsed: { problems: [...others, ...file.secretProblems] } };
}
