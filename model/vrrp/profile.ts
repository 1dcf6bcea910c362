import { recommendedWeight } from "./arithmetic";
import type { DebianRelease, VrrpCheck, VrrpProfile } from "./types";

/** Settings that a profile fills in where the user states none; times in seconds. */
export interface ProfileSettings {
  version: 2 | 3;
  advertIntervalSec: number;
  check: Omit<VrrpCheck, "name">;
}

/** A dead host and a failed check take less than this many seconds under `fast`. */
export const FAST_LIMIT_SEC = 1;

/**
 * `fast` is the quickest setting that still tolerates a scheduler that stalls for two adverts;
 * five good answers in a row keep a restarting service from flapping. `compatible` runs on every
 * keepalived and takes the load of a busy host.
 */
export const PROFILES: Readonly<Record<VrrpProfile, ProfileSettings>> = {
  fast: {
    version: 3,
    advertIntervalSec: 0.2,
    check: { weight: 0, intervalSec: 0.2, timeoutSec: 0.15, fall: 2, rise: 5 },
  },
  compatible: {
    version: 3,
    advertIntervalSec: 1,
    check: { weight: 0, intervalSec: 2, timeoutSec: 2, fall: 2, rise: 2 },
  },
};

/**
 * keepalived's own check behind a tracked file: it counts when the program that writes the file is
 * itself dead or hung. It passes with one success, so that it does not hold up a return.
 */
export const SECOND_LINE: Omit<VrrpCheck, "name"> = {
  weight: 0,
  intervalSec: 1,
  timeoutSec: 1,
  fall: 3,
  rise: 1,
  secondLine: true,
};

/**
 * How a member is checked. keepalived 2.2.7 of Debian 12 runs scripts every whole second at most,
 * so under `fast` it tracks a file there, which a watcher writes.
 */
export function checkedBy(profile: VrrpProfile, debian: DebianRelease): "script" | "tracked file" {
  return profile === "fast" && debian === 12 ? "tracked file" : "script";
}

/**
 * The weight that stands for `auto`: it moves the address from any failing member to any healthy
 * one. Undefined when no weight does.
 */
export function automaticWeight(priorities: readonly number[]): number | undefined {
  return recommendedWeight(priorities).negative?.weight;
}
