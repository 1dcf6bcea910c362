import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type ApiServer, startApiServer } from "../../lab/kube/api-server";
import { ensureControlPlane } from "../../lab/kube/binaries";
import { jsonOf } from "../support/json";
import { kubernetesObjects } from "./objects";

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer(await ensureControlPlane(() => {}));
});

afterAll(() => server?.stop());

const plurals: Readonly<Record<string, string>> = {
  "v1/Namespace": "/api/v1/namespaces",
  "v1/Secret": "/api/v1/namespaces/NAMESPACE/secrets",
  "v1/Service": "/api/v1/namespaces/NAMESPACE/services",
  "apps/v1/Deployment": "/apis/apps/v1/namespaces/NAMESPACE/deployments",
  "policy/v1/PodDisruptionBudget": "/apis/policy/v1/namespaces/NAMESPACE/poddisruptionbudgets",
};

interface Metadata {
  name?: string;
  namespace?: string;
}

/** What a real API server says to an object that it shall not keep; unknown fields are errors. */
async function dryRun(object: Record<string, unknown>) {
  const kind = `${String(object.apiVersion)}/${String(object.kind)}`;
  const metadata = object.metadata as Metadata;
  const path = plurals[kind]?.replace("NAMESPACE", metadata.namespace ?? "");
  if (path === undefined) throw new Error(`found ${kind}, expected one of ${Object.keys(plurals)}`);
  // The provider makes up names in the same way.
  const named = metadata.name === undefined ? { ...metadata, generateName: "made-up-" } : metadata;
  const query = "dryRun=All&fieldValidation=Strict";
  const { status, body } = await server.ask("POST", `${path}?${query}`, {
    ...object,
    metadata: named,
  });
  const { message } = jsonOf(z.looseObject({ message: z.string().optional() }), body);
  return status === 201 ? "created" : `${status}: ${message}`;
}

test("a real API server takes every Kubernetes object of both stacks", async () => {
  const objects = [...(await kubernetesObjects("homelab")), ...(await kubernetesObjects("matrix"))];
  expect(objects.length).toBeGreaterThan(5);
  const namespaces = new Set(
    objects.flatMap(({ object }) => (object.metadata as Metadata).namespace ?? []),
  );
  for (const name of namespaces) {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await server.ask("POST", "/api/v1/namespaces", namespace);
  }
  const answers: Record<string, string> = {};
  for (const { of, object } of objects) {
    // The namespaces stand already.
    if (object.kind !== "Namespace") answers[of] = await dryRun(object);
  }
  expect(answers).toEqual(
    Object.fromEntries(Object.keys(answers).map((of) => [of, "created"] as const)),
  );
});

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "traefik", namespace: "default" },
  spec: { type: "LoadBalancer", ports: [{ name: "web", port: 80, protocol: "TCP" }] },
};

test.each([
  {
    what: "an unknown field",
    spec: { externalTraficPolicy: "Local" },
    says: 'strict decoding error: unknown field "spec.externalTraficPolicy"',
  },
  {
    what: "a policy that no release knows",
    spec: { externalTrafficPolicy: "Near" },
    says: 'Unsupported value: "Near": supported values: "Cluster", "Local"',
  },
  {
    what: "one name for two ports",
    spec: {
      ports: [
        { name: "web", port: 80 },
        { name: "web", port: 443 },
      ],
    },
    says: 'spec.ports[1].name: Duplicate value: "web"',
  },
])("rejects $what", async ({ spec, says }) => {
  expect(await dryRun({ ...service, spec: { ...service.spec, ...spec } })).toContain(says);
});

test("a good Service is taken", async () => {
  expect(await dryRun(service)).toBe("created");
});
