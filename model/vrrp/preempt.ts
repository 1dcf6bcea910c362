import type { Finding } from "../finding";
import { neverPreempts, preemptDelay } from "./group";
import { ranked } from "./handover";
import { namesText } from "./text";
import type { VrrpGroup, VrrpMember } from "./types";

/**
 * Settings of the takers that hold back a failover by weight: a check with a weight leaves the
 * failing master running, so a taker has to preempt it.
 */
export function judgePreemption(group: VrrpGroup): Finding[] {
  const weighted = group.members
    .flatMap(({ checks }) => checks)
    .find(({ weight }) => weight !== 0 && group.members.length > 1);
  if (weighted === undefined) return [];
  const findings: Finding[] = [];

  const holding = group.members.filter(neverPreempts);
  if (holding.length > 0) {
    findings.push({
      rule: "vrrp-weight",
      path: settingPath(group, holding, "preempt"),
      message: `${namesText(
        holding.map(({ name }) => name),
        "and",
      )} ${holding.length === 1 ? "has" : "have"} nopreempt, which ignores a master that only lowered its priority by weight ${weighted.weight}, so a failed check never moves the virtual address there`,
      fix: "use weight 0 (FAULT), which works with nopreempt, or let the members preempt",
      severity: "error",
    });
  }

  const slow = ranked(group)
    .slice(1)
    .map(({ member }) => member)
    .filter((member) => preemptDelay(member) > 0);
  if (slow.length > 0) {
    const times = slow.map((member) => `"${member.name}" ${preemptDelay(member)} s`).join(", ");
    findings.push({
      rule: "vrrp-weight",
      path: settingPath(group, slow, "preemptDelaySec"),
      message: `the preempt delay (${times}) also delays a failover by weight ${weighted.weight}, because the failing master still sends adverts`,
      fix: "use weight 0 (FAULT), or a preempt delay of 0",
      severity: "warning",
    });
  }
  return findings;
}

/** The setting itself where all members have it, else the first member that does. */
function settingPath(group: VrrpGroup, having: VrrpMember[], setting: string): (string | number)[] {
  const first = group.members.findIndex((member) => having.includes(member));
  const all = group.members.every((member) =>
    setting === "preempt" ? member.nopreempt : member.preemptDelaySec > 0,
  );
  return all ? [setting] : ["members", first, setting];
}
