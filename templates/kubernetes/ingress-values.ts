import type { Controller } from "../../model/kubernetes/ingress-controller";
import { trafficPolicyOf } from "../../model/network/pools";
import {
  type ChartFacts,
  chartValues,
  chartValuesAfterMove,
  type HelmValues,
  ownAnnotations,
  serviceFamilies,
  spread,
} from "../traefik/chart";

/** What the chart of an ingress controller has to know of an address of its own. */
export interface IngressChartFacts extends ChartFacts {
  /** @default Traefik */
  controller?: Controller | undefined;
  minAvailable: number;
}

/**
 * Values for the chart of the controller, to be merged by their owner: its pods, and with the variant
 * `chart` the address on the chart's own Service.
 *
 * @returns nothing for a controller whose chart is not known
 */
export function ingressValues(facts: IngressChartFacts): HelmValues {
  switch (facts.controller ?? "traefik") {
    case "traefik":
      return chartValues(facts);
    case "ingress-nginx":
      return nginxValues(facts);
    case "haproxy-ingress":
      return haproxyValues(facts);
    case "cilium":
      return ciliumValues(facts);
    case "other":
      return {};
  }
}

/** What to add once nobody uses the address of the chart's own Service any more. */
export function ingressValuesAfterMove(facts: IngressChartFacts): HelmValues {
  switch (facts.controller ?? "traefik") {
    case "traefik":
      return chartValuesAfterMove(facts);
    case "ingress-nginx":
    case "haproxy-ingress":
      return {
        controller: {
          // An empty text leaves the field out: the API server refuses a policy on such a Service.
          service: { type: "ClusterIP", externalTrafficPolicy: "", loadBalancerIP: "" },
          // What names from Ingress objects (external-dns) then lead to.
          publishService: { enabled: true, pathOverride: `${facts.namespace}/${facts.name}` },
        },
      };
    default:
      return {};
  }
}

/** https://github.com/kubernetes/ingress-nginx/blob/main/charts/ingress-nginx/values.yaml */
function nginxValues(facts: IngressChartFacts): HelmValues {
  const { web, websecure } = facts.targetPorts;
  return {
    controller: {
      kind: "Deployment",
      replicaCount: facts.replicas,
      // The chart always makes the disruption budget of more than one pod, so this stack makes none. It leaves
      // minAvailable out wherever it finds the key maxUnavailable, whatever its value is, null too.
      minAvailable: facts.minAvailable,
      topologySpreadConstraints: spread(facts.selector),
      containerPort: { http: web, https: websecure },
      ...(facts.variant === "chart" && { service: ownService(facts) }),
    },
  };
}

/** https://github.com/haproxy-ingress/charts/blob/main/haproxy-ingress/values.yaml */
function haproxyValues(facts: IngressChartFacts): HelmValues {
  const { web, websecure } = facts.targetPorts;
  return {
    controller: {
      kind: "Deployment",
      replicaCount: facts.replicas,
      // This stack has a disruption budget already: with two, every eviction of a pod is an error. The chart
      // makes one wherever it finds the key maxUnavailable, whatever its value is, null too.
      minAvailable: 0,
      topologySpreadConstraints: spread(facts.selector),
      containerPorts: { http: web, https: websecure },
      ...(facts.variant === "chart" && { service: ownService(facts) }),
    },
  };
}

/** Both charts of this form write their Service of the same keys. */
function ownService(facts: IngressChartFacts): HelmValues {
  return {
    enabled: true,
    type: "LoadBalancer",
    annotations: ownAnnotations(facts),
    ...serviceFamilies(facts),
    externalTrafficPolicy: trafficPolicyOf(facts),
    // MetalLB gives no address at all to a Service that asks in both places.
    loadBalancerIP: "",
  };
}

/** https://docs.cilium.io/en/stable/network/servicemesh/ingress/ */
function ciliumValues(facts: IngressChartFacts): HelmValues {
  return {
    ingressController: {
      enabled: true,
      // One address for all Ingress objects: with `dedicated` each would get a Service and an address of its own.
      loadbalancerMode: "shared",
      service: {
        type: "LoadBalancer",
        annotations: ownAnnotations(facts),
        externalTrafficPolicy: trafficPolicyOf(facts),
        loadBalancerIP: "",
      },
    },
  };
}
