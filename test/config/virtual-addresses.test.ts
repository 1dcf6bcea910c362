import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { virtualAddressesOf } from "../../cli/run/judgement";
import { addressPlan } from "../../config/checks/address-plan";
import { clusterModel } from "../../config/cluster-model";
import { parseStackFile } from "../../config/file/parse-file";
import { problemText } from "../../config/file/problem";
import { type AddressSection, addressSections, findAddress } from "../../config/virtual-addresses";

type Sections = Record<string, Record<string, Record<string, unknown>>>;

const file = readFileSync(join(__dirname, "../../Pulumi.homelab.yaml"), "utf8");

/** The stack file with a change. */
function changed(change: (config: Sections) => void) {
  const whole = parse(file) as { config: Record<string, Sections[string]> };
  const sections = Object.fromEntries(
    Object.entries(whole.config).map(([key, value]) => [key.replace("homelab:", ""), value]),
  );
  change(sections);
  const config = Object.fromEntries(
    Object.entries(sections).map(([key, value]) => [`homelab:${key}`, value]),
  );
  return { root: sections, parsed: parseStackFile(JSON.stringify({ config })).parsed };
}

/** The balancer gets the name of the pair, and everybody who names it follows. */
const oneName = (more: (balancer: Record<string, unknown>) => void = () => {}) =>
  changed((sections) => {
    const { "k8s-api": balancer } = sections.apiLoadBalancers ?? {};
    if (!balancer) throw new Error("the stack file has no k8s-api");
    more(balancer);
    sections.apiLoadBalancers = { traefik: balancer };
    for (const ingress of Object.values(sections.kubernetesIngress ?? {})) {
      ingress.cluster = "traefik";
    }
    for (const record of Object.values(sections.dns ?? {})) {
      const to = record.to as Record<string, string>;
      if (to.apiLoadBalancer !== undefined) to.apiLoadBalancer = "traefik";
    }
  });

const stackOf = ({ parsed }: ReturnType<typeof changed>) => {
  if (!parsed.stack) throw new Error(parsed.problems.map(problemText).join("\n"));
  return parsed.stack;
};

test("a pair and a load balancer of one name are both in the table and in the model", () => {
  const stack = stackOf(oneName());
  expect(virtualAddressesOf(stack).map(({ section, name, vip }) => [section, name, vip])).toEqual([
    ["traefikPairs", "traefik", "192.168.1.101/24"],
    ["apiLoadBalancers", "traefik", "192.168.56.100/24"],
  ]);
  expect(clusterModel(stack).services.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["traefikPairs.traefik", "apiLoadBalancers.traefik"]),
  );
});

test("rejects one address of two owners of one name, and names the section of both", () => {
  const { parsed } = oneName((balancer) => {
    balancer.vip = "192.168.1.101/24";
  });
  const problems = parsed.stack ? [] : parsed.problems.map(problemText);
  expect(problems.filter((text) => text.includes("both answer"))).toMatchInlineSnapshot(`
    [
      "homelab:apiLoadBalancers.traefik.vip: 192.168.1.101 is the virtual address of "apiLoadBalancers.traefik" and also that of "traefikPairs.traefik" (traefikPairs.traefik.vip), so both answer for it; give one of them another address",
    ]
  `);
});

const placed = [
  { section: "traefikPairs", name: "traefik", place: "traefikPairs.traefik", settings: 1 },
  { section: "apiLoadBalancers", name: "traefik", place: "apiLoadBalancers.traefik", settings: 2 },
  { section: "apiLoadBalancers", name: "k8s-api", place: "apiLoadBalancers.k8s-api", settings: 3 },
] as const;

test.each([
  ["traefikPairs.traefik", { settings: 1 }],
  ["apiLoadBalancers.traefik", { settings: 2 }],
  ["k8s-api", { settings: 3 }],
  [
    "traefik",
    {
      problem:
        '"traefik" is the name of traefikPairs.traefik and of apiLoadBalancers.traefik; name one of them with its section, e.g. traefikPairs.traefik',
    },
  ],
  ["k8s-apo", { problem: 'there is no pair "k8s-apo"; did you mean "k8s-api"?' }],
])("--pair %s", (named, found) => {
  expect(findAddress(placed, named)).toMatchObject(found);
});

/** A section that is in the list and in no code. */
function withMadeUpSection(): void {
  const sections: Record<string, AddressSection> = addressSections;
  sections.mailRelays = {
    what: "mail relay",
    kind: "vrrp",
    member: "relay",
    hosts: ["members"],
    reference: "mailRelay",
  };
  onTestFinished(() => {
    delete sections.mailRelays;
  });
}

test("a section that only the list knows is in the table, the address plan and the model", () => {
  const stack = stackOf(changed(() => {}));
  const relay = { ...stack.traefikPairs.traefik, vip: "192.168.1.99/24" };
  const more = { ...stack, mailRelays: { post: relay } };
  expect(virtualAddressesOf(more).map(({ name }) => name)).not.toContain("post");
  withMadeUpSection();
  expect(virtualAddressesOf(more).map(({ name }) => name)).toContain("post");
  expect(clusterModel(more).services.map(({ name }) => name)).toContain("mailRelays.post");
  const plan = addressPlan(more);
  expect(plan.vips.map(({ name }) => name)).toContain("mailRelays.post");
});
