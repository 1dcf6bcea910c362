import { RunError } from "@pulumi/pulumi/errors";
import type { z } from "zod";
import { describeIssue, schemaProblems } from "../../config/file/schema-problems";
import { type Finding, findingText, pathText } from "../../model/finding";

/** One reason why a component refuses its arguments. */
export interface ArgsProblem {
  path: readonly (string | number)[];
  message: string;
}

/**
 * Thrown before a component registers anything; the message lists every problem with its path. The
 * engine shows a `RunError` without a stack trace, which would bury the list.
 */
export class ArgsError extends RunError {
  constructor(what: string, problems: readonly ArgsProblem[]) {
    const lines = problems.map(({ path, message }) =>
      path.length === 0 ? `  ${message}` : `  ${pathText(path)}: ${message}`,
    );
    super(
      `${what} has ${problems.length} ${problems.length === 1 ? "problem" : "problems"}:\n${lines.join("\n")}`,
    );
    this.name = "ArgsError";
  }
}

/**
 * The checked plain part of a component's arguments. Keys that the schema does not name are left
 * out (connections, secrets, transforms), so that the result may be given to `super()` and shown.
 *
 * @param what Whose arguments they are, e.g. `TraefikHaPair "traefik"`
 */
export function parseArgs<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
): z.output<S> {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return result.data;
  throw new ArgsError(what, schemaProblems(schema, value, result.error));
}

/** Throws if there are problems, all of them at once. */
export function refuse(problems: readonly ArgsProblem[], what: string): void {
  if (problems.length > 0) throw new ArgsError(what, problems);
}

/** Throws the errors among the model's findings, and hands back the warnings. */
export function refuseErrors(findings: readonly Finding[], what: string): Finding[] {
  const problems = findings
    .filter((finding) => finding.severity === "error")
    .map((finding) => ({ path: finding.path, message: findingText(finding) }));
  refuse(problems, what);
  return findings.filter((finding) => finding.severity === "warning");
}
