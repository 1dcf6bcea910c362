import type { Finding } from "../finding";
import { advertLimitSec, budget } from "./budget";
import { FAST_LIMIT_SEC, PROFILES } from "./profile";
import type { VrrpGroup, VrrpProfile } from "./types";

/** What breaks the promise of the profile, with the number that breaks it. */
export function judgeProfile(profile: VrrpProfile, group: VrrpGroup): Finding[] {
  if (profile !== "fast") return [];
  const { crashSec, totalSec, detectionSec, takeoverSec } = budget(group);
  const findings: Finding[] = [];
  const finding = (path: string[], message: string, fix: string): void => {
    findings.push({ rule: "vrrp-profile", path, message, fix, severity: "error" });
  };
  // What never moves has a finding of its own.
  if (Number.isFinite(crashSec) && crashSec >= FAST_LIMIT_SEC) {
    const lowest = Math.min(...group.members.map(({ priority }) => priority));
    const limit = Math.floor(advertLimitSec(FAST_LIMIT_SEC, lowest) * 100 - 1e-9) / 100;
    finding(
      ["advertIntervalSec"],
      `profile "fast" promises less than ${FAST_LIMIT_SEC} s, and a dead host keeps the address for up to ${rounded(crashSec)} s`,
      `use at most ${limit} s with version 3 (the profile has ${PROFILES.fast.advertIntervalSec}), or the profile "compatible"`,
    );
  }
  if (Number.isFinite(totalSec) && totalSec >= FAST_LIMIT_SEC) {
    finding(
      ["check"],
      `profile "fast" promises less than ${FAST_LIMIT_SEC} s, and a failed check takes up to ${rounded(totalSec)} s (${rounded(detectionSec)} s until it counts, ${rounded(takeoverSec)} s until the address has moved)`,
      'leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible"',
    );
  }
  return findings;
}

/** Rounded up, so that a broken promise never looks like a kept one. */
function rounded(seconds: number): string {
  return `${Math.ceil(seconds * 100 - 1e-9) / 100}`;
}
