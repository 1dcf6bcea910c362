import type { Finding } from "../model/finding";
import { findingText, pathText } from "../model/finding";
import type { Path } from "./raw";

/** One mistake in a stack file. */
export interface Problem {
  path: Path;
  /** What was found, what is allowed, how to mend it. */
  message: string;
  /** A warning is shown; an error refuses the file. */
  severity: "error" | "warning";
}

/** The name of a place as people write it: `homelab:guests.traefik.vmid`. */
export function placeText(path: Path): string {
  return `homelab:${pathText(path)}`;
}

/** One line for people. */
export function problemText(problem: Problem): string {
  return `${placeText(problem.path)}: ${problem.message}`;
}

/** Puts a finding of the model at its place in the file. */
export function fromFinding(prefix: Path, finding: Finding): Problem {
  return {
    path: [...prefix, ...finding.path],
    message: findingText(finding),
    severity: finding.severity,
  };
}

/** A refused configuration in words: every problem on a line of its own. */
export function refusalText(what: string, problems: readonly Problem[]): string {
  const lines = problems.map((problem) => `  ${problemText(problem)}`);
  const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
  return `${what} has ${count}:\n${lines.join("\n")}`;
}
