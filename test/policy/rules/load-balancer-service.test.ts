import { expect, test } from "vitest";
import { UNKNOWN } from "../../../policy/reading/plain";
import { loadBalancerService } from "../../../policy/rules/load-balancer-service";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { resource } from "../resources";

const labels = { app: "traefik" };
const tcp = { port: 443, protocol: "TCP" };
const service = (spec: object = {}, metadata: object = {}) =>
  resource("kubernetes:core/v1:Service", "ingress", {
    metadata,
    spec: {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      selector: labels,
      ports: [tcp],
      ...spec,
    },
  });
const deployment = (replicas: unknown, args: string[] = [], type = "apps/v1:Deployment") =>
  resource(`kubernetes:${type}`, "traefik", {
    spec: { replicas, template: { metadata: { labels }, spec: { containers: [{ args }] } } },
  });
const budget = (matchLabels: object, metadata: object = {}) =>
  resource("kubernetes:policy/v1:PodDisruptionBudget", "pdb", {
    metadata,
    spec: { minAvailable: 1, selector: { matchLabels } },
  });
const http3 = "--entryPoints.websecure.http3=true";

const advised = {
  "one pod": { resources: [service(), deployment(1)], says: "one pod behind it" },
  "the default of one pod": {
    resources: [service(), deployment(undefined)],
    says: "one pod behind it",
  },
  "no budget": {
    resources: [service(), deployment(2)],
    says: "no disruption budget for its 2 pods",
  },
  "a budget for other pods": {
    resources: [service(), deployment(2), budget({ app: "dns" })],
    says: "no disruption budget",
  },
  "a budget elsewhere": {
    resources: [service(), deployment(2), budget(labels, { namespace: "dns" })],
    says: "no disruption budget",
  },
  "HTTP/3 without UDP": {
    resources: [service({ externalTrafficPolicy: "Cluster" }), deployment(2, [http3])],
    says: "no Service takes UDP 443",
  },
};

pageTest("load-balancer-service", [
  resource("kubernetes:core/v1:Service", "ingress", {
    spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", selector: { app: "traefik" } },
  }),
  resource("kubernetes:apps/v1:Deployment", "ingress", {
    spec: { replicas: 1, template: { metadata: { labels: { app: "traefik" } } } },
  }),
]);

test.each(Object.entries(advised))("advises: %s", async (_what, { resources, says }) => {
  expect(await reported(loadBalancerService, resources)).toEqual([
    expect.stringMatching(/^\[advisory\] load-balancer-service-advice: Service "ingress": /),
  ]);
  expect((await reported(loadBalancerService, resources))[0]).toContain(says);
});

const udp = { port: 443, protocol: "UDP" };
const silent = {
  "two pods with a budget": [service(), deployment(2), budget(labels)],
  "policy Cluster": [service({ externalTrafficPolicy: "Cluster" }), deployment(1)],
  "a Service inside": [service({ type: "ClusterIP" }), deployment(1)],
  "pods of a chart": [service()],
  "pods of another namespace": [service({}, { namespace: "traefik" }), deployment(1)],
  "a pod on every node": [service(), deployment(undefined, [], "apps/v1:DaemonSet")],
  "a number that is not known": [service(), deployment(UNKNOWN)],
  "an autoscaler": [
    service(),
    deployment(1),
    resource("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "hpa", {}),
  ],
  "HTTP/3 with UDP": [
    service({ externalTrafficPolicy: "Cluster", ports: [tcp, udp] }),
    deployment(2, [http3]),
  ],
  "UDP in a Service of its own": [
    service({ externalTrafficPolicy: "Cluster" }),
    resource("kubernetes:core/v1:Service", "udp", { spec: { selector: labels, ports: [udp] } }),
    deployment(2, [http3]),
  ],
};

test.each(Object.entries(silent))("stays silent: %s", async (_what, resources) => {
  expect(await reported(loadBalancerService, resources)).toEqual([]);
});
