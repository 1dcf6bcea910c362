import { adviceName } from "../../policy/evaluate";
import type { Rule } from "../../policy/rule";
import type { PolicyResult } from "../report/types";

/** A violation as the engine or the in-process evaluation tells it. */
export interface RawViolation {
  /** Name of the policy: a rule's, or `<rule>-advice`. */
  policy: string;
  enforcement: "mandatory" | "advisory";
  message: string;
  urn?: string | undefined;
}

/** CrossGuard's words when a rule meets a value it may not read; it calls that advice only. */
const unablePattern = /^can't run policy\b/;

/**
 * The result of every rule: what it found, or that it found nothing.
 *
 * @param idle why a rule did not run. @default every rule ran
 */
export function policyResults(
  rules: readonly Rule[],
  violations: readonly RawViolation[],
  idle: (rule: Rule) => string | undefined = () => undefined,
): PolicyResult[] {
  const results = new Map<string, PolicyResult>();
  for (const rule of rules) {
    const { name, description, docs, severity } = rule;
    const reason = idle(rule);
    results.set(name, {
      name,
      description,
      docs,
      enforcement: severity,
      violations: [],
      unable: reason === undefined ? [] : [reason],
    });
  }
  const ruleOf = new Map(rules.map((rule) => [adviceName(rule), rule.name]));
  for (const { policy, enforcement, message: printed, urn } of violations) {
    const name = ruleOf.get(policy) ?? policy;
    const result = results.get(name) ?? {
      // A policy of a pack that is not ours, or one that the registration forgot: never drop it.
      name,
      description: "",
      docs: "",
      enforcement,
      violations: [],
      unable: [],
    };
    results.set(name, result);
    // CrossGuard puts the rule's description before what the rule said.
    const message = printed.startsWith(`${result.description}\n`)
      ? printed.slice(result.description.length).trim()
      : printed;
    if (unablePattern.test(message)) {
      result.unable.push(message);
      continue;
    }
    // A finding about a pair is met once at each of its members and once for the stack.
    const seen = result.violations.some(
      (known) => known.message === message && known.resource === urn,
    );
    if (!seen) result.violations.push({ message, enforcement, ...(urn && { resource: urn }) });
  }
  return [...results.values()];
}
