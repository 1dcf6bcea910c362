import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { filesSchema } from "../sections/section-files-field";
import { SITES } from "../sites/site-schema";
import { FILES_SECTION, stackSchema } from "../stack";
import { FileRefusal, readBounded } from "./bounded-file";
import { NAMESPACE, SECRETS } from "./namespace";
import { hint, nearest } from "./nearest";
import type { Problem } from "./problem";
import type { Position } from "./raw";
import { at, isObject, type Path } from "./raw";
import { describeIssue, schemaProblems } from "./schema-problems";
import { readYaml, type YamlText } from "./yaml-document";

/** Section of a stack file that names files with more sections. */
export const FILES = FILES_SECTION;

/** Sections that `homelab cutover` edits: it looks for them in the stack file alone. */
const EDITED = ["cutovers"];

/** Sections that may stand in a file of their own. */
export const movableSections = [...Object.keys(stackSchema.shape), SITES].filter(
  (section) => section !== FILES && !EDITED.includes(section),
);

/** The text of a file, by its path from the folder of the stack file; or why it cannot be had. */
export type SectionReader = (path: string) => { text: string } | { refused: string };

/** A place in a file of sections. */
export interface FilePlace extends Position {
  /** As the stack file names it. */
  file: string;
}

/** What the files of sections say. */
export interface SectionFiles {
  data: Record<string, unknown>;
  /** Place of a path, or of the nearest one above it; undefined where its section is in no such file. */
  placeOf(path: Path): FilePlace | undefined;
  /** What leaves sections unread: with any of these, nothing else is worth saying. */
  problems: Problem[];
  /** Sections that are unknown, given twice or not allowed there. */
  keyProblems: Problem[];
}

/** Reads files in a folder, and nothing outside it. */
export function filesIn(folder: string): SectionReader {
  return (path) => {
    try {
      const real = realpathSync(join(folder, path));
      if (!real.startsWith(realpathSync(folder) + sep)) {
        return {
          refused: `${path} leads out of the folder of the stack file; copy the file there`,
        };
      }
      return { text: readBounded(real) };
    } catch (error) {
      if (error instanceof FileRefusal) return { refused: `${path} ${error.message}` };
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") {
        return {
          refused: `file ${path} does not exist beside the stack file; create it, or remove it from the list`,
        };
      }
      return { refused: `${path} cannot be read (${code}); fix that` };
    }
  };
}

const noFolder: SectionReader = (path) => ({
  refused: `${path} cannot be looked for: this text comes from no folder`,
});

/**
 * Reads the files that `homelab:files` names.
 *
 * @param own sections of the stack file itself, without the namespace
 * @param read where the files are. @default nowhere: every one is refused
 */
export function readSectionFiles(
  own: Record<string, unknown>,
  read: SectionReader = noFolder,
): SectionFiles {
  const files: SectionFiles = { data: {}, placeOf, problems: [], keyProblems: [] };
  const owners = new Map<string, { file: string; yaml: YamlText; key: string }>();
  function placeOf(path: Path): FilePlace | undefined {
    const owner = owners.get(String(path[0]));
    if (!owner) return undefined;
    for (let length = path.length; length > 0; length--) {
      const position = owner.yaml.positionOf([owner.key, ...path.slice(1, length)]);
      if (position) return { file: owner.file, ...position };
    }
    return { file: owner.file, line: 1, column: 1 };
  }
  const named = own[FILES];
  if (named === undefined) return files;
  const paths = filesSchema.safeParse(named, { error: describeIssue });
  if (!paths.success) {
    files.problems = schemaProblems(filesSchema, named, paths.error).map((problem) => ({
      ...problem,
      path: [FILES, ...problem.path],
    }));
    return files;
  }
  for (const [index, file] of paths.data.entries()) {
    const found = read(file);
    if ("refused" in found) {
      files.problems.push({
        path: [FILES, index],
        message: found.refused,
        severity: "error",
      });
      continue;
    }
    const yaml = readYaml(found.text);
    const formProblem = problemOfForm(file, yaml);
    if (formProblem) {
      files.problems.push(formProblem);
      continue;
    }
    for (const { path, message, ...position } of yaml.slips) {
      const outside = { text: path.join("."), file, ...position };
      files.keyProblems.push({ path: [], outside, message, severity: "error" });
    }
    for (const [key, value] of Object.entries(yaml.value as object)) {
      const section = sectionOf(key);
      const twice =
        section !== undefined &&
        (own[section] !== undefined ? "the stack file" : owners.get(section)?.file);
      const message = keyMistake(key, section, twice || undefined);
      if (message !== undefined) {
        const outside = { text: key, file, ...yaml.keyPositionOf([key]) };
        files.keyProblems.push({ path: [], outside, message, severity: "error" });
      }
      // Also what was misspelt: else every reference to the section would be reported as well.
      if (section === undefined || twice) continue;
      owners.set(section, { file, yaml, key });
      files.data[section] = value;
    }
  }
  return files;
}

/** Good YAML that is no file of sections, and bad YAML. */
function problemOfForm(file: string, yaml: YamlText): Problem | undefined {
  const refused = (message: string, position: Partial<Position>): Problem => ({
    path: [],
    outside: { text: "YAML", file, ...position },
    message,
    severity: "error",
  });
  if (yaml.mistake) {
    const { message, ...position } = yaml.mistake;
    return refused(message, position);
  }
  if (isObject(yaml.value) && at(yaml.value, ["config"]) !== undefined) {
    return refused(
      `found "config:", which is for stack files; begin with the sections themselves, e.g. guests:`,
      yaml.keyPositionOf(["config"]) ?? {},
    );
  }
  if (isObject(yaml.value) && Object.keys(yaml.value).length > 0) return undefined;
  return refused(
    `found no section, expected a map of sections such as guests:; write one, or take the file out of homelab:${FILES}`,
    { line: 1, column: 1 },
  );
}

/** The section that a key of such a file means. */
function sectionOf(key: string): string | undefined {
  if (movableSections.includes(key)) return key;
  if (elsewhere(key)) return undefined;
  const bare = key.startsWith(NAMESPACE) ? key.slice(NAMESPACE.length) : key;
  if (elsewhere(bare)) return undefined;
  return nearest(bare, movableSections);
}

/** Sections that only the stack file may hold. */
const elsewhere = (key: string) => key === SECRETS || key === FILES || EDITED.includes(key);

function keyMistake(
  key: string,
  section: string | undefined,
  twice: string | undefined,
): string | undefined {
  const bare = key.startsWith(NAMESPACE) ? key.slice(NAMESPACE.length) : key;
  if (bare === SECRETS) {
    return `secrets are not allowed in such a file (not shown here); if they were in plain text, replace them, and set them with: pulumi config set --secret --path '${NAMESPACE}${SECRETS}.<path>'`;
  }
  if (bare === FILES) return "a file of sections names no other; name it in the stack file";
  if (EDITED.includes(bare)) {
    return `${bare} stays in the stack file, where \`homelab cutover\` sets its phase; move it there`;
  }
  if (section === undefined) return `unknown section "${key}"; ${hint(bare, movableSections)}`;
  if (key === NAMESPACE + section) {
    return `found ${JSON.stringify(key)}, expected the section alone; write ${section}:`;
  }
  if (key !== section) return `unknown section "${key}"; did you mean "${section}"?`;
  if (twice === undefined) return undefined;
  return `"${section}" is given a second time, first in ${twice}; keep one`;
}
