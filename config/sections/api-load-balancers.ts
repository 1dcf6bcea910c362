import { z } from "zod";
import {
  apiCheckField,
  disableField,
  distributionField,
  kubernetesContextField,
  secondPortFields,
} from "./kubernetes/distribution";
import { cidr, cidr6, hostname, ipAddress, name, port, shown } from "./network";
import { caPath } from "./owned-paths";
import { caCertificate } from "./pem";
import { withDefaults } from "./profiles";
import { hostSchema, leavingField, membersField, statedVrrpFields } from "./vrrp";

/** What kubeadm is told, and whether this stack runs it. */
export const kubeadmSchema = z
  .strictObject({
    join: z
      .boolean()
      .default(false)
      .describe(
        "Whether this stack runs kubeadm over SSH: `init` on the first master, then the other masters one after the other, then the workers. Nodes that have joined are left alone, and none is ever reset.",
      ),
    version: z
      .string()
      .regex(/^v1\.(3[1-9]|[4-9]\d)\.\d+$/, {
        error: (issue) =>
          `found ${shown(issue.input)}, expected a release of Kubernetes from v1.31.0, the first that reads kubeadm.k8s.io/v1beta4; write e.g. v1.34.4`,
      })
      .optional()
      .describe("Release of Kubernetes. Default: that of the kubeadm on the first master."),
    podSubnet: cidr.default("10.244.0.0/16").describe("Network of the pods, IPv4 or IPv6."),
    podSubnet6: cidr6
      .optional()
      .describe("IPv6 network of the pods of a cluster of both families. Default: it has one."),
    serviceSubnet: cidr
      .default("10.96.0.0/12")
      .describe("Network of the Services, of the family of the masters' addresses."),
    serviceSubnet6: cidr6
      .optional()
      .describe("IPv6 network of the Services of a cluster of both families. Default: it has one."),
    extraSans: z
      .array(z.union([ipAddress, hostname]))
      .default([])
      .describe("More names or addresses under which clients meet the API, for its certificate."),
  })
  .prefault({});

const sectionSchema = z.strictObject({
  ...statedVrrpFields,
  members: membersField,
  leaving: leavingField,
  port: port.default(6443).describe("Port of the virtual address and of the API servers."),
  masters: z
    .array(hostSchema)
    .min(1)
    .describe("API servers; an odd number, so that etcd has a majority."),
  workers: z
    .array(hostSchema)
    .default([])
    .describe("Worker machines and the nodes that carry them; pods run there."),
  distribution: distributionField,
  disable: disableField,
  kubernetesContext: kubernetesContextField,
  apiCheck: apiCheckField,
  ...secondPortFields,
  caFile: caPath
    .default("/etc/haproxy/kubernetes-ca.crt")
    .describe(
      "Certificate of the cluster's CA on the load balancers; the health check verifies against it.",
    ),
  caCertificate: caCertificate
    .optional()
    .describe(
      "The certificate itself, from a master; written to `caFile`. kubeadm: /etc/kubernetes/pki/ca.crt; k3s and RKE2: /var/lib/rancher/<k3s or rke2>/server/tls/server-ca.crt; Talos: cluster.ca.crt of its machine configuration. Default: it is put there by other means.",
    ),
  stats: z
    .strictObject({
      port: port.default(8404).describe("Port of the page."),
      user: name.default("stats").describe("User of the page."),
      address: ipAddress
        .optional()
        .describe("Address that the page is served on. Default: each member's own."),
    })
    .prefault({})
    .describe(
      "Statistics page and Prometheus metrics. The password is the secret `homelab:secrets.statsPasswords.<name>`.",
    ),
  management: z
    .array(cidr)
    .default([])
    .describe(
      "Networks of people and monitoring; HAProxy refuses its statistics to all others. Default: anybody who knows the password.",
    ),
  kubeadm: kubeadmSchema.describe("What kubeadm is told, and whether this stack runs it."),
});

/** The fields of a load balancer, for the component. */
export const apiLoadBalancerFields = sectionSchema.shape;

/** HAProxy and keepalived in front of the API servers of one cluster. */
export const apiLoadBalancerSchema = sectionSchema.transform(withDefaults);
