/** Priority of the owner of an address: no tracker ever changes it. */
export const OWNER_PRIORITY = 255;

/** Highest priority a member can reach by its checks; 255 stays reserved for the owner. */
export const HIGHEST_PRIORITY = 254;

/**
 * Priority a member announces: its base plus the adjustments of its checks, cut to 1..254. A base
 * of 255 (owner of the address) is never adjusted.
 *
 * @see https://github.com/acassen/keepalived/blob/v2.2.7/keepalived/vrrp/vrrp_track.c `vrrp_set_effective_priority`
 */
export function effectivePriority(base: number, adjustments: readonly number[]): number {
  if (base === OWNER_PRIORITY) return base;
  const sum = adjustments.reduce((total, adjustment) => total + adjustment, base);
  return Math.min(HIGHEST_PRIORITY, Math.max(1, sum));
}

/** Priority while every check passes: a check with a positive weight adds it, others add nothing. */
export function healthyPriority(base: number, weights: readonly number[]): number {
  return effectivePriority(
    base,
    weights.filter((weight) => weight > 0),
  );
}

/** Priority while only the check at `failing` fails; its positive weight is missing, its negative one counts. */
export function failedPriority(base: number, weights: readonly number[], failing: number): number {
  return effectivePriority(
    base,
    weights.filter((weight, index) => (index === failing ? weight < 0 : weight > 0)),
  );
}

/** Priority while every check fails. */
export function allFailedPriority(base: number, weights: readonly number[]): number {
  return effectivePriority(
    base,
    weights.filter((weight) => weight < 0),
  );
}

/**
 * Whether a failed check on the master moves the address to a healthy taker that has the same
 * check. A backup accepts an advert whose priority is at least its own, so a tie never moves the
 * address. Weight 0 is a FAULT: the master gives up by itself.
 *
 * @param weight signed, as keepalived writes it
 */
export function takesOver(master: number, taker: number, weight: number): boolean {
  if (weight === 0) return true;
  return failedPriority(master, [weight], 0) < healthyPriority(taker, [weight]);
}

/** Weights that hand over from the highest to the lowest priority; amounts, without their sign. */
export interface WeightRange {
  /** Smallest amount that always moves the address. */
  atLeast: number;
  /**
   * Largest amount that still has one preferred member when every check fails on every member;
   * may be below `atLeast`, then there is none.
   */
  atMost: number;
  /** Largest amount at which no member is ever cut at 1 or 254; may be below `atLeast`. */
  clampFreeUpTo: number;
  /** The weight to write, signed: a fifth above the gap, within the bounds above where it can be. */
  weight: number;
}

/** What to write instead of a weight that cannot move the address. */
export interface WeightAdvice {
  /** Difference between the highest and the lowest priority. */
  gap: number;
  /** @default none: the lowest priority is 1, or the highest is 255, so that no amount suffices */
  negative?: WeightRange;
  /** @default none: the highest priority would leave 1..254 */
  positive?: WeightRange;
}

/**
 * Weights with which any failing member falls behind any healthy one, for members of these base
 * priorities that run `checks` independent checks of that weight each.
 *
 * Negative: amount > p1 - pN, and `checks` of them at most pN - 1 so that none is cut at 1.
 * Positive: amount > p1 - pN, and p1 plus `checks` of them at most 254.
 */
export function recommendedWeight(priorities: readonly number[], checks = 1): WeightAdvice {
  const highest = Math.max(...priorities);
  const lowest = Math.min(...priorities);
  const gap = highest - lowest;
  const room = Math.floor((HIGHEST_PRIORITY - highest) / checks);
  return {
    gap,
    ...(lowest >= 2 &&
      highest <= HIGHEST_PRIORITY && {
        negative: range(
          gap,
          Math.floor((highest - 2) / checks),
          Math.floor((lowest - 1) / checks),
          -1,
        ),
      }),
    ...(room > gap && { positive: range(gap, room, room, 1) }),
  };
}

function range(gap: number, atMost: number, clampFreeUpTo: number, sign: 1 | -1): WeightRange {
  const atLeast = gap + 1;
  const best = [clampFreeUpTo, atMost].find((limit) => limit >= atLeast) ?? atLeast;
  const amount = Math.min(gap + Math.max(1, Math.ceil(gap / 5)), best);
  return { atLeast, atMost, clampFreeUpTo, weight: sign * amount };
}
