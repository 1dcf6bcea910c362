import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import { expect, test } from "vitest";
import {
  MetalLbService,
  type MetalLbServiceArgs,
  type MetalLbServiceOptions,
} from "../../components/metallb-service";
import { chartValues, chartValuesAfterMove } from "../../templates/traefik/chart";
import { listing, pick, record, refusal, resolvedValue } from "./recorder";

const ingress = (changes: Partial<MetalLbServiceArgs> = {}): MetalLbServiceArgs => ({
  namespace: "traefik",
  address: "10.0.20.203",
  pool: { name: "metallb", range: "10.0.20.200-10.0.20.220" },
  selector: { "app.kubernetes.io/name": "traefik" },
  ...changes,
});

const build = (args = ingress(), opts: MetalLbServiceOptions = {}) =>
  record(() => new MetalLbService("traefik-lb", args, opts));

test("registers a Service of its own and a disruption budget, and no namespace", async () => {
  const { resources } = await build();
  expect(listing(resources)).toEqual([
    ["homelab:components:MetalLbService", "traefik-lb"],
    ["kubernetes:core/v1:Service", "traefik-lb"],
    ["kubernetes:policy/v1:PodDisruptionBudget", "traefik-lb"],
  ]);
  expect(pick(resources, ":Service", "traefik-lb").inputs).toEqual({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "traefik-lb",
      namespace: "traefik",
      annotations: {
        "metallb.io/loadBalancerIPs": "10.0.20.203",
        "pulumi.com/skipAwait": "true",
      },
    },
    spec: {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      selector: { "app.kubernetes.io/name": "traefik" },
      ports: [
        { name: "web", port: 80, targetPort: 8000, protocol: "TCP" },
        { name: "websecure", port: 443, targetPort: 8443, protocol: "TCP" },
        { name: "websecure-http3", port: 443, targetPort: 8443, protocol: "UDP" },
      ],
    },
  });
  expect(pick(resources, "PodDisruptionBudget", "traefik-lb").inputs).toMatchObject({
    metadata: { name: "traefik-lb", namespace: "traefik" },
    spec: {
      minAvailable: 2,
      selector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
    },
  });
});

test("gives the address, the name inside the cluster, and values for Traefik's chart", async () => {
  const { result } = await build(ingress({ replicas: 4, targetPorts: { websecure: 9443 } }));
  expect(await resolvedValue(result.address)).toBe("10.0.20.203");
  expect(await resolvedValue(result.dnsName)).toBe("traefik-lb.traefik.svc.cluster.local");
  const facts = {
    name: "traefik-lb",
    ...ingress(),
    selector: { "app.kubernetes.io/name": "traefik" },
    replicas: 4,
    targetPorts: { web: 8000, websecure: 9443 },
    variant: "beside" as const,
  };
  expect(result.helmValues).toEqual(chartValues(facts));
  expect(result.helmValuesAfterMove).toEqual(chartValuesAfterMove(facts));
});

test("with the variant chart no Service is made, and the chart's own gets the address", async () => {
  const { resources, result } = await build(ingress({ variant: "chart" }));
  expect(listing(resources)).toEqual([
    ["homelab:components:MetalLbService", "traefik-lb"],
    ["kubernetes:policy/v1:PodDisruptionBudget", "traefik-lb"],
  ]);
  expect(await resolvedValue(result.address)).toBe("10.0.20.203");
  expect(await resolvedValue(result.dnsName)).toBe("traefik.traefik.svc.cluster.local");
  expect(result.helmValues).toMatchObject({
    service: { annotations: { "metallb.io/loadBalancerIPs": "10.0.20.203" } },
  });
  expect(result.helmValuesAfterMove).toBeUndefined();
});

test("the chart's Service may have another name than its release", async () => {
  const { result } = await build(ingress({ variant: "chart", chartService: "edge-traefik" }));
  expect(await resolvedValue(result.dnsName)).toBe("edge-traefik.traefik.svc.cluster.local");
});

test("the component's inputs are its facts with the defaults filled in", async () => {
  const { resources } = await build();
  expect(pick(resources, "MetalLbService", "traefik-lb").inputs).toEqual({
    ...ingress(),
    replicas: 3,
    minAvailable: 2,
    targetPorts: { web: 8000, websecure: 8443 },
    variant: "beside",
  });
});

test("a transform has the last word over the Service", async () => {
  const service = (args: ServiceArgs) => ({ ...args, metadata: { name: "renamed" } });
  const { resources } = await build(ingress(), { transform: { service } });
  expect(pick(resources, ":Service", "traefik-lb").inputs.metadata).toEqual({ name: "renamed" });
});

const refused = (changes: Partial<MetalLbServiceArgs>) =>
  refusal(() => new MetalLbService("traefik-lb", ingress(changes)));

test("rejects an address outside the pool", async () => {
  expect(await refused({ address: "10.0.20.199" })).toMatchInlineSnapshot(`
    "MetalLbService "traefik-lb" has 1 problem:
      address: 10.0.20.199 is outside the pool "metallb" (10.0.20.200-10.0.20.220); MetalLB announces addresses of its pools only, so take one from there"
  `);
});

test("rejects a disruption budget that no drain could meet", async () => {
  expect(await refused({ minAvailable: 3 })).toMatchInlineSnapshot(`
    "MetalLbService "traefik-lb" has 1 problem:
      minAvailable: found 3 of 3 replicas, expected at most 2; lower it or add replicas, otherwise no node can ever be drained"
  `);
});

test("rejects a single replica", async () => {
  expect(await refused({ replicas: 1, minAvailable: 1 })).toMatchInlineSnapshot(`
    "MetalLbService "traefik-lb" has 1 problem:
      replicas: found 1, expected replicas from 2 to 50; write a whole number from 2 to 50"
  `);
});

test("rejects the name of the chart's Service where the Service stands beside it", async () => {
  expect(await refused({ chartService: "traefik" })).toMatchInlineSnapshot(`
    "MetalLbService "traefik-lb" has 1 problem:
      chartService: found "traefik", which only the variant chart reads; remove it, or write variant: chart"
  `);
});

test("rejects an empty selector, which would select nothing", async () => {
  expect(await refused({ selector: {} })).toMatchInlineSnapshot(`
    "MetalLbService "traefik-lb" has 1 problem:
      selector: found no label, expected at least one; give the labels of the controller's pods"
  `);
});

test("rejects every wrong value at once", async () => {
  expect(
    await refused({ address: "10.0.20.300", targetPorts: { web: 0 }, namespace: "Traefik" }),
  ).toMatchInlineSnapshot(`
    "MetalLbService "traefik-lb" has 3 problems:
      namespace: found "Traefik", expected a name of lower-case letters, digits and hyphens that starts with a letter; write e.g. traefik
      address: found "10.0.20.300", expected an IPv4 or IPv6 address; write four numbers from 0 to 255, e.g. 192.168.1.110
      targetPorts.web: found 0, expected a port from 1 to 65535; choose a free port"
  `);
});

test.each([
  ["cilium", "lbipam.cilium.io/ips"],
  ["kube-vip", "kube-vip.io/loadbalancerIPs"],
] as const)(
  "an address out of a pool of %s is asked for by its own annotation",
  async (announcedBy, key) => {
    const { resources } = await record(
      () =>
        new MetalLbService("traefik-lb", {
          namespace: "traefik",
          address: "10.0.20.203",
          pool: { name: "services", range: "10.0.20.200-10.0.20.220" },
          selector: { app: "traefik" },
          announcedBy,
        }),
    );
    const { metadata, spec } = pick(resources, "core/v1:Service", "traefik-lb").inputs as {
      metadata: { annotations: Record<string, string> };
      spec: { externalTrafficPolicy: string };
    };
    expect(metadata.annotations).toMatchObject({ [key]: "10.0.20.203" });
    expect(metadata.annotations).not.toHaveProperty(["metallb.io/loadBalancerIPs"]);
    // Neither looks at where the pods are.
    expect(spec.externalTrafficPolicy).toBe("Cluster");
  },
);

test("ingress-nginx gets no port for HTTP/3, its own labels and ports, and no second budget", async () => {
  const { selector: _selector, ...args } = ingress({ controller: "ingress-nginx" });
  const { resources } = await build(args);
  expect(listing(resources)).toEqual([
    ["homelab:components:MetalLbService", "traefik-lb"],
    ["kubernetes:core/v1:Service", "traefik-lb"],
  ]);
  expect(pick(resources, ":Service", "traefik-lb").inputs.spec).toMatchObject({
    selector: {
      "app.kubernetes.io/name": "ingress-nginx",
      "app.kubernetes.io/component": "controller",
    },
    ports: [
      { name: "web", port: 80, targetPort: 80, protocol: "TCP" },
      { name: "websecure", port: 443, targetPort: 443, protocol: "TCP" },
    ],
  });
});

test("of Cilium's ingress nothing is made: its own Service gets the address by values", async () => {
  const { selector: _selector, ...args } = ingress({ controller: "cilium", variant: "chart" });
  const { resources, result } = await build(args);
  expect(listing(resources)).toEqual([["homelab:components:MetalLbService", "traefik-lb"]]);
  expect(await resolvedValue(result.dnsName)).toBe("cilium-ingress.traefik.svc.cluster.local");
});
