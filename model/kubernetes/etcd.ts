/** How members of etcd notice that their leader is gone; in milliseconds. */
export interface EtcdTimers {
  /** `--heartbeat-interval`. */
  heartbeatMs: number;
  /** `--election-timeout`; etcd refuses less than five heartbeats. */
  electionMs: number;
}

/**
 * etcd's own defaults, which kubeadm leaves as they are. Shorter ones would take a disk that stalls, as
 * one of a home does, for a dead leader.
 *
 * @see https://etcd.io/docs/v3.6/tuning/
 */
export const ETCD_TIMERS: EtcdTimers = { heartbeatMs: 100, electionMs: 1000 };

/**
 * Least and most seconds until three members of which the leader died have a new one. Each of the other two
 * waits for a random time from one to two election time-outs after the last heartbeat. A vote that is split is
 * held again, and is not in the range.
 *
 * @see https://github.com/etcd-io/raft/blob/v3.6.0/raft.go `resetRandomizedElectionTimeout`
 */
export function leaderlessSec({ heartbeatMs, electionMs }: EtcdTimers): [number, number] {
  return [(electionMs - heartbeatMs) / 1000, (2 * electionMs) / 1000];
}
