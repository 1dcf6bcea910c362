import { checkBudget, type HaproxyCheck } from "../haproxy/check";
import { ETCD_TIMERS, leaderlessSec } from "../kubernetes/etcd";

/** Shortest and longest, in seconds. */
export type Range = [number, number];

/**
 * What the longest time of a range is worth.
 *
 * - `bound`: it is not exceeded while the named settings hold
 * - `typical`: it was seen, and may be exceeded
 * - `estimate`: neither
 */
export type Basis = "bound" | "typical" | "estimate";

/** A time with what it is worth. */
export interface Timing {
  sec: Range;
  basis: Basis;
  /** Of a bound: what was seen, where that is less. */
  typicalSec?: Range;
}

/** The weaker of two: a sum is worth no more than its parts. */
export function weaker(a: Basis, b: Basis): Basis {
  const order: readonly Basis[] = ["bound", "typical", "estimate"];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

/** What an outcome says of a time without the guest or service. */
export function takes({ sec, basis, typicalSec }: Timing) {
  return { rtoSec: sec, rtoBasis: basis, ...(typicalSec && { typicalSec }) };
}

/**
 * HA notices that a worker node is dead, fences it and starts its guests elsewhere, their boot not
 * included: 60 s without a sign of life, the node's lock (120 s from its last renewal), and one or
 * two of the master's rounds of 10 s. pve-ha-manager's own simulator has 121 to 129 s; its clock
 * starts at 120 s. A bound with real round lengths.
 */
export const HA_WORKER_SEC: Range = [115, 155];

/**
 * The same when the node was the HA master as well: first another node has to get the master's lock
 * (120 s). The simulator has 163 to 181 s. A bound with real round lengths.
 */
export const HA_MASTER_SEC: Range = [155, 225];

/** Any node may be the master. */
export const HA_RESTART_SEC: Range = [HA_WORKER_SEC[0], HA_MASTER_SEC[1]];

/** The same with what the simulator of pve-ha-manager has seen: a worker's loss at least, the master's at most. */
export const HA_RESTART: Timing = { sec: HA_RESTART_SEC, basis: "bound", typicalSec: [121, 181] };

/**
 * HA starts a guest again that died on a node that lives: a round of the node (5 s), and one or two
 * of the master (10 s). A bound, boot not included.
 */
export const HA_SAME_NODE_SEC: Range = [5, 25];
export const HA_SAME_NODE: Timing = { sec: HA_SAME_NODE_SEC, basis: "bound" };

/**
 * HA moves a container: it is stopped, moved and started, as when its node returns and it fails back.
 * Typical (simulator logs test-shutdown-policy3), boot not included; a virtual machine moves while it runs.
 */
export const MOVE_CT_SEC: Range = [18, 24];
export const MOVE_CT: Timing = { sec: MOVE_CT_SEC, basis: "typical" };

/**
 * HA starts guests elsewhere whose node was shut down in order: its lock is given back, so that only
 * the time without a sign of life (60 s) and rounds remain. Typical (simulator logs test-shutdown-policy).
 */
export const SHUTDOWN_RECOVERY_SEC: Range = [81, 81];
export const SHUTDOWN_RECOVERY: Timing = { sec: SHUTDOWN_RECOVERY_SEC, basis: "typical" };

/** A node stops its guests, boots and starts them again: an estimate, firmware and memory test decide. */
export const REBOOT_SEC: Range = [120, 600];
export const REBOOT: Timing = { sec: REBOOT_SEC, basis: "estimate" };

/** A node that carries HA guests and has no quorum is reset by its watchdog after this time. */
export const SELF_FENCE_SEC = 60;

/** HA's master waits this long for a node that is silent before it has it fenced (NodeStatus.pm). */
export const FENCE_DELAY_SEC = 60;

/** Locks of the cluster file system run out after this time without renewal (Env/PVE2.pm). */
export const LOCK_SEC = 120;

/**
 * Seconds without the token until corosync gives a node up: 3 s, and the coefficient for each node
 * beyond two (corosync.conf(5): token, token_coefficient). Corosync's own coefficient is 650 ms;
 * clusters that were made since pve-cluster 9.1.0 have 125 ms.
 *
 * @param coefficientMs least and most that is possible
 */
export function tokenSec(nodes: number, coefficientMs: Range = [650, 650]): Range {
  const [least, most] = coefficientMs.map((ms) => 3000 + ms * Math.max(0, nodes - 2));
  return [(least ?? 0) / 1000, (most ?? 0) / 1000];
}

/** Ceph marks a silent OSD down after this time (osd_heartbeat_grace). */
export const CEPH_HEARTBEAT_SEC = 20;

/** Ceph takes an OSD that is down out and makes new copies after this time (mon_osd_down_out_interval). */
export const CEPH_OUT_SEC = 600;

/** Restore from a backup by hand: an estimate that says "hours", not a measurement. */
export const RESTORE_SEC: Range = [3600, 8 * 3600];
export const RESTORE: Timing = { sec: RESTORE_SEC, basis: "estimate" };

/**
 * A client gives up on one of several servers and asks the next. glibc waits 5 s for a silent DNS
 * server, 3.1 s where the LAN answers for the dead host, and that on every look-up while the first
 * server of its list is dead (measured). Typical for other clients.
 */
export const CLIENT_SEC: Range = [0, 5];

/**
 * Kea's second server takes over after max-response-delay (60 s, its default) and then more than 10
 * unanswered clients. Who has a lease keeps it until T2, so only new clients wait. A bound.
 */
export const DHCP_SEC: Range = [60, 120];

/**
 * HAProxy takes the API server of a dead host out, which is a bound. Where etcd's leader died with it, no write is
 * answered until etcd has a new one, and a split vote takes longer. Reads from the API servers' own memory wait for
 * HAProxy alone.
 */
export function apiServerTime(check: HaproxyCheck): { sec: Range; basis: Basis } {
  const { silentSec } = checkBudget(check);
  const [, leaderless] = leaderlessSec(ETCD_TIMERS);
  return leaderless > silentSec
    ? { sec: [0, leaderless], basis: "typical" }
    : { sec: [0, silentSec], basis: "bound" };
}

/** MetalLB announces the address from another node; it calls more than 10 s a bug. */
export const METALLB_SEC: Range = [0, 10];

/**
 * The Cloudflare edge uses the connections of the other replicas within 10 s; but a dead pod behind
 * them stays an endpoint until its node is NotReady (40 to 50 s), so until then one request in three
 * fails or waits up to 30 s. A bound.
 */
export const TUNNEL_SEC: Range = [0, 50];

/** Kubernetes calls a node lost after 40 to 50 s, and replaces its pods 300 s later. */
export const POD_RESCHEDULE_SEC: Range = [340, 350];

/**
 * kube-vip: another master takes the lease (5 s, its default) and announces the address; not a bound,
 * since each try to get the lease has the API's own time-outs.
 */
export const KUBE_VIP_SEC: Range = [1, 15];

/** Talos: its etcd notices that the holder is gone; its documentation says up to a minute. */
export const TALOS_VIP_SEC: Range = [1, 60];
