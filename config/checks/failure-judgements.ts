import { COROSYNC } from "../../model/resilience/failure-domains";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import type { StackConfig } from "../stack";

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

function nameProblems({ nodes, storages, failureDomains }: StackConfig["cluster"]): Problem[] {
  return Object.keys(failureDomains).flatMap((name) => {
    const other =
      (nodes[name] && "a node") ||
      (storages[name] && "a storage") ||
      (name === COROSYNC && "the loss of corosync on every node");
    if (!other) return [];
    return [
      error(
        ["cluster", "failureDomains", name],
        `"${name}" is the name of ${other} too, so \`homelab simulate --fail ${name}\` could mean either; give the domain another name`,
      ),
    ];
  });
}

function pendingProblems({ storages }: StackConfig["cluster"]): Problem[] {
  return Object.entries(storages).flatMap(([name, storage]) => {
    if (storage.kind !== "zfs") return [];
    return storage.pending.flatMap((node, index) => {
      const path = ["cluster", "storages", name, "pending", index];
      if (!storage.nodes.includes(node)) {
        const nodes = storage.nodes.join(", ");
        return [
          error(
            path,
            `${node} is to get "${name}", but is not among its nodes (${nodes}); add it there, or take it out here`,
          ),
        ];
      }
      return storage.pending.indexOf(node) < index
        ? [error(path, `${node} is listed twice, and is reinstalled once; remove one`)]
        : [];
    });
  });
}

/** A name that can fail means one thing; a node gets only a storage that it will have. */
export function failureProblems(stack: StackConfig): Problem[] {
  return [...nameProblems(stack.cluster), ...pendingProblems(stack.cluster)];
}
