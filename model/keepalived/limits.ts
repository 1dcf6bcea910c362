import type { Finding } from "../finding";
import { checkedBy } from "../vrrp/profile";
import type { DebianRelease, VrrpProfile } from "../vrrp/types";

/** The timing that a daemon has to understand. */
export interface KeepalivedTiming {
  version: 2 | 3;
  /** Seconds between two adverts. */
  advertIntervalSec: number;
  check: { intervalSec: number; timeoutSec: number; weight?: number };
  /** Under `fast` Debian 12 tracks a file, for which the limits of scripts do not hold. @default compatible */
  profile?: VrrpProfile;
}

const RULE = "keepalived-version";
const whole = (seconds: number) => Number.isInteger(seconds);

/**
 * Timing that a daemon would round or misunderstand without a word. Sources: keepalived
 * vrrp_complete_instance (VRRPv2 adverts are rounded to seconds; VRRPv3 counts in 10 ms), commit
 * 6f9ace3c in 2.3.2 (fractional script timing), commit 94d40e3b in 2.3.3 (a timeout longer than
 * the interval starts a second check).
 */
export function judgeKeepalivedTiming(
  timing: KeepalivedTiming,
  members: readonly { name: string; debian: DebianRelease }[],
): Finding[] {
  const findings: Finding[] = [];
  const { version, advertIntervalSec: advert, check, profile = "compatible" } = timing;
  if (version === 2 && !whole(advert)) {
    findings.push({
      rule: RULE,
      path: ["advertIntervalSec"],
      message: `VRRPv2 knows whole seconds only and would round ${advert} s`,
      fix: "use version 3, or a whole number of seconds",
      severity: "error",
    });
  }
  if (!whole(Math.round(advert * 1e6) / 1e4)) {
    findings.push({
      rule: RULE,
      path: ["advertIntervalSec"],
      message: `VRRPv3 counts in steps of 0.01 s and cannot express ${advert} s`,
      fix: "use a multiple of 0.01",
      severity: "error",
    });
  }
  const tracking = namesOf(members, (debian) => checkedBy(profile, debian) === "tracked file");
  if (tracking.length > 0 && (check.weight ?? 0) !== 0) {
    findings.push({
      rule: RULE,
      path: ["check", "weight"],
      message: `Debian 12 (${tracking.join(", ")}) is checked through a tracked file under the profile "fast", which is a FAULT when it fails and knows no weight ${check.weight}`,
      fix: 'leave the weight out, use Debian 13 on every member, or the profile "compatible"',
      severity: "error",
    });
  }
  const old = namesOf(
    members,
    (debian) => debian === 12 && checkedBy(profile, debian) === "script",
  );
  if (old.length === 0) return findings;
  for (const key of ["intervalSec", "timeoutSec"] as const) {
    if (whole(check[key])) continue;
    findings.push({
      rule: RULE,
      path: ["check", key],
      message: `keepalived 2.2.7 of Debian 12 (${old.join(", ")}) refuses ${check[key]} s and runs the check every second instead`,
      fix: 'use whole seconds, the profile "fast" (which goes through a tracked file there), or Debian 13 on every member (keepalived 2.3.2 and later take fractions)',
      severity: "error",
    });
  }
  if (check.timeoutSec > check.intervalSec) {
    findings.push({
      rule: RULE,
      path: ["check", "timeoutSec"],
      message: `a timeout of ${check.timeoutSec} s is longer than the interval of ${check.intervalSec} s, so keepalived 2.2.7 of Debian 12 (${old.join(", ")}) starts a second check while the first still runs`,
      fix: `use a timeout of at most ${check.intervalSec} s`,
      severity: "warning",
    });
  }
  return findings;
}

function namesOf(
  members: readonly { name: string; debian: DebianRelease }[],
  wanted: (debian: DebianRelease) => boolean,
): string[] {
  return members.filter(({ debian }) => wanted(debian)).map(({ name }) => name);
}
