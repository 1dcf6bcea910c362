import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { Controller } from "../../../model/kubernetes/ingress-controller";
import {
  ingressValues,
  ingressValuesAfterMove,
} from "../../../templates/kubernetes/ingress-values";

const values = (controller: Controller, variant: "beside" | "chart") => ({
  name: "edge-lb",
  namespace: "edge",
  address: "10.0.20.203",
  selector: { app: "edge" },
  replicas: 3,
  minAvailable: 2,
  targetPorts: { web: 80, websecure: 443 },
  controller,
  variant,
  announcedBy: "kube-vip" as const,
});

test("ingress-nginx gets its budget from its own chart, and no HTTP/3", () => {
  expect(stringify(ingressValues(values("ingress-nginx", "beside")))).toMatchInlineSnapshot(`
    "controller:
      kind: Deployment
      replicaCount: 3
      minAvailable: 2
      topologySpreadConstraints:
        - topologyKey: kubernetes.io/hostname
          maxSkew: 1
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels:
              app: edge
          matchLabelKeys:
            - pod-template-hash
          nodeTaintsPolicy: Honor
      containerPort:
        http: 80
        https: 443
    "
  `);
});

test("the chart's own Service of haproxy-ingress gets the address", () => {
  expect(stringify(ingressValues(values("haproxy-ingress", "chart")))).toMatchInlineSnapshot(`
    "controller:
      kind: Deployment
      replicaCount: 3
      minAvailable: 0
      topologySpreadConstraints:
        - topologyKey: kubernetes.io/hostname
          maxSkew: 1
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels:
              app: edge
          matchLabelKeys:
            - pod-template-hash
          nodeTaintsPolicy: Honor
      containerPorts:
        http: 80
        https: 443
      service:
        enabled: true
        type: LoadBalancer
        annotations:
          kube-vip.io/loadbalancerIPs: 10.0.20.203
          metallb.io/allow-shared-ip: ""
          metallb.io/address-pool: ""
          metallb.universe.tf/loadBalancerIPs: ""
          metallb.universe.tf/allow-shared-ip: ""
          metallb.universe.tf/address-pool: ""
        externalTrafficPolicy: Cluster
        loadBalancerIP: ""
    "
  `);
});

test("Cilium's shared Service gets the address", () => {
  expect(stringify(ingressValues(values("cilium", "chart")))).toMatchInlineSnapshot(`
    "ingressController:
      enabled: true
      loadbalancerMode: shared
      service:
        type: LoadBalancer
        annotations:
          kube-vip.io/loadbalancerIPs: 10.0.20.203
          metallb.io/allow-shared-ip: ""
          metallb.io/address-pool: ""
          metallb.universe.tf/loadBalancerIPs: ""
          metallb.universe.tf/allow-shared-ip: ""
          metallb.universe.tf/address-pool: ""
        externalTrafficPolicy: Cluster
        loadBalancerIP: ""
    "
  `);
});

test("nothing is put out for a chart that is not known", () => {
  expect(ingressValues(values("other", "beside"))).toEqual({});
  expect(ingressValuesAfterMove(values("other", "beside"))).toEqual({});
});

test("after the move Ingress objects show the Service beside", () => {
  expect(
    stringify(ingressValuesAfterMove(values("ingress-nginx", "beside"))),
  ).toMatchInlineSnapshot(`
    "controller:
      service:
        type: ClusterIP
        externalTrafficPolicy: ""
        loadBalancerIP: ""
      publishService:
        enabled: true
        pathOverride: edge/edge-lb
    "
  `);
});

/**
 * Keys that the charts read, from the templates of ingress-nginx 4.15.1 and haproxy-ingress 0.17.0 and from Cilium's
 * reference of Helm values. Whatever else is stated has no effect.
 */
const charts: Partial<Record<Controller, readonly string[]>> = {
  "ingress-nginx": [
    ...["kind", "replicaCount", "minAvailable", "topologySpreadConstraints"],
    ...["containerPort.http", "containerPort.https"],
    ...["enabled", "type", "annotations", "ipFamilyPolicy", "ipFamilies"].map(
      (key) => `service.${key}`,
    ),
    ...["externalTrafficPolicy", "loadBalancerIP"].map((key) => `service.${key}`),
    ...["publishService.enabled", "publishService.pathOverride"],
  ].map((key) => `controller.${key}`),
  "haproxy-ingress": [
    ...["kind", "replicaCount", "minAvailable", "topologySpreadConstraints"],
    ...["containerPorts.http", "containerPorts.https"],
    ...["enabled", "type", "annotations", "ipFamilyPolicy", "ipFamilies"].map(
      (key) => `service.${key}`,
    ),
    ...["externalTrafficPolicy", "loadBalancerIP"].map((key) => `service.${key}`),
    ...["publishService.enabled", "publishService.pathOverride"],
  ].map((key) => `controller.${key}`),
  cilium: [
    ...["enabled", "loadbalancerMode"],
    ...["type", "annotations", "externalTrafficPolicy", "loadBalancerIP"].map(
      (key) => `service.${key}`,
    ),
  ].map((key) => `ingressController.${key}`),
};

/** Keys down to a value that is none of the chart's own maps. */
function leaves(value: unknown, path: string[] = []): { key: string; value: unknown }[] {
  const map = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!map || path.at(-1) === "annotations") return [{ key: path.join("."), value }];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

const all = (Object.keys(charts) as Controller[]).flatMap((controller) =>
  (["beside", "chart"] as const).flatMap((variant) => {
    const six = { ...values(controller, variant), address6: "fd00:20::203" };
    return [values(controller, variant), six].flatMap((facts) => [
      { controller, put: ingressValues(facts) },
      { controller, put: ingressValuesAfterMove(facts) },
    ]);
  }),
);

test("every key is one that the chart reads", () => {
  for (const { controller, put } of all) {
    const keys = leaves(put)
      .map(({ key }) => key)
      .filter((key) => key !== "");
    expect(charts[controller]).toEqual(expect.arrayContaining(keys));
  }
});

test("nothing is null: Helm leaves it in where the chart has no such key", () => {
  const nulls = ({ put }: { put: unknown }) =>
    [...JSON.stringify(put).matchAll(/"([^"]+)":null/g)].map(([, key]) => key);
  expect(all.flatMap(nulls)).toEqual([]);
  // Both are there in Traefik's own values, and its budget is off.
  const traefik = (["beside", "chart"] as const).flatMap((variant) => [
    { put: ingressValues(values("traefik", variant)) },
    { put: ingressValuesAfterMove(values("traefik", variant)) },
  ]);
  expect([...new Set(traefik.flatMap(nulls))]).toEqual(["minAvailable", "maxUnavailable"]);
});

test("neither chart gets the key with which it makes, or empties, a budget of its own", () => {
  for (const controller of ["ingress-nginx", "haproxy-ingress"] as const) {
    expect(stringify(ingressValues(values(controller, "chart")))).not.toContain("maxUnavailable");
  }
});
