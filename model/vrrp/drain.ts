import { effectivePriority, healthyPriority } from "./arithmetic";
import { longestAdvertSec, preemptSec } from "./budget";
import { neverPreempts } from "./group";
import { ranked, weightsOf } from "./handover";
import type { VrrpGroup, VrrpMember } from "./types";

/** Name of the tracked file with which a member steps aside for a planned change. */
export const DRAIN_NAME = "step_aside";

/**
 * Its weight: 1 in the file takes any priority up to 254 down to 1. One less, and keepalived would
 * make it a FAULT, in which the member gives the address up before another one has it.
 *
 * @see https://github.com/acassen/keepalived/blob/v2.2.7/keepalived/trackers/track_file.c `process_update_vrrp_track_file_status`
 */
export const DRAIN_WEIGHT = -253;

/** Priority of a member that stepped aside while its checks pass, cut to 1..254; 255 stays. */
export function drainPriority(member: VrrpMember): number {
  const passing = weightsOf(member).filter((weight) => weight > 0);
  return effectivePriority(member.priority, [...passing, DRAIN_WEIGHT]);
}

/** Whether a healthy member takes the address from another one that stepped aside; a tie does not. */
export function takesFromDrained(taker: VrrpMember, master: VrrpMember): boolean {
  const healthy = healthyPriority(taker.priority, weightsOf(taker));
  return !neverPreempts(taker) && healthy > drainPriority(master);
}

/**
 * Longest seconds until another member has taken the address from the named one that stepped aside,
 * over all that can; `Infinity` when none can, because of `nopreempt` or a priority of 1. Nothing is
 * lost meanwhile: the owner serves until it hears the taker's first advert.
 */
export function drainSec(group: VrrpGroup, master: string): number {
  const advert = longestAdvertSec(group);
  const from = group.members.find(({ name }) => name === master);
  const takers = ranked(group).filter(
    ({ member }) => from !== undefined && member !== from && takesFromDrained(member, from),
  );
  if (takers.length === 0) return Infinity;
  return Math.max(...takers.map(({ member, healthy }) => preemptSec(member, healthy, advert)));
}
