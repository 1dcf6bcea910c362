import { failedPriority, healthyPriority } from "./arithmetic";
import type { VrrpCheck, VrrpGroup, VrrpMember } from "./types";

/** A member with its place in the group and its priority while all its checks pass. */
export interface RankedMember {
  member: VrrpMember;
  /** Index in the group's `members`. */
  index: number;
  healthy: number;
}

/** Members from the first owner of the address to the last taker. */
export function ranked(group: VrrpGroup): RankedMember[] {
  return group.members
    .map((member, index) => ({
      member,
      index,
      healthy: healthyPriority(member.priority, weightsOf(member)),
    }))
    .sort((a, b) => b.healthy - a.healthy || b.member.priority - a.member.priority);
}

/** What happens when one check fails on one member that holds the address. */
export interface Handover {
  master: RankedMember;
  /** Place of the master in the ranking; 0 is the first owner. */
  rank: number;
  check: VrrpCheck;
  /** Index of the check in the member's `checks`. */
  checkIndex: number;
  /** Priority of the master while that check fails and its others pass. */
  failed: number;
  /** Lower members, healthy, that take the address. */
  takers: RankedMember[];
  /** Lower members that stay in BACKUP although they are healthy and the master is not. */
  stuck: RankedMember[];
}

/**
 * Every failure of one check on a member that some lower member should answer to. Any of the lower
 * ones may be the only healthy one left, so all of them are looked at.
 */
export function handovers(group: VrrpGroup): Handover[] {
  const order = ranked(group);
  return order.slice(0, -1).flatMap((master, rank) =>
    master.member.checks.map((check, checkIndex) => {
      const failed = failedPriority(master.member.priority, weightsOf(master.member), checkIndex);
      const lower = order.slice(rank + 1);
      const takes = (taker: RankedMember) => check.weight === 0 || failed < taker.healthy;
      return {
        master,
        rank,
        check,
        checkIndex,
        failed,
        takers: lower.filter(takes),
        stuck: lower.filter((taker) => !takes(taker)),
      };
    }),
  );
}

/** Signed weights of a member's checks, in order. */
export function weightsOf(member: VrrpMember): number[] {
  return member.checks.map((check) => check.weight);
}
