import type { Finding } from "../../model/finding";
import { findingText, pathText } from "../../model/finding";
import type { Path, Position } from "./raw";

/** One mistake in a stack file. */
export interface Problem {
  path: Path;
  /** What was found, what is allowed, how to mend it. */
  message: string;
  /** A warning is shown; an error refuses the file. */
  severity: "error" | "warning";
  /**
   * Where it lies, if not at a path of the namespace; `path` is then empty. `file` is a file of
   * sections by its name in `homelab:files`, else it is the stack file.
   */
  outside?: { text: string; file?: string } & Partial<Position>;
}

/** The name of a place as people write it: `homelab:guests.traefik.vmid`. */
export function placeText(path: Path): string {
  return `homelab:${pathText(path)}`;
}

/** Where a problem lies, as people write it. */
export function whereText({ path, outside }: Problem): string {
  return outside?.text ?? placeText(path);
}

/** One line for people. */
export function problemText(problem: Problem): string {
  return `${whereText(problem)}: ${problem.message}`;
}

/** Puts a finding of the model at its place in the file. */
export function fromFinding(prefix: Path, finding: Finding): Problem {
  return {
    path: [...prefix, ...finding.path],
    message: findingText(finding),
    severity: finding.severity,
  };
}

/**
 * A refused configuration in words: every problem on a line of its own.
 *
 * @param placeOf where a problem lies, as `file:line:column`. @default never said
 */
export function refusalText(
  what: string,
  problems: readonly Problem[],
  placeOf: (problem: Problem) => string | undefined = () => undefined,
): string {
  const lines = problems.map((problem) => {
    const place = placeOf(problem);
    return `  ${place === undefined ? "" : `${place}: `}${problemText(problem)}`;
  });
  const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
  return `${what} has ${count}:\n${lines.join("\n")}`;
}
