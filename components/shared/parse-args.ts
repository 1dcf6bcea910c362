import { log, type Resource } from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors";
import type { z } from "zod";
import { describeIssue, schemaProblems } from "../../config/file/schema-problems";
import { name as nameAtom } from "../../config/sections/network";
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
 * A value that a schema accepts.
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

/**
 * The checked arguments of a component, and whose they are, for messages. Unknown keys are refused.
 *
 * @param component name of its class
 */
export function checkedArgs<S extends z.ZodType>(
  component: string,
  name: string,
  schema: S,
  value: unknown,
): { what: string; args: z.output<S> } {
  const what = `${component} "${name}"`;
  parseArgs(nameAtom, name, what);
  return { what, args: parseArgs(schema, value, what) };
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

/** Shows the model's warnings beside the resource that they are about. */
export function showWarnings(resource: Resource, warnings: readonly Finding[]): void {
  for (const warning of warnings) void log.warn(findingText(warning), resource);
}
