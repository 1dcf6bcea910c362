import { z } from "zod";
import { cidr, count, ipv4, name, port } from "./network";

/** Traefik's Kubernetes Service on an address of its own, announced by MetalLB. */
export const kubernetesIngressSchema = z.strictObject({
  namespace: name,
  /** Dedicated address, inside `pool`. */
  address: ipv4,
  /** MetalLB pool: `<segment>.<pool>` of `cluster.segments`. */
  pool: z.string().regex(/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, {
    error: (issue) =>
      `found ${JSON.stringify(issue.input)}, expected <segment>.<pool>; name a pool of cluster.segments`,
  }),
  /** Labels of Traefik's pods. */
  selector: z.record(z.string(), z.string()),
  replicas: count("replicas", 1, 50).default(3),
  minAvailable: count("pods", 1, 50).default(2),
  /** Kubernetes cluster, as named in `apiLoadBalancers`: its workers carry the pods. */
  cluster: name,
  /** Container ports behind 80/TCP, 443/TCP and 443/UDP. */
  targetPorts: z
    .strictObject({ web: port.default(8000), websecure: port.default(8443) })
    .prefault({}),
  /** Networks that CrowdSec must never ban. */
  allowlist: z.array(cidr).default([]),
});
