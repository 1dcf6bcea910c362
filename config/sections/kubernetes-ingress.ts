import { z } from "zod";
import { pageUrl } from "../../model/pages";
import { cidr, count, ipAddress, ipv6, name, port } from "./network";

/** Traefik's Kubernetes Service on an address of its own, announced by MetalLB. */
export const kubernetesIngressSchema = z.strictObject({
  namespace: name.describe("Namespace of Traefik."),
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
        `found ${JSON.stringify(issue.input)}, expected <segment>.<pool>; name a pool of cluster.segments`,
    })
    .describe("MetalLB pool: `<segment>.<pool>` of `cluster.segments`."),
  selector: z.record(z.string(), z.string()).describe("Labels of Traefik's pods."),
  replicas: count("replicas", 2, 50).default(3).describe("Traefik pods, on different machines."),
  minAvailable: count("pods", 1, 50).default(2).describe("Pods that a drain must leave running."),
  cluster: name.describe(
    "Kubernetes cluster, as named in `apiLoadBalancers` or `kubernetes`: its workers carry the pods.",
  ),
  targetPorts: z
    .strictObject({
      web: port.default(8000).describe("Behind 80/TCP."),
      websecure: port.default(8443).describe("Behind 443/TCP and 443/UDP."),
    })
    .prefault({})
    .describe("Container ports behind 80/TCP, 443/TCP and 443/UDP."),
  variant: z
    .enum(["beside", "chart"])
    .default("beside")
    .describe(
      `Which Service has the address: \`beside\`, one of this stack beside the one of Traefik's chart; \`chart\`, the chart's own, through the values that the stack puts out. See ${pageUrl("kubernetes-ingress.md")}.`,
    ),
  chartService: name
    .optional()
    .describe(
      "Name of the chart's own Service, for the variant `chart`. Default: `traefik`, as of a release of that name.",
    ),
  allowlist: z.array(cidr).default([]).describe("Networks that CrowdSec must never ban."),
});

/** Name of the Service that has the address, inside its namespace. */
export function serviceName(
  ingress: string,
  { variant, chartService }: { variant: "beside" | "chart"; chartService?: string | undefined },
): string {
  return variant === "chart" ? (chartService ?? "traefik") : ingress;
}

/** Why a name of the chart's Service is a mistake where the Service stands beside it. */
export function chartServiceUnused(found: string): string {
  return `found ${JSON.stringify(found)}, which only the variant chart reads; remove it, or write variant: chart`;
}
