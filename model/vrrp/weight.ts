import type { Finding } from "../finding";
import {
  allFailedPriority,
  HIGHEST_PRIORITY,
  healthyPriority,
  OWNER_PRIORITY,
  recommendedWeight,
  type WeightRange,
} from "./arithmetic";
import { type Handover, handovers, type RankedMember, ranked, weightsOf } from "./handover";
import { firstPerPath, namesText } from "./text";
import type { VrrpCheck, VrrpGroup, VrrpMember } from "./types";

/** Whether each failed check hands the address over; see `recommendedWeight` for the condition. */
export function judgeWeights(group: VrrpGroup): Finding[] {
  const found = handovers(group)
    .filter(({ stuck }) => stuck.length > 0)
    .map((handover) => stuckFinding(group, handover));
  const errors = found.filter(({ severity }) => severity === "error");
  const warnings = found.filter(({ severity }) => severity === "warning");
  return errors.length > 0
    ? firstPerPath(errors)
    : firstPerPath([...warnings, ...saturated(group), ...orderLost(group)]);
}

/** Failures at once that a group has to stand: one member, and then the check of the next. */
const EXPECTED_FAILURES = 2;

/** What has to fail before the address stays where it should leave: all members before and after. */
function failuresNeeded({ rank, takers }: Handover): number {
  return rank + 1 + takers.length;
}

/** A link that only prefers one member over another does not have to move the address. */
function onlyPrefers({ master, check }: Handover): boolean {
  return watchesLink(check) && master.member.checks.some((other) => !watchesLink(other));
}

function watchesLink({ watches }: VrrpCheck): boolean {
  return watches === "interface" || watches === "bfd";
}

function stuckFinding(group: VrrpGroup, handover: Handover): Finding {
  const { master, rank, check, checkIndex, takers, stuck } = handover;
  const which = master.member.checks.length > 1 ? ` "${check.name}"` : "";
  return {
    rule: "vrrp-weight",
    path: weightPath(group, master.index, checkIndex),
    message: `a failed check${which} ${effectText(handover)}, so ${consequence(master, rank, takers, stuck)}`,
    fix: weightFix(handover),
    severity:
      failuresNeeded(handover) > EXPECTED_FAILURES || onlyPrefers(handover) ? "warning" : "error",
  };
}

function effectText({ master, check, failed, stuck }: Handover): string {
  const { name, priority } = master.member;
  if (priority === OWNER_PRIORITY) return `leaves "${name}" at 255, which keepalived never lowers`;
  const verb = check.weight < 0 ? "lowers" : "takes";
  const floor = failed === 1 && check.weight < 0 ? " (keepalived goes no lower)" : "";
  const targets = stuck
    .map((taker) => `${healthyText(taker)} of "${taker.member.name}"`)
    .join(" and ");
  const relation = stuck.every(({ healthy }) => healthy === failed)
    ? `which only ties with ${targets}, and a tie keeps the master`
    : `which is not below ${targets}`;
  return `${verb} "${name}" from ${master.healthy} to ${failed}${floor}, ${relation}`;
}

function healthyText({ member, healthy }: RankedMember): string {
  const added = healthy - member.priority;
  return added === 0 ? `${healthy}` : `${healthy} (${member.priority} + ${added})`;
}

function consequence(
  { member }: RankedMember,
  rank: number,
  takers: RankedMember[],
  stuck: RankedMember[],
): string {
  const names = namesText(stuck.map((taker) => taker.member.name));
  if (takers.length > 0) {
    return `the virtual address stays on "${member.name}" when only ${names} could take it`;
  }
  return rank === 0
    ? "the virtual address never moves"
    : `the virtual address never leaves "${member.name}" once that is the master`;
}

function weightFix({ master, check, stuck }: Handover): string {
  const { member } = master;
  if (member.priority === OWNER_PRIORITY) {
    return `lower the priority of "${member.name}" to at most ${HIGHEST_PRIORITY}, or use weight 0 (FAULT)`;
  }
  // Priorities without this check: the amount has to bridge what is left between them.
  const start = withoutCheck(member, check);
  const ends = stuck.map((taker) => withoutCheck(taker.member, sameCheck(taker.member, check)));
  const weighted = member.checks.filter(({ weight }) => weight !== 0).length;
  const { negative, positive } = recommendedWeight([start, ...ends], weighted);
  // A positive weight only helps a taker that gets it too.
  const common = check.weight > 0 && stuck.every((taker) => sameCheck(taker.member, check));
  const range = (common ? positive : undefined) ?? negative;
  return range === undefined
    ? `raise the priority of ${namesText(stuck.map((taker) => taker.member.name))} to at least 2, or use weight 0 (FAULT)`
    : `use ${rangeText(range)}, or weight 0 (FAULT)`;
}

/** The taker's own form of a check: the one of that name. */
function sameCheck({ checks }: VrrpMember, { name }: VrrpCheck): VrrpCheck | undefined {
  return checks.find((check) => check.name === name);
}

function withoutCheck({ priority, checks }: VrrpMember, omitted: VrrpCheck | undefined): number {
  const weights = checks.filter((check) => check !== omitted).map(({ weight }) => weight);
  return healthyPriority(priority, weights);
}

function rangeText({ atLeast, weight }: WeightRange): string {
  const bound = weight < 0 ? `weight -${atLeast} or lower` : `weight ${atLeast} or higher`;
  return Math.abs(weight) === atLeast ? bound : `${bound} (for example ${weight})`;
}

function boundsText({ atLeast, atMost, weight }: WeightRange): string {
  const sign = weight < 0 ? "-" : "";
  return `from ${sign}${atLeast} to ${sign}${Math.max(atLeast, atMost)} (for example ${weight})`;
}

/** Positive weights with which several members reach the upper bound: they are no longer told apart. */
function saturated(group: VrrpGroup): Finding[] {
  return group.members.flatMap((member, index): Finding[] => {
    const added = weightsOf(member).filter((weight) => weight > 0);
    const sum = added.reduce((total, weight) => total + weight, member.priority);
    if (added.length === 0 || member.priority === OWNER_PRIORITY || sum <= HIGHEST_PRIORITY) {
      return [];
    }
    // One that is cut alone is still above the others.
    const equal = group.members.filter(
      (other) => healthyPriority(other.priority, weightsOf(other)) === HIGHEST_PRIORITY,
    );
    if (equal.length < 2) return [];
    const first = member.checks.findIndex(({ weight }) => weight > 0);
    const priorities = group.members.map(({ priority }) => priority);
    const { positive, negative } = recommendedWeight(priorities, added.length);
    const range = positive ?? negative;
    return [
      {
        rule: "vrrp-weight",
        path: weightPath(group, index, first),
        message: `passing checks raise "${member.name}" to ${sum} (${[member.priority, ...added].join(" + ")}), which keepalived cuts to ${HIGHEST_PRIORITY}; members that are cut are equal, and the preferred one no longer gets the address back`,
        fix: range
          ? `use a weight ${boundsText(range)}`
          : "lower the priorities, or use weight 0 (FAULT)",
        severity: "warning",
      },
    ];
  });
}

/** Negative weights that cut the preferred member and another one to 1 when all checks fail everywhere. */
function orderLost(group: VrrpGroup): Finding[] {
  // A member in FAULT leaves the election, so nothing is tied there.
  if (group.members.some(({ checks }) => checks.some(({ weight }) => weight === 0))) return [];
  const [first, ...others] = ranked(group);
  if (first === undefined || first.member.checks.length === 0) return [];
  const lowest = ({ member }: RankedMember) =>
    allFailedPriority(member.priority, weightsOf(member));
  const tied = others.filter((other) => lowest(first) === 1 && lowest(other) === 1);
  if (tied.length === 0) return [];
  const { negative } = recommendedWeight(
    group.members.map(({ priority }) => priority),
    first.member.checks.filter(({ weight }) => weight < 0).length,
  );
  return [
    {
      rule: "vrrp-weight",
      path: weightPath(
        group,
        first.index,
        first.member.checks.findIndex(({ weight }) => weight < 0),
      ),
      message: `when every check fails on every member, ${namesText(
        [first, ...tied].map(({ member }) => member.name),
        "and",
      )} are all cut to 1, so the order of preference is lost`,
      fix:
        negative && negative.atLeast <= negative.atMost
          ? `use a weight ${boundsText(negative)}`
          : "bring the priorities closer together",
      severity: "warning",
    },
  ];
}

/** `check.weight` where all members share one check, else the place in the member's own list. */
export function weightPath(group: VrrpGroup, member: number, check: number): (string | number)[] {
  const [first, ...rest] = group.members.map(({ checks }) => JSON.stringify(checks));
  const shared = group.members[0]?.checks.length === 1 && rest.every((checks) => checks === first);
  return shared ? ["check", "weight"] : ["members", member, "checks", check, "weight"];
}
