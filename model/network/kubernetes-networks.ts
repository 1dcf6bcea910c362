import type { Finding } from "../finding";
import { familyOf } from "./address";
import { rangesOverlap } from "./address-ranges";
import { mixedFamilies } from "./families";

/** The networks that kubeadm is told. */
export interface KubernetesNetworks {
  podSubnet: string;
  podSubnet6?: string | undefined;
  serviceSubnet: string;
  serviceSubnet6?: string | undefined;
}

/** A host of the cluster. */
export interface KubernetesHost {
  name: string;
  address: string;
  address6?: string | undefined;
}

/** Prefix length of the piece of the pods' IPv6 network that each node gets by default. */
const NODE_PREFIX = 64;

/**
 * What kubeadm and the API server refuse of IPv6 networks; those of IPv4 are as they always were.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/cmd/kubeadm/app/apis/kubeadm/validation/validation.go `ValidateNetworking`
 */
export function judgeKubernetesNetworks(
  networks: KubernetesNetworks,
  hosts: { masters: readonly KubernetesHost[]; workers: readonly KubernetesHost[] },
): Finding[] {
  const { podSubnet, podSubnet6, serviceSubnet, serviceSubnet6 } = networks;
  const error = (path: Finding["path"], message: string, fix: string): Finding => ({
    ...{ rule: "kubernetes-network", path, message, fix, severity: "error" },
  });
  const findings: Finding[] = [];
  const add = (...one: Parameters<typeof error>) => findings.push(error(...one));
  for (const key of ["podSubnet", "serviceSubnet"] as const) {
    const why = mixedFamilies(networks[key], networks[`${key}6`], key);
    const [message = "", fix = ""] = why?.split("; ") ?? [];
    if (why !== undefined) add(["kubeadm", `${key}6`], message, fix);
  }
  if ((podSubnet6 === undefined) !== (serviceSubnet6 === undefined)) {
    const [has, lacks] =
      podSubnet6 === undefined
        ? ["serviceSubnet6", "podSubnet6"]
        : ["podSubnet6", "serviceSubnet6"];
    add(
      ["kubeadm", lacks],
      `missing beside ${has}: kubeadm takes both or none`,
      "state it as well",
    );
  }
  if (familyOf(podSubnet) !== familyOf(serviceSubnet)) {
    add(
      ["kubeadm", "podSubnet"],
      `found ${podSubnet} with the serviceSubnet ${serviceSubnet}, so Services would have no pods of their family`,
      "state both of one family",
    );
  }
  for (const [key, network] of Object.entries(networks)) {
    if (typeof network !== "string" || familyOf(network) !== 6) continue;
    const prefix = Number(network.split("/")[1]);
    if (key.startsWith("serviceSubnet") && prefix < 108) {
      add(
        ["kubeadm", key],
        `found ${network}, which kubeadm refuses as too large`,
        "use /108 to /124",
      );
    }
    if (key.startsWith("podSubnet") && (prefix > NODE_PREFIX || prefix < NODE_PREFIX - 16)) {
      add(
        ["kubeadm", key],
        `found ${network}, of which each node gets a /${NODE_PREFIX}, and kubeadm takes 16 bits for them at most`,
        `use /${NODE_PREFIX - 16} to /${NODE_PREFIX}, e.g. /56`,
      );
    }
  }
  if (rangesSix(networks).some(([one, other]) => rangesOverlap(one, other))) {
    add(["kubeadm", "serviceSubnet"], "overlaps the network of the pods", "make them disjoint");
  }
  for (const [index, { name, address }] of hosts.masters.entries()) {
    if (familyOf(address) === familyOf(serviceSubnet)) continue;
    add(
      ["masters", index, "address"],
      `"${name}" is reached at ${address}, and the serviceSubnet ${serviceSubnet} is IPv${familyOf(serviceSubnet)}: the API server refuses to start with an address of another family`,
      "state serviceSubnet and podSubnet of the family of the masters",
    );
  }
  if (serviceSubnet6 === undefined) return findings;
  for (const role of ["masters", "workers"] as const) {
    for (const [index, { name, address6 }] of hosts[role].entries()) {
      if (address6 !== undefined) continue;
      add(
        [role, index, "address6"],
        `missing: the cluster has both families and "${name}" has one address`,
        "state address6 of each master and worker",
      );
    }
  }
  return findings;
}

/** Pairs of networks of IPv6 that must not meet. */
function rangesSix({ podSubnet, podSubnet6, serviceSubnet, serviceSubnet6 }: KubernetesNetworks) {
  const six = (...networks: (string | undefined)[]) =>
    networks.flatMap((one) => (one !== undefined && familyOf(one) === 6 ? [one] : []));
  return six(podSubnet, podSubnet6).flatMap((pod) =>
    six(serviceSubnet, serviceSubnet6).map((service) => [pod, service] as const),
  );
}
