import { NAMESPACE, SECRETS, strayKeys } from "./namespace";
import { hint } from "./nearest";
import { type ParsedStack, parseStack } from "./parse";
import { type Problem, placeText } from "./problem";
import { at, isObject, type Path } from "./raw";
import { secretsSchema } from "./secrets";
import { readYaml, type YamlText } from "./yaml-document";

/** What a stack file says, with the line of every place in it. */
export interface StackFile {
  /** The sections, without the `homelab:` prefix. */
  data: Record<string, unknown>;
  /** Line (from 1) of a path, or of the nearest place above it that the file has. */
  lineOf(path: Path): number | undefined;
  /** Whether the file sets a secret, e.g. `["statsPasswords", "k8s-api"]`; its value is not read. */
  hasSecret(path: Path): boolean;
  /** What is wrong with the YAML itself: at most one, for more would follow from it. */
  problems: Problem[];
  /** Secrets that stand in the file for everybody to read, names that are none, and keys that nothing reads. */
  keyProblems: Problem[];
}

/**
 * Reads the text of a `Pulumi.<stack>.yaml` for previews and reports that need no Pulumi engine.
 *
 * @param project name in Pulumi.yaml, to which a key without namespace belongs
 */
export function readStackFile(text: string, project = "homelab-ha"): StackFile {
  const yaml = readYaml(text);
  const config = at(yaml.value, ["config"]);
  const data = Object.fromEntries(
    Object.entries(isObject(config) ? config : {})
      .filter(([key]) => key.startsWith(NAMESPACE) && key !== NAMESPACE + SECRETS)
      .map(([key, value]) => [key.slice(NAMESPACE.length), value]),
  );
  const stray = strayKeys(Object.keys(isObject(config) ? config : {}), project);
  for (const { whole, meant } of stray) {
    // Else every reference to the section would be reported as well.
    if (meant !== undefined && meant !== SECRETS) data[meant] ??= at(config, [whole]);
  }
  const yamlPath = (path: Path) => ["config", `${NAMESPACE}${path[0]}`, ...path.slice(1)];
  return {
    data,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const position = yaml.positionOf(yamlPath(path.slice(0, length)));
        if (position) return position.line;
      }
      return undefined;
    },
    hasSecret: (path) => yaml.has(yamlPath([SECRETS, ...path])),
    problems: yaml.mistake ? [yamlProblem(yaml.mistake)] : formProblems(yaml, config),
    keyProblems: [
      ...stray.map(({ problem, whole }) => ({
        ...problem,
        outside: { text: whole, ...yaml.keyPositionOf(["config", whole]) },
      })),
      ...secretProblems(at(config, [NAMESPACE + SECRETS])),
    ],
  };
}

function yamlProblem({ message, ...position }: NonNullable<YamlText["mistake"]>): Problem {
  return { path: [], outside: { text: "YAML", ...position }, message, severity: "error" };
}

/** Good YAML that is no stack file. */
function formProblems(yaml: YamlText, config: unknown): Problem[] {
  const root = yaml.value;
  if (root === null || root === undefined) return [];
  const misplaced = Object.keys(isObject(root) ? root : {}).find((key) =>
    key.startsWith(NAMESPACE),
  );
  if (misplaced !== undefined) {
    const message = `"${misplaced}" stands at the left margin, expected it below "config:"; indent it`;
    const outside = { text: misplaced, ...yaml.keyPositionOf([misplaced]) };
    return [{ path: [], outside, message, severity: "error" }];
  }
  if (isObject(root) && (config === undefined || config === null || isObject(config))) return [];
  return [
    yamlProblem({
      line: 1,
      column: 1,
      message: `found no map "config:" with the sections of homelab:, expected a stack file; see docs/configuration.md`,
    }),
  ];
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
  if (file.keyProblems.length === 0) return { file, parsed };
  const others = parsed.stack ? parsed.warnings : parsed.problems;
  return { file, parsed: { problems: [...file.keyProblems, ...others] } };
}
