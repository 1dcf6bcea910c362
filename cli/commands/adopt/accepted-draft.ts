import type { ClusterSnapshot } from "../../../clients/proxmox";
import { type Problem, problemText } from "../../../config/file/problem";
import { parseStack } from "../../../config/parse";
import type { StackConfig } from "../../../config/stack";
import { type Draft, draftOf, refusalToAdopt } from "../../../model/adopt/adopt";
import { heldGuests } from "../../../model/adopt/held";
import { UsageError } from "../../lib/usage";

/** A draft that the stack file's own checks accept. */
export interface AcceptedDraft {
  draft: Draft;
  config: StackConfig;
  warnings: Problem[];
}

/**
 * The stack file of a cluster. What its checks refuse, such as a guest under HA with its disk on one
 * node only, is left in the cluster as it is, with the words of the check as the reason.
 *
 * @throws UsageError for a cluster that cannot be taken over at all
 */
export function acceptedDraft(cluster: ClusterSnapshot): AcceptedDraft {
  const refusal = refusalToAdopt(cluster);
  if (refusal !== undefined) throw new UsageError(refusal);
  const leave = new Map(heldGuests(cluster));
  for (;;) {
    const draft = draftOf(cluster, leave);
    const { cluster: section, guests, haGroups } = draft;
    const parsed = parseStack(structuredClone({ cluster: section, guests, haGroups }));
    if (parsed.stack) return { draft, config: parsed.stack, warnings: parsed.warnings };
    const errors = parsed.problems.filter(({ severity }) => severity === "error");
    const before = leave.size;
    for (const problem of errors) {
      const why = problem.message.split("; ")[0] ?? problem.message;
      for (const key of culprits(draft, problem)) if (!leave.has(key)) leave.set(key, why);
    }
    const [first] = errors;
    if (leave.size === before) {
      throw new UsageError(
        `${cluster.origin}: this cluster cannot be written as a stack file: ${first ? problemText(first) : "unknown reason"}`,
      );
    }
  }
}

/** What has to stay out for a problem to go: a guest, a rule, or a whole group. */
function culprits(draft: Draft, { path }: Problem): string[] {
  const [root, name, key, index] = path;
  const group = root === "haGroups" && draft.groups.find((one) => one.name === name);
  if (!group) return [];
  const at = typeof index === "number" ? index : -1;
  const one =
    key === "guests"
      ? group.sids[at]
      : key === "keepApart" || key === "keepTogether"
        ? group[key][at] && `rule ${group[key][at]}`
        : undefined;
  return one === undefined || one === "" ? group.sids : [one];
}
