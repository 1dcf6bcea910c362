import type { Finding } from "../finding";
import { DRAIN_NAME } from "./drain";
import { ranked } from "./handover";
import type { VrrpGroup } from "./types";

/**
 * What a tracked file does depends on the number in it, which only the host knows. One whose weight
 * bridges the priorities already with 1 works with every number; of the others it is said what number
 * they need.
 */
export function judgeTrackedFiles(group: VrrpGroup): Finding[] {
  const order = ranked(group);
  const lowest = order.at(-1)?.healthy ?? 0;
  for (const { member, index, healthy } of order.slice(0, -1)) {
    const gap = healthy - lowest;
    const small = (member.trackedFiles ?? []).find(
      ({ name, weight }) => name !== DRAIN_NAME && weight !== 0 && Math.abs(weight) <= gap,
    );
    if (small === undefined) continue;
    const { name, weight, reverse } = small;
    const least = Math.floor(gap / Math.abs(weight)) + 1;
    return [
      {
        rule: "vrrp-weight",
        path: ["members", index, "trackedFiles"],
        message: `not judged: the file "${name}" changes the priority of "${member.name}" by ${reverse ? -weight : weight} times the number in it, which is not known here; between ${healthy} and ${lowest} only a number of ${least} or more (either sign) moves the virtual address`,
        fix: `use weight 0 (FAULT while the number is not 0), an amount above ${gap}, or see that such numbers are written`,
        severity: "warning",
      },
    ];
  }
  return [];
}
