import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parse } from "yaml";

/** Where this code is: the repository, or the compiled files of the package. */
export const codeRoot = join(__dirname, "../..");

/** The policy pack, as `--policy-pack` takes it. */
export const policyPack = join(codeRoot, "policy");

/**
 * Folder of the Pulumi project, where the stack files are: this repository where the code runs from
 * a clone; else, as Pulumi does it, the nearest folder with a Pulumi.yaml.
 */
export const projectRoot = projectFolder(codeRoot, process.cwd());

/**
 * @param code folder of the code
 * @param start folder where somebody is
 */
export function projectFolder(code: string, start: string): string {
  if (isProject(code)) return code;
  for (let folder = start; ; folder = dirname(folder)) {
    if (isProject(folder)) return folder;
    if (folder === dirname(folder)) return start;
  }
}

/** Name of the project in its Pulumi.yaml. @default `homelab-ha`, where there is no such file */
export function projectName(folder = projectRoot): string {
  if (!isProject(folder)) return "homelab-ha";
  const { name } = parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as { name: string };
  return name;
}

/** Path of the schema for editors, as a stack file in the project names it. */
export function schemaPath(): string {
  return `./${relative(projectRoot, join(codeRoot, "config/generated/stack.schema.json"))}`;
}

function isProject(folder: string): boolean {
  return existsSync(join(folder, "Pulumi.yaml"));
}
