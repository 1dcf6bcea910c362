import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ErrorObject, type SchemaObject } from "ajv";
import { z } from "zod";
import { jsonOf } from "../support/json";
import { KINDS } from "./kinds";

/** Releases of Kubernetes whose published definitions are here. */
export const RELEASES = ["1.33", "1.34", "1.35"] as const;
export type Release = (typeof RELEASES)[number];

/**
 * Everything that a release's published definitions say against an object, a line for each field.
 * As strict as `kubectl --validate=strict`: a field that is not published is one too.
 */
export function problemsOf(release: Release, object: Readonly<Record<string, unknown>>): string[] {
  const kind = `${String(object.apiVersion)}/${String(object.kind)}`;
  const definition = KINDS[kind];
  if (definition === undefined) return [`found the kind ${kind}, whose definition is not here`];
  const validate = validatorOf(release).getSchema(`definitions.json#/definitions/${definition}`);
  if (!validate) throw new Error(`found no definition ${definition} of ${release}`);
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }: ErrorObject) =>
      `${kind} ${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
  );
}

const validators = new Map<Release, Ajv>();

function validatorOf(release: Release): Ajv {
  const known = validators.get(release);
  if (known) return known;
  const file = join(__dirname, "schemas", `${release}.schema.json`);
  const definitions = jsonOf(z.record(z.string(), z.looseObject({})), readFileSync(file, "utf8"));
  // The formats of OpenAPI 2 tell widths of numbers, which JSON Schema does not check.
  const made = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  const schemas = Object.entries(definitions).map(([name, one]) => [name, closed(one)] as const);
  made.addSchema({ $id: "definitions.json", definitions: Object.fromEntries(schemas) });
  validators.set(release, made);
  return made;
}

/** Published definitions leave unknown fields open, and write "number or text" as text. */
function closed(definition: SchemaObject): SchemaObject {
  if (definition.format === "int-or-string") return { type: ["integer", "string"] };
  if (definition.properties === undefined) return definition;
  return { ...definition, additionalProperties: false };
}
