import type { Finding } from "../finding";
import { isAddress, rangeContains, rangesOverlap } from "./address-ranges";

/** Who can give a Service of type LoadBalancer its address, out of a pool. */
export const ANNOUNCERS = ["metallb", "cilium", "kube-vip"] as const;
export type Announcer = (typeof ANNOUNCERS)[number];

/** What a pool is: leases for clients, or addresses of Services. */
export const POOL_KINDS = ["dhcp", ...ANNOUNCERS] as const;
export type PoolKind = (typeof POOL_KINDS)[number];

/** Whether a pool is one of addresses of Services. */
export const isAnnouncer = (kind: unknown): kind is Announcer =>
  ANNOUNCERS.some((one) => one === kind);

/** A range of addresses that a cluster gives to its Services. */
export interface ServicePool {
  /** Name of the pool; its ranges share it. */
  name: string;
  /** Who gives the addresses away: `MetalLB`, `Cilium`, `kube-vip`. */
  kind: string;
  range: string;
  /** The cluster; only pools of one cluster are compared. */
  cluster: string;
  path: Finding["path"];
}

/** A host with an address that nobody else may get. */
export interface FixedHost {
  name: string;
  address: string;
  path: Finding["path"];
}

/** Hosts whose address a pool gives away, and pools that give away the same addresses. */
export function judgeServicePools(
  pools: readonly ServicePool[],
  hosts: readonly FixedHost[],
): Finding[] {
  return [...judgeHosts(pools, hosts), ...judgeOverlaps(pools)];
}

function judgeHosts(pools: readonly ServicePool[], hosts: readonly FixedHost[]): Finding[] {
  return hosts
    .filter(({ address }) => isAddress(address))
    .flatMap(({ name, address, path }) =>
      pools
        .filter(({ range }) => rangeContains(range, address))
        .map((pool) =>
          finding(
            path,
            `${address} of host "${name}" lies in the ${pool.kind} pool "${pool.name}" (${pool.range}), which gives it to a Service one day`,
            "choose an address outside the pool, or shrink the pool",
          ),
        ),
    );
}

function judgeOverlaps(pools: readonly ServicePool[]): Finding[] {
  return pools.flatMap((pool, index) =>
    pools
      .slice(0, index)
      .filter(
        (other) =>
          other.cluster === pool.cluster &&
          (other.name !== pool.name || other.kind !== pool.kind) &&
          rangesOverlap(other.range, pool.range),
      )
      .map((other) =>
        finding(
          pool.path,
          `the ${pool.kind} pool "${pool.name}" (${pool.range}) and the ${other.kind} pool "${other.name}" (${other.range}) have addresses in common, so one address can go to two Services, or the pool is refused`,
          "make the ranges disjoint",
        ),
      ),
  );
}

function finding(path: Finding["path"], message: string, fix: string): Finding {
  return { rule: "vip-collision", path, message, fix, severity: "error" };
}
