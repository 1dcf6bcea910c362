import { HAS_DYNAMIC, haManagerDefault, isAtLeast } from "../../model/placement/cluster-version";
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

/** The version of the HA manager fits the cluster's, and has the scheduler. */
function versionProblems({ pveVersion, haManager, scheduler }: StackConfig["cluster"]): Problem[] {
  const version = haManager ?? haManagerDefault(pveVersion);
  // The major versions go 3, 4, 5 with Proxmox VE 7, 8, 9.
  const fits = Number(version.split(".")[0]) === pveVersion - 4;
  const wrong = `found ${version}, and Proxmox VE ${pveVersion} has ${pveVersion - 4}.x; copy it from \`pveversion -v\`, line pve-ha-manager`;
  const missing = `found dynamic, which ha-manager has since ${HAS_DYNAMIC}, and this cluster has ${version}; use basic or static, or upgrade`;
  return [
    ...(fits ? [] : [error(["cluster", "haManager"], wrong)]),
    ...(scheduler === "dynamic" && !isAtLeast(version, HAS_DYNAMIC)
      ? [error(["cluster", "scheduler"], missing)]
      : []),
  ];
}

/** A name that can fail means one thing; a node gets only a storage that it will have. */
export function failureProblems(stack: StackConfig): Problem[] {
  return [
    ...nameProblems(stack.cluster),
    ...pendingProblems(stack.cluster),
    ...versionProblems(stack.cluster),
  ];
}
