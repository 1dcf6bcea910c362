import { evaluate } from "../../policy/evaluate";
import type { ObservedResource, Rule } from "../../policy/rule";

/** What a rule tells about resources: one line for each violation, as the user reads it. */
export async function reported(rule: Rule, resources: ObservedResource[]): Promise<string[]> {
  const violations = await evaluate([rule], resources);
  return violations.map(
    ({ enforcement, policy, message }) => `[${enforcement}] ${policy}: ${message}`,
  );
}
