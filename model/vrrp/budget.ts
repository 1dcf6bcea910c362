import { neverPreempts, preemptDelay } from "./group";
import { handovers, ranked } from "./handover";
import type { VrrpCheck, VrrpGroup, VrrpMember } from "./types";

/** Longest times of a group in seconds, over all its members; `Infinity` where the address never moves. */
export interface VrrpBudget {
  /** From the fault until keepalived knows, for a check that hangs until its timeout. */
  detectionSec: number;
  /** From there until a healthy member has the address. */
  takeoverSec: number;
  /** Both together, the worst over the checks. */
  totalSec: number;
  /** The same for a check that fails at once: a dead process behind an open host. */
  fastTotalSec: number;
  /** Takeover after the host or its link died: three adverts missing and the skew. */
  crashSec: number;
  /**
   * From the repair until the preferred member has the address again, or is ready if it never
   * preempts; `Infinity` where another one has the same priority, which keeps it away.
   */
  recoverySec: number;
}

/**
 * Interval that keepalived really uses: VRRPv2 knows whole seconds, at least 1; VRRPv3 knows units
 * of 10 ms.
 */
export function advertSec(version: 2 | 3, seconds: number): number {
  const unit = version === 2 ? 1 : 0.01;
  const units = Math.max(1, Math.round(seconds / unit));
  return version === 2 ? units : units / 100;
}

/** Longest advert interval of a group in seconds; v3 members wait by the interval of the master. */
export function longestAdvertSec({ members }: VrrpGroup): number {
  return Math.max(
    ...members.map(({ version, advertIntervalSec }) => advertSec(version, advertIntervalSec)),
  );
}

/**
 * Longest seconds until a member takes the address from one that announces less: it discards the
 * lower adverts while its timer goes on. Its `preempt_delay` starts with the first of them.
 *
 * @param healthy priority of the taker
 */
export function preemptSec(taker: VrrpMember, healthy: number, advertIntervalSec: number): number {
  const delay = preemptDelay(taker);
  const skew = skewSec(taker.version, advertIntervalSec, healthy);
  return 3 * advertIntervalSec + skew + (delay > 0 ? delay + advertIntervalSec : 0);
}

/**
 * Wait that lets the highest priority win: v3 scales it with the advert interval, v2 does not.
 * keepalived counts it in microseconds and waits with a timerfd, so that it adds nothing of its own;
 * what a taker needs beyond it, from its timer to the address on its interface, is processor time.
 *
 * @see https://github.com/acassen/keepalived/blob/v2.2.7/keepalived/include/vrrp.h `VRRP_TIMER_SKEW_CALC`
 * @see https://github.com/acassen/keepalived/blob/v2.2.7/keepalived/vrrp/vrrp.c `vrrp_state_master_tx`
 */
export function skewSec(version: 2 | 3, advertIntervalSec: number, takerPriority: number): number {
  const share = (256 - takerPriority) / 256;
  return version === 3 ? advertIntervalSec * share : share;
}

/**
 * Least and most seconds until a taker has the address after the master's host or link died:
 * 2 to 3 advert intervals and the skew. The least is also how long a master may be stalled without
 * losing the address.
 */
export function crashTakeoverSec(
  version: 2 | 3,
  advertIntervalSec: number,
  takerPriority: number,
): [least: number, most: number] {
  const skew = skewSec(version, advertIntervalSec, takerPriority);
  return [2 * advertIntervalSec + skew, 3 * advertIntervalSec + skew];
}

/**
 * Times per hour that a backup takes the address from a healthy master because adverts got lost: it misses
 * three in a row before the fourth comes, since the skew is shorter than one interval.
 *
 * @param lost share of the packets that get lost, each by itself, 0 to 1; a link that loses many in a row does worse
 */
export function lossTakeoversPerHour(advertIntervalSec: number, lost: number): number {
  return (3600 / advertIntervalSec) * (1 - lost) * lost ** 3;
}

/** Largest VRRPv3 advert interval with which a crash is answered within `crashSec`. */
export function advertLimitSec(crashSec: number, takerPriority: number): number {
  return crashSec / (3 + (256 - takerPriority) / 256);
}

/**
 * Longest seconds until keepalived counts a check as failed.
 *
 * @param runSec how long a failing run takes. @default the check hangs until its timeout; a script
 * that ignores SIGTERM then takes up to 2 s more
 */
export function detectionSec(
  check: Pick<VrrpCheck, "intervalSec" | "timeoutSec" | "fall">,
  runSec?: number,
): number {
  const { intervalSec, timeoutSec, fall } = check;
  if (runSec !== undefined) return fall * intervalSec + runSec;
  if (timeoutSec <= intervalSec) return fall * intervalSec + timeoutSec;
  // A run longer than the interval makes keepalived skip the runs it covers. The small number
  // keeps 1.1 / 0.1 from counting as more than 11 intervals.
  const perRun = Math.ceil(timeoutSec / intervalSec - 1e-9) * intervalSec;
  return intervalSec + (fall - 1) * perRun + timeoutSec;
}

/**
 * Longest detection, takeover and recovery of a group.
 *
 * A FAULT (weight 0) hands over after the skew of the taker. A changed priority waits like a
 * crash, because lower adverts are discarded while the running timer continues; the taker's
 * `preempt_delay` starts with the first lower advert, so it adds itself and one interval. The
 * taker counted is the slowest one. A tracked file counts like a script with the watcher's
 * interval: keepalived hears of a written file at once.
 */
export function budget(group: VrrpGroup): VrrpBudget {
  const order = ranked(group);
  const [preferred, ...takers] = order;
  if (preferred === undefined || takers.length === 0) return never();

  const advert = longestAdvertSec(group);
  const skew = (taker: { member: VrrpMember; healthy: number }) =>
    skewSec(taker.member.version, advert, taker.healthy);
  const preempt = (taker: { member: VrrpMember; healthy: number }) =>
    preemptSec(taker.member, taker.healthy, advert);

  const counted = handovers(group).filter(({ check }) => check.secondLine !== true);
  const moves = counted.map(({ check, stuck, takers: able }) => {
    const blocked = stuck.length > 0 || able.some(({ member }) => neverPreempts(member));
    const takeover =
      check.weight === 0
        ? Math.max(...able.map(skew))
        : blocked
          ? Infinity
          : Math.max(...able.map(preempt));
    return { hanging: detectionSec(check), fast: detectionSec(check, 0), takeover };
  });
  const unwatched = order
    .slice(0, -1)
    .some(({ member }) => member.checks.length === 0 && !member.otherTracking);
  const most = (values: number[]) =>
    unwatched || values.length === 0 ? Infinity : Math.max(...values);

  const rise = Math.max(
    0,
    ...group.members.flatMap(({ checks }) => checks.map((check) => check.rise * check.intervalSec)),
  );
  // An equal advert keeps a member in BACKUP, so after a repair the address stays where it is.
  const tied = takers.some(({ healthy }) => healthy >= preferred.healthy);
  const back = tied ? Infinity : preempt(preferred);
  return {
    detectionSec: most(moves.map(({ hanging }) => hanging)),
    takeoverSec: most(moves.map(({ takeover }) => takeover)),
    totalSec: most(moves.map(({ hanging, takeover }) => hanging + takeover)),
    fastTotalSec: most(moves.map(({ fast, takeover }) => fast + takeover)),
    crashSec: 3 * advert + Math.max(...takers.map(skew)),
    recoverySec: rise + (neverPreempts(preferred.member) ? 0 : back),
  };
}

function never(): VrrpBudget {
  return {
    detectionSec: Infinity,
    takeoverSec: Infinity,
    totalSec: Infinity,
    fastTotalSec: Infinity,
    crashSec: Infinity,
    recoverySec: Infinity,
  };
}
