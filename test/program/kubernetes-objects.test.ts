import { expect, test } from "vitest";
import { type KubernetesObject, kubernetesObjects } from "../kubernetes/objects";
import { problemsOf, RELEASES } from "../kubernetes/validate";

/** The SDK keeps one run per process, so they follow each other. */
async function all(): Promise<KubernetesObject[]> {
  return [...(await kubernetesObjects("homelab")), ...(await kubernetesObjects("matrix"))];
}

test("every Kubernetes object of both stacks is one that three releases publish", async () => {
  const objects = await all();
  const kinds = objects.map(({ object }) => `${object.apiVersion}/${object.kind}`);
  expect([...new Set(kinds)].sort()).toMatchInlineSnapshot(`
    [
      "apps/v1/Deployment",
      "policy/v1/PodDisruptionBudget",
      "v1/Namespace",
      "v1/Secret",
      "v1/Service",
    ]
  `);
  const problems = RELEASES.flatMap((release) =>
    objects.flatMap(({ of, object }) =>
      problemsOf(release, object).map((problem) => `${release} ${of}: ${problem}`),
    ),
  );
  expect(problems).toEqual([]);
});

test.each([
  {
    what: "a misspelt field",
    change: { spec: { externalTraficPolicy: "Local" } },
    problem: `v1/Service /spec must NOT have additional properties {"additionalProperty":"externalTraficPolicy"}`,
  },
  {
    what: "a text where a number belongs",
    change: { spec: { ports: [{ port: "443" }] } },
    problem: `v1/Service /spec/ports/0/port must be integer {"type":"integer"}`,
  },
  {
    what: "a port without its number",
    change: { spec: { ports: [{ name: "web" }] } },
    problem: `v1/Service /spec/ports/0 must have required property 'port' {"missingProperty":"port"}`,
  },
  {
    what: "a list where a map belongs",
    change: { spec: { selector: ["app"] } },
    problem: `v1/Service /spec/selector must be object {"type":"object"}`,
  },
  {
    what: "a kind that is not made here",
    change: { kind: "Ingress" },
    problem: `found the kind v1/Ingress, whose definition is not here`,
  },
])("rejects $what in every release", ({ change, problem }) => {
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "traefik" } };
  const found = RELEASES.map((release) => problemsOf(release, { ...service, ...change }));
  expect(found).toEqual(RELEASES.map(() => [problem]));
});

test("a field of a newer release is rejected by an older one", () => {
  const rule = { action: "Restart", exitCodes: { operator: "In", values: [42] } };
  const container = { name: "one", image: "one:1", restartPolicyRules: [rule] };
  const template = { metadata: { labels: { app: "one" } }, spec: { containers: [container] } };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "one" },
    spec: { selector: { matchLabels: { app: "one" } }, template },
  };
  expect(problemsOf("1.34", deployment)).toEqual([]);
  expect(problemsOf("1.33", deployment)).toMatchInlineSnapshot(`
    [
      "apps/v1/Deployment /spec/template/spec/containers/0 must NOT have additional properties {"additionalProperty":"restartPolicyRules"}",
    ]
  `);
});
