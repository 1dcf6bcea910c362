import { isAnnouncer } from "../model/network/pools";
import { ingressAtPhase, originAtPhase } from "./cutover-phase";
import { createdGuest, declaredGuests, guestsOutsideHa, haGroupArgs } from "./guest-facts";
import { controlHost, leaving, members, peer, resolvedHost } from "./hosts";
import { serviceName } from "./sections/kubernetes-ingress";
import { originPort } from "./sections/tunnels";
import type { StackConfig } from "./stack";
import { originAddress, type TunnelOriginConfig } from "./tunnel-origins";

function tunnelArgs(stack: StackConfig, name: string) {
  const {
    connectors,
    cluster: _cluster,
    ...tunnel
  } = stack.tunnels[name] as StackConfig["tunnels"][string];
  return {
    ...tunnel,
    ingress: tunnel.ingress.map(({ hostname, origin }) => ({
      hostname,
      origin: {
        ...originTarget(stack, origin),
        scheme: origin.scheme,
        serverName: origin.serverName ?? hostname.replace(/^\*\./, ""),
      },
    })),
    ...(connectors && {
      connectors: {
        ...connectors,
        hosts: connectors.hosts.map((host) => resolvedHost(stack, host)),
      },
    }),
  };
}

/** A Service, or whatever else answers, by value. */
interface OriginTarget {
  service?: string;
  namespace?: string;
  host?: string;
  follows?: string;
  port: number;
}

/** Service, virtual address or host of an origin, by value. */
function originTarget(stack: StackConfig, origin: TunnelOriginConfig): OriginTarget {
  if (origin.ingress === undefined) {
    const found = originAddress(stack, origin);
    if (found === undefined) throw new Error("an origin was not checked before it was resolved");
    return { ...found, port: originPort(origin) };
  }
  const ingress = stack.kubernetesIngress[origin.ingress];
  if (!ingress) {
    throw new Error(`ingress "${origin.ingress}" was not checked before it was resolved`);
  }
  return originAtPhase(stack, origin.ingress, {
    service: serviceName(origin.ingress, ingress),
    namespace: ingress.namespace,
    port: origin.scheme === "http" ? 80 : 443,
  });
}

function metalLbArgs(stack: StackConfig, name: string) {
  const {
    pool,
    allowlist: _allowlist,
    cluster: _cluster,
    ...facts
  } = stack.kubernetesIngress[name] as StackConfig["kubernetesIngress"][string];
  const [segment = "", poolName = ""] = pool.split(".");
  const found = stack.cluster.segments[segment]?.pools[poolName];
  if (found === undefined) throw new Error(`pool "${pool}" was not checked before it was resolved`);
  const { kind, range, range6, announcement } = found;
  return {
    ...facts,
    // A file that names MetalLB's pools makes what it always made.
    ...(isAnnouncer(kind) && kind !== "metallb" && { announcedBy: kind }),
    ...(announcement !== undefined && { announcement }),
    pool: { name: poolName, range, ...(range6 !== undefined && { range6 }) },
  };
}

/** A pair with the hosts behind its references, by value. */
function withHosts<
  T extends Pick<StackConfig["traefikPairs"][string], "vip" | "members" | "leaving">,
>(stack: StackConfig, { members: refs, leaving: left, ...pair }: T) {
  return {
    ...pair,
    members: members(stack, refs, pair.vip),
    ...leaving(stack, left, pair.vip),
    ...memberMonitoring(stack),
  };
}

function balancerArgs(stack: StackConfig, name: string) {
  const { kubernetesContext: _context, ...balancer } = stack.apiLoadBalancers[
    name
  ] as StackConfig["apiLoadBalancers"][string];
  return {
    ...withHosts(stack, balancer),
    masters: balancer.masters.map((master) => peer(stack, master, balancer.vip)),
    workers: balancer.workers.map((worker) => peer(stack, worker, balancer.vip)),
  };
}

/** What members serve metrics with; nothing where no monitoring is stated. */
function memberMonitoring({ monitoring }: StackConfig) {
  if (!monitoring) return {};
  const { exporterPort, scrapeIntervalSec } = monitoring;
  return { monitoring: { exporterPort, scrapeIntervalSec } };
}

const mapKeys = <T, R>(section: Record<string, T>, map: (name: string, value: T) => R) =>
  Object.fromEntries(
    Object.entries(section)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, map(name, value)]),
  ) as Record<string, R>;

/**
 * The arguments of every component, with references looked up and sections in the order of their
 * names (the engine hands maps over in any order, and names are identity, not position).
 * The stack must have passed `parseStack`.
 */
export function resolveStack(stack: StackConfig) {
  return {
    ssh: stack.cluster.ssh,
    controlHost: controlHost(stack),
    createdGuests: mapKeys(
      Object.fromEntries(Object.entries(stack.guests).filter(([, guest]) => guest.create)),
      (name, guest) => createdGuest(stack, name, guest),
    ),
    declaredGuests: declaredGuests(stack),
    guestsOutsideHa: guestsOutsideHa(stack),
    haGroups: mapKeys(stack.haGroups, (name) => haGroupArgs(stack, name)),
    traefikPairs: mapKeys(stack.traefikPairs, (_name, pair) => withHosts(stack, pair)),
    apiLoadBalancers: mapKeys(stack.apiLoadBalancers, (name) => balancerArgs(stack, name)),
    servicePairs: mapKeys(stack.servicePairs, (_name, pair) => withHosts(stack, pair)),
    kubernetesIngress: ingressAtPhase(
      stack,
      mapKeys(stack.kubernetesIngress, (name) => metalLbArgs(stack, name)),
    ),
    tunnels: mapKeys(stack.tunnels, (name) => tunnelArgs(stack, name)),
  };
}

export type ResolvedStack = ReturnType<typeof resolveStack>;
