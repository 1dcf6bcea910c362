import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { jsonOf } from "../support/json";
import { KINDS } from "./kinds";

// Cuts the definitions of the kinds that are used here, and of what they refer to, out of
// Kubernetes' published api/openapi-spec/swagger.json. Run it with the paths of those files, each in
// a folder named after its release (…@v1.34.4/api/openapi-spec/swagger.json).

const swaggerSchema = z.looseObject({ definitions: z.record(z.string(), z.unknown()) });

/** Without what is for readers and generators: a validator needs none of it. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) =>
      !key.startsWith("x-kubernetes-") && !(key === "description" && typeof inner === "string"),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, pruned(inner)]));
}

function referencesOf(value: unknown): string[] {
  const found = JSON.stringify(value).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g);
  return [...found].map(([, name]) => name ?? "");
}

function cut({ definitions }: z.output<typeof swaggerSchema>): Record<string, unknown> {
  const wanted = Object.values(KINDS);
  const kept = new Map<string, unknown>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (kept.has(name)) continue;
    if (definitions[name] === undefined) throw new Error(`found no definition ${name}`);
    const definition = pruned(definitions[name]);
    kept.set(name, definition);
    wanted.push(...referencesOf(definition));
  }
  return Object.fromEntries([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
}

for (const path of process.argv.slice(2)) {
  const release = path.match(/@v(\d+\.\d+)\.\d+\//)?.[1];
  if (release === undefined) throw new Error(`found no release in ${path}`);
  const swagger = jsonOf(swaggerSchema, readFileSync(path, "utf8"));
  const file = join(__dirname, "schemas", `${release}.schema.json`);
  writeFileSync(file, `${JSON.stringify(cut(swagger))}\n`);
}
