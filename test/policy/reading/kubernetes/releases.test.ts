import { expect, test } from "vitest";
import type { ObservedResource } from "../../../../policy/rule";
import { vipCollision } from "../../../../policy/rules/addresses";
import { loadBalancerService } from "../../../../policy/rules/load-balancer-service";
import { reported } from "../../reported";
import { pair, resource } from "../../resources";

const release = (chart: string, values: object) =>
  resource("kubernetes:helm.sh/v3:Release", "edge", { chart, namespace: "edge", values });
const k3s = (valuesContent: string) =>
  resource("kubernetes:helm.cattle.io/v1:HelmChartConfig", "edge", {
    metadata: { name: "traefik", namespace: "kube-system" },
    spec: { valuesContent },
  });
const local = { spec: { externalTrafficPolicy: "Local" } };
const nginx = (service: object, more: object = {}) =>
  release("ingress-nginx", { controller: { service, ...more } });
const asked = { annotations: { "metallb.io/loadBalancerIPs": "192.168.1.101" } };

test.each<[string, ObservedResource, number]>([
  ["Traefik with one pod", release("traefik", { service: local }), 1],
  ["Traefik from a registry", release("oci://ghcr.io/traefik/helm/traefik", { service: local }), 1],
  [
    "Traefik with two pods and no budget",
    release("traefik", { service: local, deployment: { replicas: 2 } }),
    1,
  ],
  [
    "Traefik with two pods and a budget",
    release("traefik", {
      service: local,
      deployment: { replicas: 2 },
      podDisruptionBudget: { enabled: true },
    }),
    0,
  ],
  [
    "Traefik on every node",
    release("traefik", { service: local, deployment: { kind: "DaemonSet" } }),
    0,
  ],
  ["Traefik for the whole cluster", release("traefik", {}), 0],
  ["Traefik inside alone", release("traefik", { service: { ...local, type: "ClusterIP" } }), 0],
  ["ingress-nginx with one pod", nginx({ externalTrafficPolicy: "Local" }), 1],
  ["ingress-nginx with two", nginx({ externalTrafficPolicy: "Local" }, { replicaCount: 2 }), 0],
  [
    "the Traefik of k3s with one pod",
    k3s("service:\n  spec:\n    externalTrafficPolicy: Local\n"),
    1,
  ],
  ["the Traefik of k3s", k3s("logs: {}\n"), 0],
])("a Service of %s", async (_, one, findings) => {
  expect(await reported(loadBalancerService, [one])).toHaveLength(findings);
});

test.each([
  ["an annotation", release("traefik", { service: asked })],
  [
    "loadBalancerIP",
    release("traefik", { service: { spec: { loadBalancerIP: "192.168.1.101" } } }),
  ],
  ["loadBalancerIP of ingress-nginx", nginx({ loadBalancerIP: "192.168.1.101" })],
  ["externalIPs", nginx({ externalIPs: ["192.168.1.101"] })],
  ["k3s", k3s("service:\n  spec:\n    loadBalancerIP: 192.168.1.101\n")],
])("a release that takes a virtual address by %s collides with its pair", async (_, one) => {
  expect(await reported(vipCollision, [pair(), one])).toEqual([
    expect.stringContaining("[mandatory] vip-collision"),
  ]);
  expect(await reported(vipCollision, [one])).toEqual([]);
});
