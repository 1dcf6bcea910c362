import { stringify } from "yaml";

/** Version of kubeadm's configuration; Kubernetes 1.31 and later read it. */
const API_VERSION = "kubeadm.k8s.io/v1beta4";

/** What kubeadm has to know of a cluster. */
export interface KubeadmCluster {
  name: string;
  /** `address:port` that every client uses, the virtual one; IPv6 in brackets. */
  endpoint: string;
  /** Names and addresses under which clients meet the API, beside each master's own. */
  certificateSans: readonly string[];
  /** e.g. `v1.34.4`. @default the release of the kubeadm on the host */
  version?: string | undefined;
  /** Network of the pods, with a comma between two families. */
  podSubnet: string;
  /** Network of the Services, written likewise. */
  serviceSubnet: string;
}

/** A host of the cluster. */
export interface KubeadmNode {
  name: string;
  address: string;
  /** Its IPv6 address in a cluster of both families. @default the cluster has one */
  address6?: string | undefined;
  /** Whether a master carries pods as well, without the taint that keeps them away. @default false */
  runsPods?: boolean;
}

/**
 * Seconds for which a stopping API server serves on while `/readyz` already fails: longer than
 * HAProxy takes to see it (two checks, one of which may take its whole timeout).
 */
export const SHUTDOWN_DELAY_SEC = 10;

/** `ClusterConfiguration` as YAML; the same for every master. */
export function clusterConfiguration(cluster: KubeadmCluster): string {
  return stringify({
    apiVersion: API_VERSION,
    kind: "ClusterConfiguration",
    clusterName: cluster.name,
    ...(cluster.version !== undefined && { kubernetesVersion: cluster.version }),
    controlPlaneEndpoint: cluster.endpoint,
    apiServer: {
      certSANs: [...cluster.certificateSans],
      extraArgs: [{ name: "shutdown-delay-duration", value: `${SHUTDOWN_DELAY_SEC}s` }],
    },
    networking: { podSubnet: cluster.podSubnet, serviceSubnet: cluster.serviceSubnet },
  });
}

/** Everything for `kubeadm init --config` on the first master. */
export function initConfiguration(cluster: KubeadmCluster, first: KubeadmNode): string {
  const init = stringify({
    apiVersion: API_VERSION,
    kind: "InitConfiguration",
    // kubeadm makes one in any case, and by default it lives for a day; nobody uses it.
    bootstrapTokens: [{ ttl: "15m0s" }],
    localAPIEndpoint: { advertiseAddress: first.address, bindPort: 6443 },
    nodeRegistration: registration(first, cluster),
  });
  return `${clusterConfiguration(cluster)}---\n${init}`;
}

/**
 * `JoinConfiguration` without its secrets: what stands for them is filled in on the host at the
 * moment of the join. A certificate key expires after two hours and a token after its time to live.
 *
 * @param role a master brings an API server of its own
 */
export function joinConfiguration(
  cluster: KubeadmCluster,
  node: KubeadmNode,
  role: "control-plane" | "worker",
): string {
  return stringify({
    apiVersion: API_VERSION,
    kind: "JoinConfiguration",
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: cluster.endpoint,
        token: "TOKEN",
        caCertHashes: ["CA_CERT_HASH"],
      },
    },
    nodeRegistration: registration(node, cluster),
    ...(role === "control-plane" && {
      controlPlane: {
        localAPIEndpoint: { advertiseAddress: node.address, bindPort: 6443 },
        certificateKey: "CERTIFICATE_KEY",
      },
    }),
  });
}

/** With two networks kubelet would take the address of the default route. */
function registration(
  { name, address, address6, runsPods = false }: KubeadmNode,
  { podSubnet }: KubeadmCluster,
) {
  // A cluster of one family refuses a node with two.
  const both = podSubnet.includes(",") && address6 !== undefined;
  const value = both ? `${address},${address6}` : address;
  return {
    name,
    // kubeadm taints a master unless it is given a list of taints, if an empty one.
    ...(runsPods && { taints: [] }),
    kubeletExtraArgs: [{ name: "node-ip", value }],
  };
}
