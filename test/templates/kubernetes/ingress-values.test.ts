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
      maxUnavailable: null
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
      maxUnavailable: null
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
          metallb.io/allow-shared-ip: null
          metallb.io/address-pool: null
          metallb.universe.tf/loadBalancerIPs: null
          metallb.universe.tf/allow-shared-ip: null
          metallb.universe.tf/address-pool: null
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
          metallb.io/allow-shared-ip: null
          metallb.io/address-pool: null
          metallb.universe.tf/loadBalancerIPs: null
          metallb.universe.tf/allow-shared-ip: null
          metallb.universe.tf/address-pool: null
        externalTrafficPolicy: Cluster
        loadBalancerIP: null
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
