import { API_CHECKS } from "../model/haproxy/check";
import { addTo } from "../model/maps";
import type { ServiceMember, ServiceModel } from "../model/resilience/resilience";
import {
  apiServerTime,
  CLIENT_SEC,
  DHCP_SEC,
  KUBE_VIP_SEC,
  METALLB_SEC,
  type Range,
  TALOS_VIP_SEC,
  TUNNEL_SEC,
} from "../model/resilience/times";
import { advertSec, budget, type VrrpSettings, vrrpGroup } from "../model/vrrp/vrrp";
import { isDatabase } from "./guest-facts";
import { hostFacts } from "./hosts";
import { tunnelCluster } from "./kubernetes-objects";
import type { StackConfig } from "./stack";
import { originPlace, type TunnelOriginConfig } from "./tunnel-origins";
import { addressSections, vrrpAddresses } from "./virtual-addresses";

/** Until clients reach another API server, by who moves the address; without one they try the next. */
const API_ADDRESS_SEC = {
  "kube-vip": KUBE_VIP_SEC,
  talos: TALOS_VIP_SEC,
  external: KUBE_VIP_SEC,
  none: KUBE_VIP_SEC,
} as const satisfies Record<string, Range>;

type MemberRef = StackConfig["traefikPairs"][string]["members"][number];
type HostRef = StackConfig["apiLoadBalancers"][string]["masters"][number];

/** A shared address as either section of the stack file states it. */
type SharedAddress = Omit<VrrpSettings, "members"> & { members: MemberRef[] };

function serviceMember(stack: StackConfig, ref: HostRef | MemberRef): ServiceMember {
  const facts = hostFacts(stack, ref);
  if (!facts?.node) {
    throw new Error(`host ${JSON.stringify(ref)} was not checked before the model was built`);
  }
  const { name, node } = facts;
  return { name, node, ...(ref.guest !== undefined && { guest: ref.guest }) };
}

/** After a crash, from the least to the most: two or three adverts missing, and the skew. */
function crashRange(stack: StackConfig, name: string, address: SharedAddress): Range {
  const members = address.members.map((ref) => {
    const { name: member, node } = serviceMember(stack, ref);
    const { address: own = "" } = hostFacts(stack, ref, address.vip) ?? {};
    return { name: member, node, address: own, priority: ref.priority };
  });
  const { crashSec } = budget(vrrpGroup(name, { ...address, members }));
  return [crashSec - advertSec(address.version, address.advertIntervalSec), crashSec];
}

function addressLayer(stack: StackConfig, what: string, name: string, address: SharedAddress) {
  const byPriority = [...address.members].sort((a, b) => b.priority - a.priority);
  return {
    what,
    kind: "address" as const,
    members: byPriority.map((ref) => serviceMember(stack, ref)),
    failoverSec: crashRange(stack, name, address),
  };
}

function podLayer(stack: StackConfig, clusterName: string, replicas: number, failoverSec: Range) {
  const behindPair = stack.apiLoadBalancers[clusterName];
  const cluster = behindPair ?? stack.kubernetes[clusterName];
  const hosts = cluster && (cluster.workers.length > 0 ? cluster.workers : cluster.masters);
  return {
    what: "worker",
    kind: "pods" as const,
    members: (hosts ?? []).map((ref) => serviceMember(stack, ref)),
    failoverSec,
    replicas,
    api: `${behindPair ? "apiLoadBalancers" : "kubernetes"}.${clusterName}`,
  };
}

export function networkServices(stack: StackConfig): ServiceModel[] {
  const shared = vrrpAddresses<SharedAddress & { masters?: readonly HostRef[] }>(stack).map(
    ({ section, name, place, settings }): ServiceModel => {
      const api = apiServerTime(API_CHECKS[settings.profile ?? "compatible"]);
      return {
        name: place,
        layers: [
          addressLayer(stack, addressSections[section].member, name, settings),
          ...(settings.masters
            ? [
                {
                  what: "API server",
                  kind: "majority" as const,
                  members: settings.masters.map((ref) => serviceMember(stack, ref)),
                  failoverSec: api.sec,
                  failoverBasis: api.basis,
                },
              ]
            : []),
        ],
        needs: [],
      };
    },
  );
  const clusters = Object.entries(stack.kubernetes).map(
    ([name, { announcedBy, masters }]): ServiceModel => ({
      name: `kubernetes.${name}`,
      layers: [
        {
          // An address that the masters move lives as long as their majority, so it is no layer of its own.
          what: "API server",
          kind: "majority",
          members: masters.map((ref) => serviceMember(stack, ref)),
          failoverSec: API_ADDRESS_SEC[announcedBy],
          failoverBasis: "estimate",
        },
      ],
      needs: [],
    }),
  );
  const ingresses = Object.entries(stack.kubernetesIngress).map(([name, ingress]) => ({
    name: `kubernetesIngress.${name}`,
    layers: [podLayer(stack, ingress.cluster, ingress.replicas, METALLB_SEC)],
    needs: [],
  }));
  const tunnels = Object.keys(stack.tunnels).map((name) => tunnelService(stack, name));
  return [...shared, ...clusters, ...ingresses, ...tunnels];
}

/** A tunnel: who holds it open, and what has to answer behind it. */
function tunnelService(stack: StackConfig, name: string): ServiceModel {
  const { ingress, connectors, replicas } = stack.tunnels[name] as StackConfig["tunnels"][string];
  const origins = ingress.flatMap(({ origin }) => originService(stack, origin) ?? []);
  const home = tunnelCluster(stack, name) ?? "";
  const layer = connectors
    ? {
        what: "connector",
        kind: "any" as const,
        members: connectors.hosts.map((ref) => serviceMember(stack, ref)),
        failoverSec: TUNNEL_SEC,
      }
    : podLayer(stack, home, replicas, TUNNEL_SEC);
  return {
    name: `tunnels.${name}`,
    layers: [layer],
    needs: [...(stack.cluster.outside.cloudflare ? ["cloudflare"] : []), ...new Set(origins)],
  };
}

/** Name of the service behind an origin; none for a host that is stated, or a member of something. */
function originService(stack: StackConfig, origin: TunnelOriginConfig): string | undefined {
  if (origin.guest !== undefined) return stack.guests[origin.guest]?.serves ?? origin.guest;
  return originPlace(origin);
}

/** Whether any of these guests can stand in for the others: databases only if they say so. */
function standsIn({ guests }: StackConfig, members: readonly ServiceMember[]): boolean {
  return members.every(({ name }) => {
    const guest = guests[name];
    return guest === undefined || (guest.replicated ?? !isDatabase(name, guest));
  });
}

/** What guests serve: those with the same `serves` stand in for each other. */
export function guestServices(
  stack: StackConfig,
  services: readonly ServiceModel[],
): ServiceModel[] {
  const used = new Set(
    services.flatMap(({ layers }) => layers.flatMap(({ members }) => members.map((m) => m.guest))),
  );
  const alternatives = new Map<string, ServiceMember[]>();
  for (const [name, guest] of Object.entries(stack.guests)) {
    // What it carries is listed already, under the name of the pair or cluster.
    if (guest.serves === undefined && used.has(name)) continue;
    const served = guest.serves ?? name;
    const member = { name, node: guest.node, guest: name };
    addTo(alternatives, served, member);
  }
  return [...alternatives].map(([name, members]) => ({
    name,
    // Without replication each has data of its own, and all of them are missed.
    layers: (standsIn(stack, members) ? [members] : members.map((one) => [one])).map((some) => ({
      what: "guest",
      kind: "any" as const,
      members: some,
      ...(name === "dhcp"
        ? { failoverSec: DHCP_SEC }
        : { failoverSec: CLIENT_SEC, failoverBasis: "typical" as const }),
    })),
    needs: [...new Set(members.flatMap((member) => stack.guests[member.name]?.needs ?? []))],
  }));
}

/** Things outside the cluster: nobody in it stands in for them. */
export function outsideServices({ cluster }: StackConfig): ServiceModel[] {
  return Object.entries(cluster.outside).map(([name, { needs }]) => ({ name, layers: [], needs }));
}
