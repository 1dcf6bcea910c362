import type { Finding } from "../finding";
import { judgeAgreement } from "./disagreement";
import { judgePreemption } from "./preempt";
import { namesText } from "./text";
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
    ...judgePreemption(group),
    ...judgeAgreement(group),
    ...judgeChecks(group),
  ];
}

/** Members on one node die together; one finding per node. */
function judgeNodes({ members }: VrrpGroup): Finding[] {
  const nodes = new Set(members.flatMap(({ node }) => (node === undefined ? [] : [node])));
  return [...nodes].flatMap((node) => {
    const there = members.flatMap((member, index) =>
      member.node === node ? [{ name: member.name, index }] : [],
    );
    const second = there[1];
    if (second === undefined) return [];
    const lost = there.length === members.length ? "with the virtual address" : "at once";
    return [
      {
        rule: "pair-on-one-node",
        path: ["members", second.index, "node"],
        message: `${namesText(
          there.map(({ name }) => name),
          "and",
        )} are on the same node "${node}", so its death takes them down ${lost}`,
        fix: `move "${second.name}" to another node`,
        severity: "error" as const,
      },
    ];
  });
}

/** Members of equal priority: none of them is preferred. */
function judgePriorities({ members }: VrrpGroup): Finding[] {
  return members.flatMap((member, index) => {
    const earlier = members.slice(0, index).find(({ priority }) => priority === member.priority);
    if (earlier === undefined) return [];
    return [
      {
        rule: "vrrp-weight",
        path: ["members", index, "priority"],
        message: `"${earlier.name}" and "${member.name}" have the same priority ${member.priority}, so which of them owns the virtual address depends on who started first`,
        fix: `give each member its own priority, the preferred one the highest (for example 150 and 100)`,
        severity: "error" as const,
      },
    ];
  });
}

/** A member that looks at nothing keeps the address while the service behind it is dead. */
function judgeChecks({ members }: VrrpGroup): Finding[] {
  return members.flatMap((member, index) => {
    if (member.checks.length > 0 || member.otherTracking) return [];
    return [
      {
        rule: "pair-without-check",
        path: ["members", index, "checks"],
        message: `"${member.name}" has no health check, so it keeps the virtual address while the service behind it is dead`,
        fix: "track a script that checks the service on this host",
        severity: "error" as const,
      },
    ];
  });
}
