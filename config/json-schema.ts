import { z } from "zod";
import { secretsSchema } from "./secrets";
import { stackSchema } from "./stack";

/** A value encrypted by `pulumi config set --secret`. */
const secure = z.union([z.string(), z.strictObject({ secure: z.string() })]);

/**
 * JSON Schema of `Pulumi.<stack>.yaml` for editors: completion and errors while typing. Other
 * namespaces (`proxmoxve:`, `cloudflare:`) are left to their providers.
 */
export function stackJsonSchema(): Record<string, unknown> {
  const sections = Object.fromEntries(
    Object.entries(stackSchema.shape).map(([name, schema]) => [`homelab:${name}`, schema]),
  );
  const required = ["homelab:cluster", "homelab:guests"];
  const secrets = z.strictObject({
    ...secretsSchema.shape,
    sshPrivateKey: secure.optional(),
    statsPasswords: z.record(z.string(), secure).optional(),
  });
  const config = z.toJSONSchema(z.object({ ...sections, "homelab:secrets": secrets.optional() }), {
    io: "input",
    unrepresentable: "any",
    reused: "ref",
  });
  const { $schema, $defs, ...body } = config;
  return {
    $schema,
    title: "Stack configuration of homelab-ha",
    $defs,
    type: "object",
    properties: {
      config: {
        ...body,
        required,
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

/** The schema as it is committed. */
export function stackJsonSchemaText(): string {
  return `${JSON.stringify(stackJsonSchema(), null, 2)}\n`;
}
