import { z } from "zod";
import { absolutePath, ipv4, name, port } from "./network";
import { caCertificate } from "./pem";
import { settled } from "./profiles";
import { hostSchema, membersField, vrrpFields } from "./vrrp";

const sectionSchema = z.strictObject({
  ...vrrpFields,
  members: membersField,
  port: port.default(6443).describe("Port of the virtual address and of the API servers."),
  masters: z
    .array(hostSchema)
    .min(1)
    .describe("API servers; an odd number, so that etcd has a majority."),
  workers: z
    .array(hostSchema)
    .default([])
    .describe("Worker machines and the nodes that carry them; pods run there."),
  caFile: absolutePath
    .default("/etc/haproxy/kubernetes-ca.crt")
    .describe(
      "Certificate of the cluster's CA on the load balancers; the health check verifies against it.",
    ),
  caCertificate: caCertificate
    .optional()
    .describe(
      "The certificate itself, from /etc/kubernetes/pki/ca.crt of a master; written to `caFile`. Default: it is put there by other means.",
    ),
  stats: z
    .strictObject({
      port: port.default(8404).describe("Port of the page."),
      user: name.default("stats").describe("User of the page."),
      address: ipv4
        .optional()
        .describe("Address that the page is served on. Default: each member's own."),
    })
    .prefault({})
    .describe(
      "Statistics page and Prometheus metrics. The password is the secret `homelab:secrets.statsPasswords.<name>`.",
    ),
});

/** The fields of a load balancer, for the component. */
export const apiLoadBalancerFields = sectionSchema.shape;

/** HAProxy and keepalived in front of the API servers of one kubeadm cluster. */
export const apiLoadBalancerSchema = sectionSchema.transform(settled);
