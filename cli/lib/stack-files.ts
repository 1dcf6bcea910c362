import { readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { projectRoot } from "../../clients/pulumi/project";
import { nearest } from "../../config/file/nearest";
import { filesIn } from "../../config/file/section-files";
import { parseStackFile } from "../../config/file/stack-file";
import { readNamed } from "./files";
import { UsageError } from "./usage";

/** A stack file that was found. */
export interface ChosenStack {
  /** Name of the stack. */
  stack: string;
  /** Path for people: as short as it can be written from where they are. */
  file: string;
  /** The same, absolute. */
  path: string;
  text: string;
}

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
export function chooseStack(options: { stack?: string; file?: string }): ChosenStack {
  if (options.stack !== undefined) checkStackName(options.stack);
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
    const meant = nearest(stack, known);
    const fix = meant
      ? `did you mean "${meant}"?`
      : `write Pulumi.${stack}.yaml, or name one of these`;
    const others =
      known.length > 0
        ? `, only ${known.join(" and ")}; ${fix}`
        : `; write Pulumi.${stack}.yaml in ${projectRoot}`;
    throw new UsageError(`there is no stack "${stack}"${others}`);
  }
  const shortest = relative(process.cwd(), path);
  const file = shortest.startsWith("..") || isAbsolute(shortest) ? path : shortest;
  return { stack, file, path, text: readNamed(path) };
}

/** Reads and checks a stack file that was chosen, with the files that it names. */
export function parseChosen({ text, path }: Pick<ChosenStack, "text" | "path">) {
  return parseStackFile(text, { read: filesIn(dirname(path)) });
}
