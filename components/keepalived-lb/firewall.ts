import type { SecondPort } from "../../model/kubernetes/distribution";
import { familyOf } from "../../model/network/address";
import { virtualAddresses } from "../../model/vrrp/group";
import { exporterRules, type FirewallNeeds, type FirewallRule } from "../shared/firewall";
import { handoverRules } from "../shared/handover-files";

interface Host {
  name: string;
  address: string;
}

/** The facts of a load balancer that decide who talks to whom. */
export interface ApiNetworkFacts {
  vip: string;
  /** @default clients come over IPv4 only */
  vip6?: string | undefined;
  port: number;
  members: readonly Host[];
  masters: readonly Host[];
  workers: readonly Host[];
  stats: { port: number };
  /** The second port of the masters that is balanced. @default there is none */
  second?: SecondPort | undefined;
  /** Networks of people and monitoring. @default anybody */
  management: readonly string[];
  /** @default this stack joins no node */
  kubeadm?: { join: boolean } | undefined;
  /** @default open connections are cut at a planned change */
  drainSec?: number;
  drainPort?: number;
  /** @default members serve no metrics of their own */
  monitoring?: { exporterPort: number } | undefined;
}

/** Port of kube-apiserver on each master. */
export const API_SERVER_PORT = 6443;

/**
 * What the firewalls between clients, load balancers, masters and workers have to allow. The ports
 * of Kubernetes are those of
 * https://kubernetes.io/docs/reference/networking/ports-and-protocols/; those of the CNI come on top.
 */
export function apiFirewallOf(facts: ApiNetworkFacts, sshPort: number): FirewallNeeds {
  const vips = virtualAddresses(facts);
  const balancers = addresses(facts.members);
  const masters = addresses(facts.masters);
  const nodes = [...new Set([...masters, ...addresses(facts.workers)])];
  const management = facts.management.length > 0 ? [...facts.management] : ["any"];
  const joined = facts.kubeadm?.join === true;
  const tcp = (from: string[], to: string[], port: number, why: string): FirewallRule[] =>
    sameFamily(from, to).map((ends) => ({ ...ends, protocol: "tcp", port, why }));
  const secondRules = () => {
    if (facts.second === undefined) return [];
    const { port, kind, what } = facts.second;
    const clients = kind === "supervisor" ? nodes : management;
    return [
      ...tcp(clients, [...vips, ...balancers], port, `clients of ${what}`),
      ...tcp(balancers, masters, port, `HAProxy to ${what}`),
    ];
  };
  const rules: FirewallRule[] = [
    { from: balancers, to: balancers, protocol: "vrrp", why: "adverts, IP protocol 112, unicast" },
    ...tcp(nodes, [...vips, ...balancers], facts.port, "kubelets and pods to the API"),
    ...tcp(management, vips, facts.port, "kubectl"),
    ...tcp(balancers, masters, API_SERVER_PORT, "requests and health checks of HAProxy"),
    ...secondRules(),
    ...tcp(masters, masters, API_SERVER_PORT, "masters to each other's API server"),
    ...tcp(masters, masters, 2379, "etcd, clients"),
    ...tcp(masters, masters, 2380, "etcd, members"),
    ...tcp(masters, nodes, 10250, "API servers to kubelets: logs, exec"),
    ...tcp(management, balancers, facts.stats.port, "statistics and metrics, behind a password"),
    ...handoverRules(facts),
    ...exporterRules(facts, management),
    ...tcp(management, [...balancers, ...(joined ? nodes : [])], sshPort, "this stack's SSH"),
    ...(joined
      ? tcp(nodes.slice(1), masters.slice(0, 1), sshPort, "nodes that join ask for their token")
      : []),
  ];
  return {
    rules,
    ipFilter: Object.fromEntries(
      facts.members.map(({ name, address }) => [name, [address, ...vips]]),
    ),
  };
}

/** Who can reach whom, for no packet goes from one family to the other; `any` is of both. */
function sameFamily(from: string[], to: string[]): { from: string[]; to: string[] }[] {
  if (from.length === 0 || to.length === 0) return [];
  if (from.includes("any")) return [{ from, to }];
  return ([4, 6] as const).flatMap((family) => {
    const [ours, theirs] = [from, to].map((ends) => ends.filter((end) => familyOf(end) === family));
    return ours?.length && theirs?.length ? [{ from: ours, to: theirs }] : [];
  });
}

function addresses(hosts: readonly Host[]): string[] {
  return hosts.map(({ address }) => address);
}
