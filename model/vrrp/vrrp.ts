import type { Finding } from "../finding";
import { OWNER_PRIORITY } from "./arithmetic";
import { judgeChecks } from "./checks";
import { judgeAgreement } from "./disagreement";
import { judgePreemption } from "./preempt";
import { namesText } from "./text";
import { judgeTrackedFiles } from "./tracked-files";
import type { VrrpGroup } from "./types";
import { judgeWeights } from "./weight";

export {
  allFailedPriority,
  effectivePriority,
  failedPriority,
  HIGHEST_PRIORITY,
  healthyPriority,
  OWNER_PRIORITY,
  recommendedWeight,
  takesOver,
  type WeightAdvice,
  type WeightRange,
} from "./arithmetic";
export {
  advertLimitSec,
  advertSec,
  budget,
  crashTakeoverSec,
  detectionSec,
  lossTakeoversPerHour,
  skewSec,
  type VrrpBudget,
} from "./budget";
export {
  DRAIN_NAME,
  DRAIN_WEIGHT,
  drainPriority,
  drainSec,
  takesFromDrained,
} from "./drain";
export { vrrpGroup } from "./group";
export {
  automaticWeight,
  checkedBy,
  FAST_LIMIT_SEC,
  PROFILES,
  type ProfileSettings,
  SECOND_LINE,
} from "./profile";
export { judgeProfile } from "./promise";
export type {
  DebianRelease,
  TrackedFile,
  VrrpCheck,
  VrrpGroup,
  VrrpMember,
  VrrpProfile,
  VrrpSettings,
} from "./types";

/**
 * Whether the members of a virtual address really replace each other: rules `vrrp-weight`,
 * `vrrp-disagreement`, `pair-on-one-node` and `pair-without-check`.
 */
export function judgeVrrp(group: VrrpGroup): Finding[] {
  return [
    ...judgeNodes(group),
    ...judgePriorities(group),
    ...judgeWeights(group),
    ...judgeTrackedFiles(group),
    ...judgePreemption(group),
    ...judgeAgreement(group),
    ...judgeChecks(group),
  ];
}

/** Members on one node die together; one finding per node. */
function judgeNodes({ members }: VrrpGroup): Finding[] {
  // Proxmox does not tell "Proxmox2" from "proxmox2".
  const nodes = new Map(
    members.flatMap(({ node }) => (node === undefined ? [] : [[node.toLowerCase(), node]])),
  );
  return [...nodes].flatMap(([key, node]) => {
    const there = members.flatMap((member, index) =>
      member.node?.toLowerCase() === key ? [{ ...member, index }] : [],
    );
    const second = there[1];
    if (second === undefined) return [];
    const lost = there.length === members.length ? "with the virtual address" : "at once";
    // A word for what hosts outside share is no node, and cannot be moved to one.
    const outside = there.every((member) => member.outside);
    return [
      {
        rule: "pair-on-one-node",
        path: ["members", second.index, outside ? "outside" : "node"],
        message: `${namesText(
          there.map(({ name }) => name),
          "and",
        )} are ${
          outside
            ? `in the same place "${node}", so its failure`
            : `on the same node "${node}", so its death`
        } takes them down ${lost}`,
        fix: outside
          ? `state another word where "${second.name}" shares nothing with it, or take a host elsewhere`
          : `move "${second.name}" to another node`,
        severity: "error" as const,
      },
    ];
  });
}

/**
 * Members of equal priority. Two owners of the address are a mistake. Otherwise the members settle
 * it by their addresses, the higher one stays, which real daemons do with every kind of check.
 */
function judgePriorities({ members }: VrrpGroup): Finding[] {
  const highest = Math.max(...members.map(({ priority }) => priority));
  return members.flatMap((member, index): Finding[] => {
    const { name, priority } = member;
    const earlier = members.slice(0, index).find((other) => other.priority === priority);
    if (earlier === undefined) return [];
    return [
      {
        rule: "vrrp-weight",
        path: ["members", index, "priority"],
        message: `"${earlier.name}" and "${name}" have the same priority ${priority}, ${equalText(priority, highest)}`,
        fix:
          priority === highest
            ? "give each member its own priority, the preferred one the highest (for example 150 and 100)"
            : "give each member its own priority",
        severity: priority === OWNER_PRIORITY ? "error" : "warning",
      },
    ];
  });
}

function equalText(priority: number, highest: number): string {
  if (priority === OWNER_PRIORITY) {
    return "which says that each of them owns the virtual address, and which keepalived lowers to 254 once both are masters";
  }
  return priority === highest
    ? "so none is preferred: the virtual address stays where a failover took it, and when both start at once both take it until one hears the other"
    : "so both take the virtual address at once when its owner is gone, until one hears the other";
}
