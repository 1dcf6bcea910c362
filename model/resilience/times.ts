/** Shortest and longest, in seconds. */
export type Range = [number, number];

/**
 * HA notices a dead node, fences it and starts its guests elsewhere, their boot not included. A
 * worker node takes 120 to 241 s, the node that was the HA master 120 to 301 s (logs of
 * pve-ha-manager's own simulator, test-basic5 and test-resource-affinity-strict-negative1; its
 * fence_delay and its lock time-out are 60 and 120 s). Any node may be the master.
 */
export const HA_RESTART_SEC: Range = [120, 301];

/** A node that carries HA guests and has no quorum is reset by its watchdog after this time. */
export const SELF_FENCE_SEC = 60;

/** HA's master waits this long for a node that is silent before it has it fenced (NodeStatus.pm). */
export const FENCE_DELAY_SEC = 60;

/** Locks of the cluster file system run out after this time without renewal (Env/PVE2.pm). */
export const LOCK_SEC = 120;

/**
 * Seconds without the token until corosync gives a node up: 3 s, and 0.65 s for each node beyond
 * two (corosync.conf(5): token, token_coefficient). Proxmox sets neither (pve-cluster, Corosync.pm).
 */
export function tokenSec(nodes: number): number {
  return Math.round((3 + 0.65 * Math.max(0, nodes - 2)) * 100) / 100;
}

/** Ceph marks a silent OSD down after this time (osd_heartbeat_grace). */
export const CEPH_HEARTBEAT_SEC = 20;

/** Ceph takes an OSD that is down out and makes new copies after this time (mon_osd_down_out_interval). */
export const CEPH_OUT_SEC = 600;

/** Restore from a backup by hand: an estimate that says "hours", not a measurement. */
export const RESTORE_SEC: Range = [3600, 8 * 3600];

/** A client gives up on one DNS server and asks the next: the resolver's default time-out. */
export const CLIENT_SEC: Range = [0, 5];

/** HAProxy takes a dead API server out: two failed checks one second apart, with 2 s time-out. */
export const API_CHECK_SEC: Range = [0, 4];

/** MetalLB announces the address from another node; it calls more than 10 s a bug. */
export const METALLB_SEC: Range = [0, 10];

/** The Cloudflare edge uses the connections of the other replicas; a request in flight is lost. */
export const TUNNEL_SEC: Range = [0, 10];

/** Kubernetes calls a node lost after 40 to 50 s, and replaces its pods 300 s later. */
export const POD_RESCHEDULE_SEC: Range = [340, 350];
