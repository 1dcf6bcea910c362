import { counted } from "../../model/text";
import { tableParts } from "./columns";
import { type Paint, toned } from "./paint";
import { type PolicyResult, policyPasses, type RuleViolation } from "./types";

/** Name of a resource in its URN. */
export function urnName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** How one rule ended, in a word. */
export function verdict(policy: PolicyResult): "pass" | "advice" | "FAIL" | "UNABLE" {
  if (policy.unable.length > 0) return "UNABLE";
  if (policy.violations.length === 0) return "pass";
  return policyPasses(policy) ? "advice" : "FAIL";
}

/** One line that counts the rules and what they found. */
export function policyCounts(policies: readonly PolicyResult[]): string {
  const violations = policies.flatMap((policy) => policy.violations);
  const advice = violations.filter(({ enforcement }) => enforcement === "advisory").length;
  const unable = policies.filter((policy) => policy.unable.length > 0).length;
  const found = [
    violations.length > advice ? counted(violations.length - advice, "violation") : "",
    advice > 0 ? `${advice} advisory` : "",
    unable > 0 ? `${counted(unable, "rule")} could not be evaluated` : "",
  ].filter((part) => part !== "");
  if (policies.length === 0) return "no rule ran";
  return `${counted(policies.length, "rule")}, ${found.join(", ") || "all pass"}`;
}

/** Rules with their verdicts; beneath each what it found and where. */
export function policyLines(
  policies: readonly PolicyResult[],
  { paint, width }: { paint: Paint; width: number },
): string[] {
  const heads = tableParts(
    policies.map((policy) => {
      const word = verdict(policy);
      const tone = word === "pass" ? "good" : word === "advice" ? "warn" : "bad";
      return [toned(paint, tone, word), policy.name, paint.dim(policy.description)];
    }),
    { width },
  );
  return policies.flatMap((policy, index) => [
    ...(heads[index] ?? []),
    ...policy.violations.map((violation) => `    ${violationText(violation)}`),
    ...policy.unable.map((reason) => `    could not be evaluated: ${reason}`),
  ]);
}

/** A violation with the resource it is about. */
export function violationText({ resource, message, enforcement }: RuleViolation): string {
  const place = resource === undefined ? "" : `${urnName(resource)}: `;
  return `${enforcement === "advisory" ? "advice: " : ""}${place}${message}`;
}
