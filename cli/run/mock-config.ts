import { CONTEXT_KEY, NAMESPACE } from "../../config/file/namespace";
import type { FileSite } from "../../config/file/parse-file";

/**
 * The configuration of a stack file as the engine would hand it to the program.
 *
 * @param data sections of the stack file itself, as it states them
 */
export function mockConfig(
  data: Record<string, unknown>,
  [first]: readonly FileSite[],
): Record<string, string> {
  const sections = Object.entries(data).map(
    ([section, value]) => [`${NAMESPACE}${section}`, JSON.stringify(value)] as const,
  );
  // The context of a site is in its section.
  const context = first?.proxmox === undefined ? first?.kubernetesContext : undefined;
  return {
    ...Object.fromEntries(sections),
    ...(context !== undefined && { [CONTEXT_KEY]: context }),
  };
}
