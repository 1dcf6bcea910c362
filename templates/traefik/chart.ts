import { familyOf } from "../../model/network/address";
import {
  type Announcement,
  type Announcer,
  type TrafficPolicy,
  trafficPolicyOf,
} from "../../model/network/pools";

/** A part of the values of Traefik's Helm chart (41.x); plain data, to be merged by its owner. */
export type HelmValues = Record<string, unknown>;

/** Annotation by which each is asked for a certain address. */
const ADDRESS_ANNOTATION = {
  metallb: "metallb.io/loadBalancerIPs",
  cilium: "lbipam.cilium.io/ips",
  "kube-vip": "kube-vip.io/loadbalancerIPs",
} as const satisfies Record<Announcer, string>;

type Announced = {
  announcedBy?: Announcer | undefined;
  announcement?: Announcement | undefined;
  trafficPolicy?: TrafficPolicy | undefined;
};

/** The annotation that asks for an address. */
export function addressAnnotation(facts: Addresses & Announced): Record<string, string> {
  return { [ADDRESS_ANNOTATION[facts.announcedBy ?? "metallb"]]: addressList(facts) };
}

/** What the chart has to know of an address of its own for Traefik. */
export interface ChartFacts {
  /** Name of the component: of the Service beside the chart's own. */
  name: string;
  namespace: string;
  address: string;
  /** IPv6 address of a Service of both families. @default it has one */
  address6?: string | undefined;
  selector: Record<string, string>;
  replicas: number;
  targetPorts: { web: number; websecure: number };
  /** `beside`: a Service of this stack has the address; `chart`: the chart's own. */
  variant: "beside" | "chart";
  /** @default MetalLB */
  announcedBy?: Announcer | undefined;
  /** How it is announced. @default in layer 2 */
  announcement?: Announcement | undefined;
  /** @default what fits the announcer */
  trafficPolicy?: TrafficPolicy | undefined;
}

/**
 * Values for Traefik's chart: as many pods as the disruption budget counts on, each on a node of its
 * own, with HTTP/3; and for the variant `chart` the address on the chart's own Service.
 *
 * Keys as in
 * https://github.com/traefik/traefik-helm-chart/blob/v41.3.0/traefik/values.yaml
 */
export function chartValues(facts: ChartFacts): HelmValues {
  const { web, websecure } = facts.targetPorts;
  return {
    deployment: { replicas: facts.replicas },
    topologySpreadConstraints: spread(facts.selector),
    // This stack has one already: with two, every eviction of a pod is an error. And the chart
    // writes both of its fields where both are set, which no API server takes.
    podDisruptionBudget: { enabled: false, minAvailable: null, maxUnavailable: null },
    ...(facts.variant === "chart" && { service: ownAddress(facts) }),
    ports: {
      web: { port: web, ...(facts.variant === "chart" && exposed(80)) },
      websecure: {
        port: websecure,
        ...(facts.variant === "chart" && exposed(443)),
        // The chart refuses HTTP/3 without it.
        http: { tls: { enabled: true } },
        // Without it Traefik advertises the container port, which no client can reach.
        http3: { enabled: true, advertisedPort: 443 },
      },
    },
  };
}

/** One pod a node. */
export const spread = (labels: Record<string, string>) => [
  {
    // Under policy Local only a node with a ready pod can announce the address.
    topologyKey: "kubernetes.io/hostname",
    maxSkew: 1,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: labels },
    // Else the pods of the version before count as well, and after an update two share a node.
    matchLabelKeys: ["pod-template-hash"],
    // Else nodes that may have no pod count as empty ones, and the next pod finds no place.
    nodeTaintsPolicy: "Honor",
  },
];

const exposed = (port: number) => ({ expose: { default: true }, exposedPort: port });

/** What MetalLB is asked for: one address of each family of the Service. */
export function addressList({ address, address6 }: Addresses): string {
  return address6 === undefined ? address : `${address},${address6}`;
}

/**
 * The families of a Service, where they are not those that a cluster of IPv4 gives by itself. The
 * first is the one of its main address, and both are required: one alone would come up with half of
 * its addresses. https://metallb.io/usage/#ipv6-and-dual-stack-services
 */
export function serviceFamilies({ address, address6 }: Addresses) {
  if (address6 !== undefined) {
    return { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] };
  }
  return familyOf(address) === 6 ? { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"] } : {};
}

type Addresses = Pick<ChartFacts, "address" | "address6">;

/**
 * The address, and what the annotations of a chart's own Service must not say. MetalLB reads an empty text as
 * none. A `null` would not do: where the chart itself has no such key, most versions of Helm leave it in the
 * Service, which is then refused.
 */
export function ownAnnotations(facts: Addresses & Announced): Record<string, string> {
  return {
    ...addressAnnotation(facts),
    // Who shares an address moves with it, and policy Local would end the sharing.
    // https://metallb.io/usage/#ip-address-sharing
    "metallb.io/allow-shared-ip": "",
    "metallb.io/address-pool": "",
    "metallb.universe.tf/loadBalancerIPs": "",
    "metallb.universe.tf/allow-shared-ip": "",
    "metallb.universe.tf/address-pool": "",
  };
}

function ownAddress(facts: Addresses & Announced): HelmValues {
  return {
    enabled: true,
    // Of two Services, one for TCP and one for UDP, only one could have the address.
    single: true,
    annotations: ownAnnotations(facts),
    spec: {
      type: "LoadBalancer",
      ...serviceFamilies(facts),
      externalTrafficPolicy: trafficPolicyOf(facts),
      // MetalLB gives no address at all to a Service that asks in both places; an empty text asks for nothing.
      loadBalancerIP: "",
    },
  };
}

/**
 * What to add to the values once nobody uses the address of the chart's own Service any more: it
 * stays, inside the cluster, and Ingress objects show the address of the one beside it.
 */
export function chartValuesAfterMove(facts: ChartFacts): HelmValues {
  return {
    service: {
      // The API server refuses a policy for traffic from outside on a Service that gets none.
      // Empty, it says nothing; null would stay in the Service as it is.
      spec: { type: "ClusterIP", externalTrafficPolicy: "", loadBalancerIP: "" },
    },
    providers: {
      // What names from Ingress objects (external-dns) then lead to.
      kubernetesIngress: {
        publishedService: { enabled: true, pathOverride: `${facts.namespace}/${facts.name}` },
      },
    },
  };
}
