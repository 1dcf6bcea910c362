import { z } from "zod";
import {
  CONTROLLERS,
  chartServiceOf,
  type StatedIngress,
} from "../../model/kubernetes/ingress-controller";
import { pageUrl } from "../../model/pages";
import { cidr, count, ipAddress, ipv6, name, port, shown } from "./network";

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
const labelName = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const labelPrefix = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\//;

const labelKey = z.string().refine((key) => labelName.test(key.replace(labelPrefix, "")), {
  error: ({ input }) =>
    `found ${shown(input)}, expected the key of a label as Kubernetes takes it; write e.g. app.kubernetes.io/name`,
});
const labelValue = z.string().refine((value) => value === "" || labelName.test(value), {
  error: ({ input }) =>
    `found ${shown(input)}, expected the value of a label as Kubernetes takes it: at most 63 letters, digits, hyphens, underscores and dots; copy it from \`kubectl get pods --show-labels\``,
});

/** The Kubernetes Service of an ingress controller on an address of its own. */
export const kubernetesIngressSchema = z.strictObject({
  namespace: name.describe("Namespace of the ingress controller."),
  controller: z
    .enum(CONTROLLERS)
    .optional()
    .describe(
      "What answers behind the address: it decides the ports, the labels and the Helm values; `other` for one that is not listed. Default: `traefik`.",
    ),
  address: ipAddress.describe("Dedicated address, inside `pool`; IPv4 or IPv6."),
  address6: ipv6
    .optional()
    .describe(
      "Dedicated IPv6 address of a Service of both families, inside the `range6` of `pool`. Default: the Service has one family.",
    ),
  pool: z
    .string()
    .regex(/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, {
      error: (issue) =>
        typeof issue.input === "string" && !issue.input.includes(".")
          ? `found ${shown(issue.input)}, expected <segment>.<pool>; put the segment of cluster.segments before it, e.g. lan.${issue.input}`
          : `found ${shown(issue.input)}, expected <segment>.<pool>; name a pool of cluster.segments`,
    })
    .describe("Pool of addresses of Services: `<segment>.<pool>` of `cluster.segments`."),
  selector: z
    .record(labelKey, labelValue)
    .optional()
    .describe(
      "Labels of the controller's pods; required with `controller: other`, none with `cilium`. Default: those that the chart of the controller gives them, whatever its release is called.",
    ),
  replicas: count("replicas", 2, 50)
    .default(3)
    .describe("Pods of the controller, on different machines."),
  minAvailable: count("pods", 1, 50).default(2).describe("Pods that a drain must leave running."),
  cluster: name.describe(
    "Kubernetes cluster, as named in `apiLoadBalancers` or `kubernetes`: its workers carry the pods.",
  ),
  targetPorts: z
    .strictObject({
      web: port.optional().describe("Behind 80/TCP. Default: 8000 for Traefik, else 80."),
      websecure: port
        .optional()
        .describe(
          "Behind 443/TCP, and 443/UDP where the controller has HTTP/3. Default: 8443 for Traefik, else 443.",
        ),
    })
    .prefault({})
    .describe("Container ports behind 80 and 443."),
  variant: z
    .enum(["beside", "chart"])
    .default("beside")
    .describe(
      `Which Service has the address: \`beside\`, one of this stack beside the one of the controller's chart; \`chart\`, the chart's own, through the values that the stack puts out. See ${pageUrl("kubernetes-ingress.md")}.`,
    ),
  chartService: name
    .optional()
    .describe(
      "Name of the chart's own Service, for the variant `chart`. Default: that of the controller's chart, e.g. `traefik` of a release of that name.",
    ),
  trafficPolicy: z
    .enum(["Local", "Cluster"])
    .optional()
    .describe(
      "`externalTrafficPolicy`: `Local` keeps the client's address, and needs an announcer that looks at where the pods are; `Cluster` takes requests on any node. Default: `Local` with MetalLB and with `announcement: bgp` of the pool, else `Cluster`.",
    ),
  allowlist: z.array(cidr).default([]).describe("Networks that CrowdSec must never ban."),
});

/** Name of the Service that has the address, inside its namespace. */
export function serviceName(
  ingress: string,
  stated: Pick<StatedIngress, "variant" | "controller" | "chartService">,
): string {
  return stated.variant === "chart" ? chartServiceOf(stated) : ingress;
}

/** Why a name of the chart's Service is a mistake where the Service stands beside it. */
export function chartServiceUnused(found: string): string {
  return `found ${JSON.stringify(found)}, which only the variant chart reads; remove it, or write variant: chart`;
}
