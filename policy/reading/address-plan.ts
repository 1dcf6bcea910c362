import { isLinkLocal } from "../../model/network/address";
import type { AddressPlan } from "../../model/network/address-plan";
import { isAddress, rangeContains } from "../../model/network/address-ranges";
import type { ServicePool } from "../../model/network/pools";
import { addressOf } from "../../model/text";
import type { ObservedResource } from "../rule";
import { guestsOf } from "./guests";
import { kubernetesVips } from "./kubernetes/kubernetes-vips";
import { withReleases } from "./kubernetes/releases";
import { type ObservedPool, servicePools } from "./kubernetes/service-pools";
import { field, list, text, texts } from "./resource";
import { metalLbComponent, service } from "./types";
import { componentGroup, deployedGroups, keepalivedFiles } from "./vrrp-groups";

/** The addresses of a stack; the path of each entry is the place of its resource in `owners`. */
export interface ObservedPlan {
  plan: AddressPlan;
  owners: ObservedResource[];
  /** Pools of resources of their own; a component's pool is also the object that it makes. */
  pools: ServicePool[];
}

/** One network for all: which segments there are is not declared, and nothing is outside of it. */
const everywhere = { name: "stack", cidr: "0.0.0.0/0", cidr6: "::/0" };

/** One range of a pool; `family` is the pool's name, which several ranges may share. */
type Pool = AddressPlan["segments"][number]["pools"][number] & { family: string };

/** A virtual address with the resource that brings it, its prefix length kept. */
export interface ObservedVip {
  name: string;
  address: string;
  virtualRouterId: number;
  /** Whether it moves with the group without being in its adverts. */
  excluded: boolean;
  resource: ObservedResource;
}

/** Hosts, virtual addresses and pools, for the search for collisions. */
export function addressPlan(stack: ObservedResource[]): ObservedPlan {
  const resources = withReleases(stack);
  const observed = servicePools(resources);
  const pools = poolsOf(observed);
  const owners: ObservedResource[] = [];
  const pathTo = (resource: ObservedResource) => [owners.push(resource) - 1];
  const hosts = hostsOf(resources).map(({ resource, ...host }) => ({
    ...host,
    path: pathTo(resource),
  }));
  const vrrp = vrrpVips(resources).map(({ name, address, resource }) => ({
    name,
    address: addressOf(address),
    path: pathTo(resource),
  }));
  const clusters = kubernetesVips(resources).map(({ resource, ...vip }) => ({
    ...vip,
    path: pathTo(resource),
  }));
  const moving = new Set([...vrrp, ...clusters].map(({ address }) => address));
  const external = externalAddresses(resources)
    .filter(({ address }) => moving.has(address))
    .map(({ resource, ...vip }) => ({ ...vip, path: pathTo(resource) }));
  const services = serviceVips(resources, pools).map(({ resource, ...vip }) => ({
    ...vip,
    path: pathTo(resource),
  }));
  const segments = [{ ...everywhere, pools }];
  return {
    owners,
    plan: { segments, hosts, vips: [...vrrp, ...clusters, ...external, ...services] },
    pools: observed
      .filter(({ resource }) => resource.type !== metalLbComponent)
      .map(({ family, kind, range, resource }) => ({
        ...{ name: family, kind, range, cluster: resource.provider ?? "", path: pathTo(resource) },
      })),
  };
}

/** Virtual addresses of VRRP: of components, and of files whose address no component has. */
export function vrrpVips(resources: ObservedResource[]): ObservedVip[] {
  const stated = resources.flatMap((resource) => {
    const group = componentGroup(resource);
    const [member] = group?.members ?? [];
    if (!member) return [];
    const { virtualRouterId, vips, excludedVips = [] } = member;
    return [
      ...vips.slice(0, 1).map((address) => ({ address, excluded: false })),
      ...excludedVips.map((address) => ({ address, excluded: true })),
    ]
      .filter(({ address }) => isAddress(addressOf(address)))
      .map((vip) => ({ name: resource.name, virtualRouterId, resource, ...vip }));
  });
  const known = new Set(stated.map((vip) => addressOf(vip.address)));
  const deployed = deployedGroups(resources).flatMap(({ group, files }) => {
    const [member] = group.members;
    const resource = files[0]?.resource;
    if (!member || !resource) return [];
    const names = group.members.map((each) => each.name).join(" and ");
    return (
      member.vips
        .filter((address) => isAddress(addressOf(address)) && !known.has(addressOf(address)))
        // It is told apart from those of other links by its link, which no file names.
        .filter((address) => !isLinkLocal(addressOf(address)))
        .map((address) => ({
          excluded: false,
          name: `keepalived of ${names}`,
          address,
          virtualRouterId: member.virtualRouterId,
          resource,
        }))
    );
  });
  return [...stated, ...deployed];
}

interface ObservedHost {
  name: string;
  address: string;
  resource: ObservedResource;
}

/**
 * Hosts with their addresses. Two guests at one address are two hosts; a member or a connection at
 * a guest's address is that guest.
 */
function hostsOf(resources: ObservedResource[]): ObservedHost[] {
  const guests = guestsOf(resources)
    // Nothing runs at the address of a template: its clones do.
    .filter(({ template }) => !template)
    .flatMap(({ name, addresses, resource }) =>
      addresses.map((address) => ({ name, address: addressOf(address), resource })),
    );
  const members = resources.flatMap((resource) =>
    ["members", "masters"].flatMap((key) =>
      list(resource.props, key).flatMap((host) => {
        const name = text(host, "name");
        const own = ["address", "address6"].flatMap((field) => text(host, field) ?? []);
        return name === undefined
          ? []
          : own.map((address) => ({ name, address: addressOf(address), resource }));
      }),
    ),
  );
  const connections = keepalivedFiles(resources).flatMap(({ host, resource }) =>
    host !== undefined && isAddress(host)
      ? [{ name: `host of ${resource.name}`, address: addressOf(host), resource }]
      : [],
  );
  const unseen = (known: ObservedHost[], more: ObservedHost[]) => {
    const taken = new Set(known.map((host) => host.address));
    return [...known, ...more.filter((host) => !taken.has(host.address))];
  };
  return unseen(unseen(guests, firstPerName(members)), firstPerName(connections));
}

/** A host that serves two groups is named by both and is one host all the same. */
function firstPerName(hosts: ObservedHost[]): ObservedHost[] {
  const key = (host: ObservedHost) => `${host.name} ${host.address}`;
  return [...new Map(hosts.map((host) => [key(host), host])).values()];
}

const planKinds = { MetalLB: "metallb", Cilium: "cilium", "kube-vip": "kube-vip" } as const;

function poolsOf(pools: readonly ObservedPool[]): Pool[] {
  const named = pools.map(({ family, kind, range }): Pool => {
    const ranges = pools.filter((other) => other.family === family);
    const name = ranges.every((other) => other.range === range) ? family : `${family} ${range}`;
    return { name, family, kind: planKinds[kind], range };
  });
  return [...new Map(named.map((pool) => [pool.range, pool])).values()];
}

/** Addresses of load balancer Services; Services may share one, so each address counts once. */
function serviceVips(resources: ObservedResource[], pools: Pool[]) {
  const found = resources.flatMap((resource) =>
    serviceAddresses(resource).map((address) => {
      const asked = poolName(resource);
      const eligible = pools.filter((each) => asked === undefined || each.family === asked);
      const pool =
        eligible.find((each) => rangeContains(each.range, address)) ??
        (asked === undefined ? undefined : eligible[0]);
      return {
        name: resource.name,
        address,
        resource,
        ...(pool && { pool: `${everywhere.name}.${pool.name}` }),
      };
    }),
  );
  const seen = new Set<string>();
  return found.filter(({ address }) => {
    const first = !seen.has(address);
    seen.add(address);
    return first;
  });
}

/** Where a Service asks for its address: MetalLB, Cilium and kube-vip, old names included. */
const addressAnnotations = [
  "metallb.io/loadBalancerIPs",
  "metallb.universe.tf/loadBalancerIPs",
  "lbipam.cilium.io/ips",
  "io.cilium/lb-ipam-ips",
  "kube-vip.io/loadbalancerIPs",
];

/** Addresses that every node of a cluster takes for a Service. */
function externalAddresses(resources: ObservedResource[]) {
  return resources
    .filter(({ type }) => type === service)
    .flatMap((resource) =>
      texts(resource.props, "spec", "externalIPs").map((address) => ({
        ...{ name: `${resource.name} (externalIPs)`, address: addressOf(address), resource },
      })),
    );
}

/** Addresses that a Service of type LoadBalancer asks for. */
export function serviceAddresses({ type, props }: ObservedResource): string[] {
  if (type === metalLbComponent)
    return ["address", "address6"].flatMap((key) => text(props, key) ?? []).map(addressOf);
  if (type !== service || text(props, "spec", "type") !== "LoadBalancer") return [];
  const annotations = field(props, "metadata", "annotations");
  const stated = addressAnnotations.map((key) => text(annotations, key));
  const asked =
    stated.find((each) => each !== undefined) ?? text(props, "spec", "loadBalancerIP") ?? "";
  return asked
    .split(",")
    .flatMap((each) => (isAddress(each.trim()) ? [addressOf(each.trim())] : []));
}

/** The pool a Service asks for by name. @default whichever pool its address is in */
function poolName({ type, props }: ObservedResource): string | undefined {
  if (type === metalLbComponent) return text(props, "pool", "name");
  const annotations = field(props, "metadata", "annotations");
  return text(annotations, "metallb.io/address-pool");
}
