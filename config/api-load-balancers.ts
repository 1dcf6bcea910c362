import { z } from "zod";
import { absolutePath, ipv4, name, port } from "./network";
import { hostSchema, membersField, vrrpFields } from "./vrrp";

/** HAProxy and keepalived in front of the API servers of one kubeadm cluster. */
export const apiLoadBalancerSchema = z.strictObject({
  ...vrrpFields,
  members: membersField,
  port: port.default(6443),
  /** API servers; an odd number, so that etcd has a majority. */
  masters: z.array(hostSchema).min(1),
  workers: z.array(hostSchema).default([]),
  /** Certificate of the cluster's CA on the load balancers; the health check verifies against it. */
  caFile: absolutePath.default("/etc/haproxy/kubernetes-ca.crt"),
  /** Statistics page and Prometheus metrics. The password is the secret `homelab:secrets.statsPasswords.<name>`. */
  stats: z
    .strictObject({
      port: port.default(8404),
      user: name.default("stats"),
      /** @default each member's own address */ address: ipv4.optional(),
    })
    .prefault({}),
});
