import { adviceName } from "../evaluate";
import { rules } from "../rules/all";

const level = {
  type: "string",
  enum: ["mandatory", "advisory", "disabled"],
  description: "`mandatory` refuses the change, `advisory` only says it, `disabled` does not look.",
};

/**
 * JSON Schema of the file for `--policy-pack-config`: the level of each rule, and what a stack may
 * state of itself.
 */
export function policyConfigSchema(): object {
  const entries = rules.flatMap((rule) => [
    [rule.name, setting(rule.description, rule.config?.properties)] as const,
    ...(rule.advises
      ? [[adviceName(rule), setting(`Advice of ${rule.name}.`, rule.config?.properties)] as const]
      : []),
  ]);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of the policy pack homelab-ha",
    type: "object",
    additionalProperties: false,
    properties: { all: level, ...Object.fromEntries(entries) },
  };
}

function setting(description: string, properties: object = {}): object {
  const whole = {
    type: "object",
    additionalProperties: false,
    properties: { enforcementLevel: level, ...properties },
  };
  return { description, anyOf: [level, whole] };
}
