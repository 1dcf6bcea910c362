import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { projectRoot } from "../../clients/pulumi/project";
import { nearest } from "../../config/file/nearest";
import { parseOne, parseWholeFile, siteMistake, siteNames } from "../../config/file/parse-file";
import { filesIn } from "../../config/file/section-files";
import { readStackFile } from "../../config/file/stack-file";
import { listed } from "../../model/text";
import { readNamed } from "./files";
import type { SiteFlags } from "./options";
import { UsageError } from "./usage";

/** A path as short as it can be written from here. */
export function shortest(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

/** The folder for new files: the named one, which must exist, else the project. */
export function folderOf(named: string | undefined): string {
  if (named === undefined) return projectRoot;
  const path = resolve(named);
  if (existsSync(path) && statSync(path).isDirectory()) return path;
  throw new UsageError(`folder ${named} does not exist; create it first`);
}

/** A stack file that was found. */
export interface ChosenStack {
  /** Name of the stack. */
  stack: string;
  /** Path for people: as short as it can be written from where they are. */
  file: string;
  /** The same, absolute. */
  path: string;
  text: string;
  /** Which of its sites is meant. @default it has one cluster, or all are */
  site?: string;
}

/** Name for people and for what is kept: of the stack, with its site behind it where there are several. */
export const nameOf = ({ stack, site }: Pick<ChosenStack, "stack" | "site">) =>
  site === undefined ? stack : `${stack}.${site}`;

/** Names of the stacks that have a file in a directory. */
export function knownStacks(directory: string): string[] {
  return readdirSync(directory)
    .map((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1])
    .filter((name) => name !== undefined)
    .sort();
}

/**
 * A name is a part of file names, of folders and of the state's own paths.
 * https://www.pulumi.com/docs/iac/concepts/stacks/ "can only contain alphanumeric characters, hyphens, underscores, and periods"
 */
export function checkStackName(stack: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(stack)) return;
  throw new UsageError(
    `found ${JSON.stringify(stack)}, expected a stack name of at most 100 letters, digits, hyphens, underscores and periods that begins with none of "-" and "."; name it as in Pulumi.<name>.yaml`,
  );
}

/**
 * Finds the stack file: the named file, else `Pulumi.<stack>.yaml` of the project. A file without a
 * stack name lends the stack its own (`Pulumi.lab.yaml` is the stack `lab`).
 */
export function chooseStack(options: SiteFlags): ChosenStack {
  const { site } = options;
  const of = site === undefined ? {} : { site };
  if (options.stack !== undefined) checkStackName(options.stack);
  const chosen = { ...foundStack(options), ...of };
  refuseTwin(chosen);
  return chosen;
}

/** What is kept of a site has a name that a stack can have too; nothing of both may get mixed up. */
function refuseTwin({ stack, site, path }: ChosenStack): void {
  if (site === undefined || !knownStacks(dirname(path)).includes(nameOf({ stack, site }))) return;
  const twin = nameOf({ stack, site });
  throw new UsageError(
    `what is kept of the site "${site}" of ${stack} (backups, journals, records) would be mixed up with that of the stack "${twin}", because Pulumi.${twin}.yaml stands beside it; rename one of the two`,
  );
}

function foundStack(options: SiteFlags): ChosenStack {
  if (options.file !== undefined) {
    const path = resolve(options.file);
    const text = readNamed(options.file);
    const own = /^(?:Pulumi\.)?(.+?)\.ya?ml$/.exec(basename(path))?.[1] ?? basename(path);
    const stack = options.stack ?? own.replace(/[^A-Za-z0-9_.-]/g, "-");
    return { stack, file: options.file, path, text };
  }
  const stack = options.stack ?? "homelab";
  const path = join(projectRoot, `Pulumi.${stack}.yaml`);
  const known = knownStacks(projectRoot);
  if (!known.includes(stack)) {
    const own = /^(?:.*\/)?Pulumi\.(.+)\.ya?ml$/.exec(stack)?.[1];
    if (own !== undefined) {
      throw new UsageError(
        `found the name of a file, "${stack}", expected the stack alone; write --stack ${own} (STACK=${own} with make), or --file ${stack}`,
      );
    }
    const meant = nearest(stack, known);
    const fix = meant
      ? `did you mean "${meant}"?`
      : `write Pulumi.${stack}.yaml, or name one of these`;
    const others =
      known.length > 0
        ? `, only ${listed(known, 12)}; ${fix}`
        : `; write Pulumi.${stack}.yaml in ${projectRoot}`;
    throw new UsageError(`there is no stack "${stack}"${others}`);
  }
  return { stack, file: shortest(path), path, text: readNamed(path) };
}

/**
 * Reads and checks a stack file that was chosen as one with one cluster, with the files that it names.
 *
 * @throws UsageError where it has several sites and none is named, or another than those
 */
export function parseChosen({ text, path, site, file }: Read) {
  const whole = readStackFile(text, { read: filesIn(dirname(path)) });
  const mistake = whole.problems.length > 0 ? undefined : siteMistake(siteNames(whole), site);
  if (mistake !== undefined) throw new UsageError(`${file ?? path}: ${mistake}`);
  return parseOne(whole, site);
}

/** The same of all sites together. */
export function parseWhole({ text, path }: Read) {
  return parseWholeFile(text, { read: filesIn(dirname(path)) });
}

type Read = Pick<ChosenStack, "text" | "path" | "site"> & Partial<Pick<ChosenStack, "file">>;
