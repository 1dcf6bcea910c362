/**
 * One problem that a judgement of the model found, in a form that every caller can show: the
 * configuration puts its own path before `path`, a component throws it, a policy reports it.
 */
export interface Finding {
  /** Name of the rule that is broken; the policy and its page in `docs/policies/` have the same. */
  rule: string;
  /** Where, relative to the judged object, e.g. `["members", 1, "priority"]`. */
  path: (string | number)[];
  /** What was found and what is allowed, with the numbers; lower case, no final period. */
  message: string;
  /** The change that mends it, as an instruction; lower case, no final period. */
  fix: string;
  /** An `error` refuses the change, a `warning` is only shown. */
  severity: "error" | "warning";
}

/** Writes a path the way it stands in a stack file: `members[1].priority`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join("");
}

/** The whole sentence for people: what is wrong, then how to mend it. */
export function findingText(finding: Finding): string {
  return `${finding.message}; ${finding.fix}`;
}
