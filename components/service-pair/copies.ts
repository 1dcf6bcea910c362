import type { CopiedTree } from "../../templates/replication/lsyncd";
import type { ServiceFacts } from "./facts";

/** Mark that this stack writes into the first copied directory of the first member; it is not copied. */
export const GUARD_FILE = ".homelab-source";

/** The directories that the first member copies to the others. */
export function serviceTrees({ replicate }: Pick<ServiceFacts, "replicate">): CopiedTree[] {
  if (!replicate) return [];
  return replicate.directories.map((directory, index) => ({
    module: `service${index === 0 ? "" : index + 1}`,
    directory,
    exclude: [...replicate.exclude, ".*"],
    // As at the source, but nothing that others may change or anybody may run.
    chmod: "ug-s,go-w,F-x",
  }));
}
