import { pageUrl } from "../../model/pages";
import { ofSite, topSecretsSchema } from "../sections/secrets";
import { SITES, siteSchema } from "../sites/site-schema";
import { CONTEXT_KEY, NAMESPACE, SECRETS, sections, strayKeys } from "./namespace";
import { hint, nearest } from "./nearest";
import { type Problem, placeText } from "./problem";
import { at, entries, isObject, type Path, textAt } from "./raw";
import { FILES, type FilePlace, readSectionFiles, type SectionReader } from "./section-files";
import { sizeProblem } from "./stack-size";
import { readYaml, type YamlText } from "./yaml-document";

/** What a stack file says, with the line of every place in it. */
export interface StackFile {
  /** The sections, without the `homelab:` prefix, those of the files that it names included. */
  data: Record<string, unknown>;
  /** The sections that stand in the stack file itself. */
  own: Record<string, unknown>;
  /** Line (from 1) of a path, or of the nearest place above it that the stack file itself has. */
  lineOf(path: Path): number | undefined;
  /** The same for a path whose section stands in a file of sections. */
  placeOf(path: Path): FilePlace | undefined;
  /** Whether the file sets a secret, e.g. `["statsPasswords", "k8s-api"]`; its value is not read. */
  hasSecret(path: Path): boolean;
  /** Where it sets one, below the section of the secrets: a site may have its own, or share it. */
  secretAt(path: Path): Path | undefined;
  /** URL of the Proxmox API, of a file that is one site of several. @default the environment has it */
  endpoint?: string;
  /** Context of the stack's (`kubernetes:context`) or the site's Kubernetes cluster in the kubeconfig. @default the one that kubectl uses */
  kubernetesContext?: string;
  /** What is wrong with the YAML itself: at most one, for more would follow from it. */
  problems: Problem[];
  /** Secrets that stand in the file for everybody to read, names that are none, and keys that nothing reads. */
  keyProblems: Problem[];
  /** That the engine could not hand the configuration over, or soon cannot. */
  sizeProblem?: Problem;
}

/** What more there is to know of a stack file than its text. */
export interface StackFileOptions {
  /** Where the files are that it names. @default nowhere: naming one is a mistake */
  read?: SectionReader;
  /** Name in Pulumi.yaml, to which a key without namespace belongs. @default `homelab-ha` */
  project?: string;
}

/**
 * Reads the text of a `Pulumi.<stack>.yaml` for previews and reports that need no Pulumi engine,
 * and the files of sections that it names.
 */
export function readStackFile(text: string, options: StackFileOptions = {}): StackFile {
  const { project = "homelab-ha" } = options;
  const yaml = readYaml(text);
  const config = at(yaml.value, ["config"]);
  const own = Object.fromEntries(
    Object.entries(isObject(config) ? config : {})
      .filter(([key]) => key.startsWith(NAMESPACE) && key !== NAMESPACE + SECRETS)
      .map(([key, value]) => [key.slice(NAMESPACE.length), value]),
  );
  const stray = strayKeys(Object.keys(isObject(config) ? config : {}), project);
  for (const { whole, meant } of stray) {
    // Else every reference to the section would be reported as well.
    if (meant !== undefined && meant !== SECRETS) own[meant] ??= at(config, [whole]);
  }
  addMeant(own, sections);
  for (const { value } of entries(own, [SITES])) {
    if (isObject(value)) addMeant(value, Object.keys(siteSchema.shape));
  }
  const files = readSectionFiles(withFiles(own), options.read);
  const size = sizeProblem(isObject(config) ? config : {});
  const context = textAt(config, [CONTEXT_KEY]);
  const yamlPath = (path: Path) => ["config", `${NAMESPACE}${path[0]}`, ...path.slice(1)];
  return {
    data: { ...files.data, ...own },
    own,
    placeOf: files.placeOf,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const position = yaml.positionOf(yamlPath(path.slice(0, length)));
        if (position) return position.line;
      }
      // What is missing as a whole belongs below this.
      return yaml.keyPositionOf(["config"])?.line;
    },
    hasSecret: (path) => yaml.has(yamlPath([SECRETS, ...path])),
    secretAt: (path) => (yaml.has(yamlPath([SECRETS, ...path])) ? path : undefined),
    problems: yaml.mistake
      ? [yamlProblem(yaml.mistake)]
      : [...formProblems(yaml, config), ...files.problems],
    keyProblems: [
      ...yaml.slips.map(slipProblem),
      ...stray.map(({ problem, whole }) => ({
        ...problem,
        outside: { text: whole, ...yaml.keyPositionOf(["config", whole]) },
      })),
      ...files.keyProblems,
      ...secretProblems(at(config, [NAMESPACE + SECRETS])),
    ],
    ...(context !== undefined && { kubernetesContext: context }),
    ...(size && { sizeProblem: size }),
  };
}

/** Adds misspelt sections under the name that was meant: else every reference to one would be reported as well. */
function addMeant(own: Record<string, unknown>, known: readonly string[]): void {
  for (const [key, value] of Object.entries(own)) {
    const bare = key.slice(key.indexOf(":") + 1);
    const meant = known.includes(key) ? undefined : nearest(bare, known);
    if (meant !== undefined && meant !== SECRETS && meant !== FILES) own[meant] ??= value;
  }
}

/** With `homelab:file` read as what it most likely means: else all that it names would be missing. */
function withFiles(own: Record<string, unknown>): Record<string, unknown> {
  if (own[FILES] !== undefined) return own;
  const key = Object.keys(own).find((name) => nearest(name, sections) === FILES);
  return key === undefined ? own : { ...own, [FILES]: own[key] };
}

/** A slip at its place in the namespace, or beside it. */
function slipProblem({ path, message, line, column }: YamlText["slips"][number]): Problem {
  const [root, section = "", ...rest] = path;
  const text =
    root === "config" && String(section).startsWith(NAMESPACE)
      ? placeText([String(section).slice(NAMESPACE.length), ...rest])
      : path.join(".");
  return { path: [], outside: { text, line, column }, message, severity: "error" };
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
    const message = `"${misplaced}" is at the left margin, expected it below "config:"; indent it`;
    const outside = { text: misplaced, ...yaml.keyPositionOf([misplaced]) };
    return [{ path: [], outside, message, severity: "error" }];
  }
  const keys = Object.keys(isObject(root) ? root : {});
  const holdsSections = (key: string) =>
    Object.keys(isObject(at(root, [key])) ? (at(root, [key]) as object) : {}).some((section) =>
      section.startsWith(NAMESPACE),
    );
  const misspelt =
    config === undefined
      ? keys.find((key) => nearest(key, ["config"]) !== undefined || holdsSections(key))
      : undefined;
  if (misspelt !== undefined) {
    const message = `found "${misspelt}:", expected "config:" with the sections of homelab: below it; write config:`;
    const outside = { text: misspelt, ...yaml.keyPositionOf([misspelt]) };
    return [{ path: [], outside, message, severity: "error" }];
  }
  if (isObject(root) && (config === undefined || config === null || isObject(config))) return [];
  return [
    yamlProblem({
      line: 1,
      column: 1,
      message: `found no map "config:" with the sections of homelab:, expected a stack file; see ${pageUrl("configuration.md")}`,
    }),
  ];
}

/** Looks at the form of the secrets only: no value is decrypted, and none is shown. */
function secretProblems(secrets: unknown): Problem[] {
  const leaves = (value: unknown, path: Path): Problem[] => {
    if (isObject(value) && typeof value.secure === "string") return [];
    if (isObject(value)) {
      return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
    }
    const place = placeText(path);
    return [
      {
        path,
        message: `found plain text (not shown here), expected an encrypted value; replace it, because it was readable, and run: pulumi config set --secret --path '${place}' VALUE`,
        severity: "error",
      },
    ];
  };
  if (secrets === undefined) return [];
  const sites = entries(secrets, [SITES]);
  return [
    ...unknownSecrets(secrets, [SECRETS], Object.keys(topSecretsSchema.shape)),
    ...sites.flatMap(({ value, path }) =>
      unknownSecrets(value, [SECRETS, ...path], Object.keys(ofSite.shape)),
    ),
    ...leaves(secrets, [SECRETS]),
  ];
}

function unknownSecrets(secrets: unknown, place: Path, known: readonly string[]): Problem[] {
  return Object.keys(isObject(secrets) ? secrets : {})
    .filter((key) => key !== "secure" && !known.includes(key))
    .map((key) => ({
      path: [...place, key],
      message: `unknown key "${key}"; ${hint(key, known)}`,
      severity: "error",
    }));
}
