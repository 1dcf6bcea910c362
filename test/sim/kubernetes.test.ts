import { expect, test } from "vitest";
import { changes, create, platform, refusal, types } from "../support/platform";

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "traefik", namespace: "default" },
  spec: { type: "LoadBalancer", selector: { app: "traefik" } },
};

test("an object is found by namespace and name, a cluster-wide one by name alone", async () => {
  const on = platform();
  expect((await create(on, types.service, service)).id).toBe("default/traefik");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "edge" } };
  expect((await create(on, "kubernetes:core/v1:Namespace", namespace)).id).toBe("edge");
});

test("an object without a name or namespace gets the resource's name and `default`", async () => {
  const { id, outputs } = await create(platform(), types.service, { ...service, metadata: {} });
  expect(id).toBe("default/it");
  expect(outputs.metadata).toEqual({ name: "it", namespace: "default" });
});

test("rejects an object that is there already", async () => {
  const on = platform();
  await create(on, types.service, service);
  expect(await refusal(create(on, types.service, service))).toBe(
    'services "traefik" already exists',
  );
  const policy = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "traefik" },
  };
  const type = "kubernetes:policy/v1:PodDisruptionBudget";
  await create(on, type, policy);
  expect(await refusal(create(on, type, policy))).toBe(
    'poddisruptionbudgets.policy "traefik" already exists',
  );
});

test("rejects an object in a namespace that does not exist", async () => {
  const elsewhere = { ...service, metadata: { name: "traefik", namespace: "edge" } };
  expect(await refusal(create(platform(), types.service, elsewhere))).toBe(
    'namespaces "edge" not found',
  );
});

test("a Service announces the addresses that it asks MetalLB for", async () => {
  const metadata = { name: "t", annotations: { "metallb.io/loadBalancerIPs": "10.0.20.203" } };
  const { outputs } = await create(platform(), types.service, { ...service, metadata });
  expect(outputs.status).toEqual({ loadBalancer: { ingress: [{ ip: "10.0.20.203" }] } });
});

test("a name, a namespace and what the API server calls immutable replace, the rest does not", async () => {
  const label = "app.kubernetes.io/name";
  const before = { ...service, metadata: { ...service.metadata, labels: { [label]: "a" } } };
  const after = {
    ...service,
    metadata: { name: "other", namespace: "default", labels: { [label]: "b" } },
    spec: { ...service.spec, clusterIP: "None", ports: [{ port: 80 }] },
  };
  expect(await changes(platform(), types.service, before, after)).toEqual([
    "metadata.name!",
    'metadata.labels["app.kubernetes.io/name"]',
    "spec.clusterIP!",
    "spec.ports",
  ]);
});

test("an import reads an object by its id alone", async () => {
  const on = platform();
  await create(on, types.service, service);
  const live = await on.read(types.service, "it", "default/traefik", {}, {});
  expect(live?.inputs).toEqual(service);
  expect(await on.read(types.service, "it", "default/none", {}, {})).toBe(undefined);
});
