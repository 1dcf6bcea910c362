import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import {
  clusterConfiguration,
  initConfiguration,
  joinConfiguration,
} from "../../../templates/kubeadm/kubeadm";

const cluster = {
  name: "k8s-api",
  endpoint: "192.168.56.100:6443",
  certificateSans: ["192.168.56.100", "192.168.56.5", "api.example.org"],
  version: "v1.34.4",
  podSubnet: "10.244.0.0/16",
  serviceSubnet: "10.96.0.0/12",
};
const node = { name: "master-2", address: "192.168.56.11" };

test("kubeadm gets the virtual address as endpoint and every name in the certificate", () => {
  expect(clusterConfiguration(cluster)).toMatchInlineSnapshot(`
    "apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    clusterName: k8s-api
    kubernetesVersion: v1.34.4
    controlPlaneEndpoint: 192.168.56.100:6443
    apiServer:
      certSANs:
        - 192.168.56.100
        - 192.168.56.5
        - api.example.org
      extraArgs:
        - name: shutdown-delay-duration
          value: 10s
    networking:
      podSubnet: 10.244.0.0/16
      serviceSubnet: 10.96.0.0/12
    "
  `);
});

test("the first master starts with its own address and a token that ends soon", () => {
  const [, init] = parseAllDocuments(initConfiguration(cluster, node)).map((one) => one.toJS());
  expect(init).toMatchInlineSnapshot(`
    {
      "apiVersion": "kubeadm.k8s.io/v1beta4",
      "bootstrapTokens": [
        {
          "ttl": "15m0s",
        },
      ],
      "kind": "InitConfiguration",
      "localAPIEndpoint": {
        "advertiseAddress": "192.168.56.11",
        "bindPort": 6443,
      },
      "nodeRegistration": {
        "kubeletExtraArgs": [
          {
            "name": "node-ip",
            "value": "192.168.56.11",
          },
        ],
        "name": "master-2",
      },
    }
  `);
});

test("a master joins with an API server of its own, a worker without", () => {
  expect(joinConfiguration(cluster, node, "control-plane")).toMatchInlineSnapshot(`
    "apiVersion: kubeadm.k8s.io/v1beta4
    kind: JoinConfiguration
    discovery:
      bootstrapToken:
        apiServerEndpoint: 192.168.56.100:6443
        token: TOKEN
        caCertHashes:
          - CA_CERT_HASH
    nodeRegistration:
      name: master-2
      kubeletExtraArgs:
        - name: node-ip
          value: 192.168.56.11
    controlPlane:
      localAPIEndpoint:
        advertiseAddress: 192.168.56.11
        bindPort: 6443
      certificateKey: CERTIFICATE_KEY
    "
  `);
  expect(joinConfiguration(cluster, node, "worker")).not.toContain("controlPlane:");
});

test("a stopping API server serves for longer than HAProxy takes to leave it", () => {
  // Two checks of 1 s and 0.5 s, the second of which takes its whole timeout of 2 s.
  const delay = /shutdown-delay-duration\n\s+value: (\d+)s/.exec(
    clusterConfiguration(cluster),
  )?.[1];
  expect(Number(delay)).toBeGreaterThan(1 + 0.5 + 2);
});
