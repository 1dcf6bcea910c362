import { z } from "zod";
import { movableSections } from "../file/section-files";
import { secretsSchema } from "../sections/secrets";
import { SITES, sitesSchema } from "../sites/site-schema";
import { stackSchema } from "../stack";

/** A value encrypted by `pulumi config set --secret`. */
const secure = z.union([z.string(), z.strictObject({ secure: z.string() })]);

/**
 * JSON Schema of `Pulumi.<stack>.yaml` for editors: completion and errors while typing. Other
 * namespaces (`proxmoxve:`, `cloudflare:`) are left to their providers.
 */
export function stackJsonSchema(): Record<string, unknown> {
  const all = { ...stackSchema.shape, [SITES]: sitesSchema.optional() };
  const sections = Object.fromEntries(
    Object.entries(all).map(([name, schema]) => [`homelab:${name}`, schema]),
  );
  // What stands in a file of its own is not missing.
  const anyOf = [
    { required: ["homelab:cluster", "homelab:guests"] },
    { required: ["homelab:sites"] },
    { required: ["homelab:files"] },
  ];
  const own = {
    ...secretsSchema.shape,
    sshPrivateKey: secure.optional(),
    statsPasswords: z.record(z.string(), secure).optional(),
    apiClientCertificates: z.record(z.string(), secure).optional(),
  };
  const site = z.strictObject({ ...own, proxmoxToken: secure.optional() });
  const secrets = z.strictObject({ ...own, sites: z.record(z.string(), site).optional() });
  const config = z.toJSONSchema(z.object({ ...sections, "homelab:secrets": secrets.optional() }), {
    io: "input",
    unrepresentable: "any",
    reused: "ref",
  });
  const { $schema, $defs, required: _, ...body } = config;
  return {
    $schema,
    title: "Stack configuration of homelab-ha",
    $defs,
    type: "object",
    properties: {
      config: {
        ...body,
        anyOf,
        patternProperties: { "^(?!homelab:)": {} },
        additionalProperties: false,
      },
      encryptionsalt: { type: "string" },
      secretsprovider: { type: "string" },
      encryptedkey: { type: "string" },
    },
    required: ["config"],
    additionalProperties: false,
  };
}

/** JSON Schema of a file that `homelab:files` names: sections without the namespace. */
export function sectionsJsonSchema(): Record<string, unknown> {
  const all = { ...stackSchema.shape, [SITES]: sitesSchema.optional() };
  const movable = Object.entries(all).filter(([name]) => movableSections.includes(name));
  const sections = z.strictObject(Object.fromEntries(movable));
  const schema = z.toJSONSchema(sections, { io: "input", unrepresentable: "any", reused: "ref" });
  const { $schema, required: _, ...body } = schema;
  return { $schema, title: "Sections of a stack of homelab-ha", ...body, minProperties: 1 };
}

/** The schemas as they are committed, by the name of their file. */
export function jsonSchemaTexts(): Record<string, string> {
  const text = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`;
  return {
    "stack.schema.json": text(stackJsonSchema()),
    "sections.schema.json": text(sectionsJsonSchema()),
  };
}
