import { addressOf } from "../text";
import { checkedBy, SECOND_LINE } from "./profile";
import type { VrrpCheck, VrrpGroup, VrrpMember, VrrpSettings } from "./types";

/**
 * The group that such settings make: every member BACKUP, unicast to all others, one common check;
 * a member whose check goes through a tracked file also has keepalived's own slow one.
 */
export function vrrpGroup(name: string, settings: VrrpSettings): VrrpGroup {
  const { vip, vip6, check, members, preempt, profile = "compatible", ...common } = settings;
  const { weight, intervalSec, timeoutSec, fall, rise } = check;
  const first: VrrpCheck = { name: "check", weight, intervalSec, timeoutSec, fall, rise };
  return {
    name,
    members: members.map((member) => ({
      name: member.name,
      node: member.node,
      ...(member.outside === true && { outside: true }),
      address: member.address,
      priority: member.priority,
      state: "BACKUP",
      version: common.version,
      virtualRouterId: common.virtualRouterId,
      advertIntervalSec: common.advertIntervalSec,
      vips: [vip],
      ...(vip6 !== undefined && { excludedVips: [vip6] }),
      interface: member.interface ?? common.interface,
      unicastPeers: members.filter((other) => other !== member).map((other) => other.address),
      nopreempt: !preempt,
      preemptDelaySec: common.preemptDelaySec,
      checks:
        checkedBy(profile, member.debian ?? 13) === "tracked file"
          ? [first, { name: "second line", ...SECOND_LINE }]
          : [first],
      otherTracking: false,
    })),
  };
}

/** The addresses that move together, without prefix lengths; IPv4 first. */
export function virtualAddresses({ vip, vip6 }: Pick<VrrpSettings, "vip" | "vip6">): string[] {
  return (vip6 === undefined ? [vip] : [vip, vip6]).map(addressOf);
}

/** Whether the member really never preempts; keepalived clears `nopreempt` of a member that starts as MASTER. */
export function neverPreempts(member: VrrpMember): boolean {
  return member.nopreempt && member.state !== "MASTER" && member.priority !== 255;
}

/** Seconds the member waits before it preempts; 0 where keepalived resets the setting. */
export function preemptDelay(member: VrrpMember): number {
  return member.nopreempt || member.state === "MASTER" ? 0 : member.preemptDelaySec;
}
