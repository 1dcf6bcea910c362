import { z } from "zod";
import { apiLoadBalancerFields } from "../../config/sections/api-load-balancers";
import { clientFileMistake } from "../../config/sections/kubernetes/distribution";
import { guestName, hostKey, ipAddress, ipv6, nodeName } from "../../config/sections/network";
import { writtenCaMistake } from "../../config/sections/owned-paths";
import { withDefaults } from "../../config/sections/profiles";
import type { Finding } from "../../model/finding";
import { judgeMasterPlacement } from "../../model/haproxy/api-masters";
import { judgeCaExpiry } from "../../model/haproxy/ca-expiry";
import {
  type DistributionSettings,
  judgeDistribution,
  secondPortOf,
} from "../../model/kubernetes/distribution";
import { withPort } from "../../model/network/address";
import { judgeFamilies } from "../../model/network/families";
import {
  judgeKubernetesNetworks,
  type KubernetesHost,
  type KubernetesNetworks,
} from "../../model/network/kubernetes-networks";
import { addressOf } from "../../model/text";
import { virtualAddresses } from "../../model/vrrp/group";
import type { KubeadmCluster } from "../../templates/kubeadm/kubeadm";
import {
  drainPortProblems,
  exporterPortProblems,
  inputText,
  sshSchema,
  vrrpArgs,
} from "../shared/args-schema";

const {
  port,
  distribution,
  disable,
  apiCheck,
  supervisorPort,
  talosPort,
  caFile,
  caCertificate,
  stats,
  management,
  kubeadm,
} = apiLoadBalancerFields;

/** A host of the cluster; its key is needed only where this stack logs in to it. */
const clusterHostSchema = z
  .strictObject({
    name: guestName.describe("Name of the host."),
    address: ipAddress.describe("Its address, IPv4 or IPv6."),
    address6: ipv6
      .optional()
      .describe("Its IPv6 address beside an IPv4 one. Default: it has one family."),
    node: nodeName.describe("Proxmox node that carries it."),
    hostKey: hostKey
      .optional()
      .describe("Pinned SSH host key. Default: none; it is needed with `kubeadm.join`."),
  })
  .describe("A host of the cluster.");

/** The arguments of `KeepalivedLb`, and what must hold among them. */
export const lbArgsSchema = z
  .strictObject({
    ...vrrpArgs,
    port,
    masters: z
      .array(clusterHostSchema)
      .describe("API servers; an odd number, so that etcd has a majority."),
    workers: z.array(clusterHostSchema).default([]).describe("Worker machines; pods run there."),
    distribution,
    disable,
    apiCheck,
    supervisorPort,
    talosPort,
    caFile,
    caCertificate,
    stats,
    management,
    kubeadm,
    ssh: sshSchema,
    statsPassword: inputText
      .optional()
      .describe("Password of the statistics page and the metrics. Default: none: it is refused."),
    clientCertificate: inputText
      .optional()
      .describe(
        "Client certificate with its key, PEM, for `apiCheck.clientCertificateFile`. Default: it is put there by other means.",
      ),
  })
  .superRefine((facts, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if (facts.masters.length % 2 === 0) {
      problem(
        ["masters"],
        `found ${facts.masters.length} masters, expected an odd number, because an even one survives no more losses than one less; add or remove one`,
      );
    }
    const hosts = [
      ...facts.masters.map((host, index) => ({ host, path: ["masters", index] })),
      ...facts.workers.map((host, index) => ({ host, path: ["workers", index] })),
    ];
    hosts.forEach(({ host, path }, at) => {
      // A master that carries pods as well stands in both lists, and is one host.
      const same = ({ host: other }: (typeof hosts)[number]) =>
        other.name === host.name && other.address === host.address;
      const count = facts.masters.length;
      const asWorker =
        at >= count && hosts.slice(0, count).some(same) && !hosts.slice(count, at).some(same);
      for (const key of asWorker ? [] : (["name", "address"] as const)) {
        if (hosts.findIndex((other) => other.host[key] === host[key]) === at) continue;
        const each = path[0] === "masters" ? "each master" : "each worker and master";
        problem(
          [...path, key],
          `found "${host[key]}" a second time, expected a different ${key} for ${each}; correct it`,
        );
      }
      if (facts.kubeadm.join && host.hostKey === undefined) {
        problem(
          [...path, "hostKey"],
          `missing, but kubeadm runs on "${host.name}" over SSH; state its host key, or leave out kubeadm.join`,
        );
      }
    });
    if (facts.stats.port === facts.port) {
      problem(["stats", "port"], `found ${facts.port}, the port of the API; choose another one`);
    }
    const second = secondPortOf(facts);
    for (const message of drainPortProblems(facts, {
      port: facts.port,
      "stats.port": facts.stats.port,
      ...(second !== undefined && { [second.key]: second.port }),
    })) {
      problem(["drainPort"], message);
    }
    for (const message of exporterPortProblems(facts.monitoring, {
      port: facts.port,
      "stats.port": facts.stats.port,
      ...(second !== undefined && { [second.key]: second.port }),
    })) {
      problem(["monitoring", "exporterPort"], message);
    }
    if (facts.clientCertificate !== undefined) {
      const mistake = clientFileMistake(facts.apiCheck?.clientCertificateFile);
      if (mistake !== undefined) problem(["apiCheck", "clientCertificateFile"], mistake);
    }
    if (facts.kubeadm.join && facts.caCertificate !== undefined) {
      problem(
        ["caCertificate"],
        "found one, but with kubeadm.join it is taken from the first master; remove it",
      );
    }
    if (facts.kubeadm.join || facts.caCertificate !== undefined) {
      const mistake = writtenCaMistake(facts.caFile);
      if (mistake !== undefined) problem(["caFile"], mistake);
    }
  })
  .transform(withDefaults);

/** The checked facts of a load balancer, with every number in place. */
export type ApiFacts = Omit<
  z.output<typeof lbArgsSchema>,
  "ssh" | "statsPassword" | "clientCertificate"
>;

/**
 * What the model says of the control plane. A cluster that this stack puts together must survive
 * any one node; of one that runs already it is only told.
 */
export function judgeApi(
  facts: {
    vip: string;
    version: 2 | 3;
    masters: readonly (KubernetesHost & { node: string })[];
    caCertificate?: string | undefined;
    workers: readonly KubernetesHost[];
    kubeadm: KubernetesNetworks & { join: boolean; version?: string | undefined };
  } & DistributionSettings,
): Finding[] {
  return [
    ...judgeDistribution(facts),
    ...judgeFamilies({ ...facts, vip6: undefined, members: [] }),
    ...judgeKubernetesNetworks(facts.kubeadm, facts),
    ...judgeMasterPlacement(facts.masters, facts.kubeadm.join ? "error" : "warning"),
    ...(facts.caCertificate === undefined ? [] : judgeCaExpiry(facts.caCertificate, new Date())),
  ];
}

/** The masters; one that is a worker as well carries pods. */
export function mastersOf({ masters, workers }: ApiFacts) {
  const both = new Set(workers.map(({ name }) => name));
  return masters.map((host) => (both.has(host.name) ? { ...host, runsPods: true } : host));
}

/** The workers that are no masters. */
export function workersOf({ masters, workers }: ApiFacts) {
  const both = new Set(masters.map(({ name }) => name));
  return workers.filter(({ name }) => !both.has(name));
}

/** `address:port` that clients use; IPv6 in brackets. */
export function endpointOf(facts: ApiFacts): string {
  return withPort(addressOf(facts.vip), facts.port);
}

/** Names and addresses under which clients meet the API: the virtual address, and each balancer's own. */
export function sansOf(facts: ApiFacts): string[] {
  return [
    ...virtualAddresses(facts),
    ...facts.members.map(({ address }) => address),
    ...facts.kubeadm.extraSans,
  ];
}

/** What kubeadm is told of the cluster. */
export function kubeadmOf(name: string, facts: ApiFacts): KubeadmCluster {
  const { version, podSubnet, podSubnet6, serviceSubnet, serviceSubnet6 } = facts.kubeadm;
  const both = (...networks: (string | undefined)[]) =>
    networks.filter((network) => network !== undefined).join(",");
  return {
    name,
    endpoint: endpointOf(facts),
    certificateSans: sansOf(facts),
    version,
    podSubnet: both(podSubnet, podSubnet6),
    serviceSubnet: both(serviceSubnet, serviceSubnet6),
  };
}
