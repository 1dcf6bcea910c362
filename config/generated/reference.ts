import { z } from "zod";
import { name } from "../sections/network";
import { placeShape, SITES, sitesSchema } from "../sites/site-schema";
import { stackSchema } from "../stack";

/** The part of a JSON Schema that the reference shows. */
export interface FieldSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, FieldSchema>;
  required?: string[];
  additionalProperties?: FieldSchema | false;
  items?: FieldSchema;
  oneOf?: FieldSchema[];
  const?: unknown;
}

/** One line of the reference: `guests.<name>.vmid`. */
export interface ReferenceRow {
  path: string;
  required: boolean;
  default?: unknown;
  description: string;
}

/**
 * The stack's schema as plain JSON Schema, from the view of the person who writes the file. Of a site it
 * has only what a file with one cluster has not: the sections are the same.
 */
export function fieldSchemas(): Record<string, FieldSchema> {
  const place = z.record(name, z.object(placeShape)).describe(sitesSchema.description ?? "");
  const all = z.object({ ...stackSchema.shape, [SITES]: place });
  const schema = z.toJSONSchema(all, { io: "input", unrepresentable: "any" });
  return (schema as FieldSchema).properties ?? {};
}

/** Every field below a schema, in the order of the source, without repeats of union branches. */
export function rows(path: string, schema: FieldSchema): ReferenceRow[] {
  const below = (part: string, field: FieldSchema, required: boolean): ReferenceRow[] => [
    {
      path: part,
      required,
      default: field.default,
      description: field.description ?? "",
    },
    ...rows(part, field),
  ];
  if (schema.oneOf) {
    const seen = new Set<string>();
    return schema.oneOf
      .flatMap((option) => rows(path, option))
      .filter((row) => (seen.has(row.path) ? false : Boolean(seen.add(row.path))));
  }
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([key, field]) =>
      below(`${path}.${key}`, field, schema.required?.includes(key) ?? false),
    );
  }
  if (schema.additionalProperties) return rows(`${path}.<name>`, schema.additionalProperties);
  if (schema.items) return rows(`${path}[]`, schema.items);
  return [];
}

/** Nothing for a section without fields, such as a list of texts. */
function tableOf(fields: readonly ReferenceRow[], cell: (row: ReferenceRow) => string): string[] {
  if (fields.length === 0) return [];
  return [
    "",
    "| field | default | meaning |",
    "| --- | --- | --- |",
    ...fields.map(
      (row) => `| \`${row.path}\` | ${cell(row)} | ${row.description.replaceAll("|", "\\|")} |`,
    ),
  ];
}

/** The reference of all sections as Markdown, generated so that it cannot go stale. */
export function referenceText(): string {
  const cell = (row: ReferenceRow) =>
    row.required
      ? "required"
      : row.default === undefined
        ? ""
        : `\`${JSON.stringify(row.default)}\``;
  const sections = Object.entries(fieldSchemas()).map(([section, schema]) =>
    [
      `## \`homelab:${section}\``,
      "",
      schema.description ?? "",
      ...tableOf(rows(section, schema), cell),
    ].join("\n"),
  );
  return [
    "# Reference of the stack configuration",
    "",
    "Generated from the schema by `make schema`; `[]` is a list, `<name>` a name of your choice.",
    "",
    sections.join("\n\n"),
    "",
  ].join("\n");
}
