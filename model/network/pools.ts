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

/** How an announcer tells the network of an address. */
export const ANNOUNCEMENTS = ["l2", "bgp"] as const;
export type Announcement = (typeof ANNOUNCEMENTS)[number];
export type TrafficPolicy = "Local" | "Cluster";

/**
 * The policy for traffic from outside. Local keeps the client's address, which CrowdSec bans by and
 * QUIC depends on. Cilium's layer 2 announcements and, unless told to, kube-vip's leader do not look
 * at where the pods are, so with Local requests would end at a node without one; with BGP only nodes
 * with a pod announce the address.
 *
 * @see https://docs.cilium.io/en/stable/network/l2-announcements/#limitations
 * @see https://kube-vip.io/docs/usage/kubernetes-services/#external-traffic-policy-kube-vip-v050
 */
export function trafficPolicyOf(facts: {
  announcedBy?: Announcer | undefined;
  announcement?: Announcement | undefined;
  trafficPolicy?: TrafficPolicy | undefined;
}): TrafficPolicy {
  const { announcedBy = "metallb", announcement, trafficPolicy } = facts;
  return (
    trafficPolicy ?? (announcedBy === "metallb" || announcement === "bgp" ? "Local" : "Cluster")
  );
}

/** A stated policy with which requests would end at a node without a pod. */
export function judgeTrafficPolicy(
  stated: TrafficPolicy | undefined,
  { kind, announcement }: { kind: PoolKind; announcement?: Announcement | undefined },
): Finding[] {
  if (stated !== "Local" || kind !== "cilium" || announcement === "bgp") return [];
  return [
    {
      rule: "traffic-policy",
      path: ["trafficPolicy"],
      message:
        "found Local, but Cilium's layer 2 announcements choose a node without looking for a pod on it, and with Local that node drops the requests",
      fix: "remove it, or state announcement: bgp for the pool where Cilium announces it by BGP",
      severity: "error",
    },
  ];
}

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
