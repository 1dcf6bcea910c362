import type { Finding } from "../finding";
import { duration } from "../text";
import { detectionSec } from "./budget";
import { namesText } from "./text";
import type { VrrpCheck, VrrpGroup, VrrpMember } from "./types";

/** A check that takes longer than this is as good as none. */
const NEVER_IN_TIME_SEC = 3600;

/** A check that takes longer than this is slow enough to be told. */
const SLOW_SEC = 300;

/** A member that looks at nothing, or never notices, keeps the address while the service is dead. */
export function judgeChecks({ members }: VrrpGroup): Finding[] {
  return members.flatMap((member, index) => {
    if (member.checks.length === 0 && !member.otherTracking) return [without(member, index)];
    const useless = member.checks.filter((check) => whyUseless(check) !== undefined);
    const working = member.checks.length > useless.length || member.otherTracking;
    return [
      ...useless.map((check) => uselessCheck(member, index, check, working)),
      ...member.checks
        .filter((check) => !useless.includes(check) && detectionSec(check) > SLOW_SEC)
        .map((check) => slowCheck(member, index, check)),
    ];
  });
}

function finding(index: number, more: Pick<Finding, "message" | "fix" | "severity">): Finding {
  return { rule: "pair-without-check", path: ["members", index, "checks"], ...more };
}

function without({ name, lostChecks }: VrrpMember, index: number): Finding {
  const why = lostChecks === undefined ? "" : ` (${lostChecks})`;
  return finding(index, {
    message: `"${name}" has no health check${why}, so it keeps the virtual address while the service behind it is dead`,
    fix: "track a script that checks the service on this host",
    severity: "error",
  });
}

function uselessCheck(
  { name }: VrrpMember,
  index: number,
  check: VrrpCheck,
  working: boolean,
): Finding {
  return finding(index, {
    message: `the check ${namesText([check.name])} of "${name}" ${whyUseless(check)}, so ${working ? "it adds nothing to the others" : "the virtual address stays there while the service is dead"}`,
    fix: "run a command that fails when the service does, every few seconds",
    severity: working ? "warning" : "error",
  });
}

function slowCheck({ name }: VrrpMember, index: number, check: VrrpCheck): Finding {
  return finding(index, {
    message: `the check ${namesText([check.name])} of "${name}" takes ${duration(detectionSec(check))} to notice a failure (interval ${check.intervalSec} s, fall ${check.fall})`,
    fix: "use a shorter interval, or a smaller fall",
    severity: "warning",
  });
}

/** What a check never does; undefined where it may work. */
function whyUseless(check: VrrpCheck): string | undefined {
  if (check.command !== undefined && cannotFail(check.command)) {
    return `runs ${check.command.join(" ")}, which never fails`;
  }
  const seconds = detectionSec(check);
  return seconds > NEVER_IN_TIME_SEC
    ? `takes ${duration(seconds)} to notice a failure (interval ${check.intervalSec} s, fall ${check.fall})`
    : undefined;
}

/** Whether a command succeeds whatever happens: `true`, `echo`, or a shell line that ends so. */
export function cannotFail(command: readonly string[]): boolean {
  const [path = "", ...rest] = command;
  const program = path.slice(path.lastIndexOf("/") + 1);
  if (/^(true|:|echo|printf|sleep|date)$/.test(program)) return true;
  const shell = /^(ba|da|a|z|k)?sh$/.test(program)
    ? rest.findIndex((word) => /^-\w*c$/.test(word))
    : -1;
  const line = shell < 0 ? undefined : rest[shell + 1];
  if (line === undefined) return false;
  const last =
    line
      .trim()
      .split(/;|\|\||\n/)
      .at(-1)
      ?.trim() ?? "";
  return /^(exit 0|exit|true|:|\/(usr\/)?bin\/true|echo\b.*)$/.test(last);
}
