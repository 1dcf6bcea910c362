import { SITES } from "../sites/site-schema";
import { stackSchema } from "../stack";
import { hint, nearest } from "./nearest";
import type { Problem } from "./problem";

/** The namespace of this program in a stack file, with its colon. */
export const NAMESPACE = "homelab:";

/** Key of a stack file with the context of the Kubernetes provider that no component names. */
export const CONTEXT_KEY = "kubernetes:context";

/** Section that holds no plain configuration: read by `config/load.ts` only. */
export const SECRETS = "secrets";

/** Every section that a stack file may have. */
export const sections = [...Object.keys(stackSchema.shape), SITES, SECRETS];

/** A key of a stack file that nothing reads, although it looks as if something should. */
interface Stray {
  whole: string;
  problem: Problem;
  /** Section that it was most likely meant to be. */
  meant?: string;
}

/**
 * A misspelt `homelab:`, and keys of the project itself, which is what Pulumi takes a key without
 * namespace for. Namespaces of providers are none of our business.
 *
 * @param keys whole keys, such as `homelab:guests` or `proxmoxve:endpoint`
 * @param project name in Pulumi.yaml
 */
export function strayKeys(keys: readonly string[], project: string): Stray[] {
  return keys.flatMap((whole): Stray[] => {
    const [, namespace = project, key = whole] = /^([^:]*):(.*)$/s.exec(whole) ?? [];
    if (`${namespace}:` === NAMESPACE) return [];
    if (namespace !== project && !nearest(namespace, [NAMESPACE.slice(0, -1)])) return [];
    const meant = nearest(key, sections);
    const found = whole.includes(":")
      ? `nothing reads the namespace "${namespace}"`
      : `a key without namespace belongs to the project ${project}, and nothing reads it there`;
    const fix = meant
      ? `did you mean "${NAMESPACE}${meant}"?`
      : `write ${NAMESPACE} and a section: ${hint(key, sections)}`;
    const message = `${found}; ${fix}`;
    const problem: Problem = { path: [], outside: { text: whole }, message, severity: "error" };
    return [{ whole, problem, ...(meant !== undefined && { meant }) }];
  });
}
