import type { VrrpProfile } from "../vrrp/types";

/** How HAProxy finds out about a server; times in seconds. */
export interface HaproxyCheck {
  /** Pause between the end of a check and the next one, of a server whose state is settled. */
  interSec: number;
  /** The same while it is about to change. */
  fastinterSec: number;
  /** Failed checks in a row after which a server is down. */
  fall: number;
  /** Passed checks in a row after which it is up again. */
  rise: number;
  /** `timeout connect`. */
  connectSec: number;
  /** `timeout check`: for the answer, once connected. */
  checkSec: number;
}

/**
 * The checks of the API servers, by profile.
 *
 * `compatible`: a check of a healthy server may take a second to connect, TLS included: one that is
 * busy would otherwise be taken for dead, and its streams would be cut.
 *
 * `fast`: a server is down that stood still for 0.7 s, about as long as a load balancer's adverts may be
 * missing. Three checks in a row have to fail, not two: `/readyz` asks etcd at most once a second for each of two
 * checks of its own, and answers from memory in between. While etcd has no leader, two requests in a row
 * may therefore wait for it, on every master at once, and the third is answered.
 */
export const API_CHECKS: Readonly<Record<VrrpProfile, HaproxyCheck>> = {
  compatible: {
    interSec: 1,
    fastinterSec: 0.5,
    fall: 2,
    rise: 2,
    connectSec: 1,
    checkSec: 2,
  },
  fast: {
    interSec: 0.2,
    fastinterSec: 0.05,
    fall: 3,
    rise: 2,
    connectSec: 0.2,
    checkSec: 0.3,
  },
};

/** Longest seconds until HAProxy counts a server as down or up. */
export interface CheckBudget {
  /** Nothing listens any more, or the answer is bad: every check fails at once. */
  refusedSec: number;
  /** Nobody answers: the host is gone, or the process stands still while its kernel takes connections. */
  silentSec: number;
  /** Connections are made and the answer does not come. */
  slowSec: number;
  /** Until a server that answers again gets connections again. */
  returnSec: number;
}

/**
 * Longest detection and return, without the time that a healthy answer takes.
 *
 * The pause is counted from the end of the check before. Where `timeout check` is set, a connection
 * with its TLS handshake has `min(inter, timeout connect)`, and only what follows has `timeout check`.
 * A check that is under way when a server falls silent may have all of `timeout check` still to go.
 *
 * @see https://github.com/haproxy/haproxy/blob/v2.6.0/src/check.c `process_chk_conn`
 * @see https://github.com/haproxy/haproxy/blob/v2.6.0/src/tcpcheck.c `tcpcheck_eval_connect`
 */
export function checkBudget(check: HaproxyCheck): CheckBudget {
  const { interSec, fastinterSec, fall, rise, connectSec, checkSec } = check;
  const connect = Math.min(interSec, connectSec);
  const after = (first: number, each: number) => first + (fall - 1) * (fastinterSec + each);
  return {
    refusedSec: after(interSec, 0),
    silentSec: after(Math.max(interSec + connect, checkSec), connect),
    slowSec: after(interSec + connect + checkSec, connect + checkSec),
    returnSec: interSec + (rise - 1) * fastinterSec,
  };
}
