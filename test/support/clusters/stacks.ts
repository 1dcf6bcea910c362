import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readStackFile } from "../../../config/file/stack-file";
import { type StackConfig, stackSchema } from "../../../config/stack";
import { workedOut } from "../../../config/worked-out";

const root = join(__dirname, "../../..");

export function stackText(stack: string): string {
  return readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
}

/** The sections of a committed stack file, as a fresh copy that a test may damage. */
export function stackData(stack: string): Record<string, unknown> {
  return readStackFile(stackText(stack)).data;
}

/**
 * Writes a committed stack file with some of its sections in `guests.<stack>.yaml` beside it.
 *
 * @returns the paths of both
 */
export function splitStack(dir: string, stack: string, sections: readonly string[]) {
  const { config } = parse(stackText(stack)) as { config: Record<string, unknown> };
  const moved = Object.fromEntries(
    sections.map((section) => [section, config[`homelab:${section}`]]),
  );
  for (const section of sections) delete config[`homelab:${section}`];
  const files = [`guests.${stack}.yaml`];
  const paths = { stackFile: join(dir, `Pulumi.${stack}.yaml`), beside: join(dir, files[0] ?? "") };
  writeFileSync(paths.stackFile, stringify({ config: { ...config, "homelab:files": files } }));
  writeFileSync(paths.beside, stringify(moved));
  return paths;
}

/** Sets the value at a path of such a copy; `undefined` removes it. */
export function put(root: unknown, path: (string | number)[], value: unknown): void {
  const key = path.at(-1);
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((node, part) => (node as Record<string, unknown>)?.[part], root);
  if (key === undefined || typeof holder !== "object" || holder === null) {
    throw new Error(`nothing at ${path.join(".")}`);
  }
  if (value === undefined) delete (holder as Record<string, unknown>)[key];
  else (holder as Record<string, unknown>)[key] = value;
}

/** A configuration as the program gets it; one that the schema refuses is a mistake of the test. */
export function stackOf(data: unknown): StackConfig {
  return workedOut(stackSchema.parse(data));
}
