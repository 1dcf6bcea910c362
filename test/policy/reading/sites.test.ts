import { expect, test } from "vitest";
import { evaluate } from "../../../policy/evaluate";
import { UNKNOWN } from "../../../policy/reading/plain";
import { siteIndex } from "../../../policy/reading/sites";
import type { ObservedResource } from "../../../policy/rule";
import { routerIdCollision } from "../../../policy/rules/addresses";
import { haRuleInfeasible } from "../../../policy/rules/ha";
import { notJudged } from "../../../policy/rules/not-judged";
import { command, keepalivedConf } from "../resources";

const stack = "urn:pulumi:test::test::pulumi:pulumi:Stack::test";
const urn = (type: string, name: string) => `urn:pulumi:test::test::${type}::${name}`;

function resource(type: string, name: string, more: Partial<ObservedResource> = {}) {
  return { type, name, urn: urn(type, name), props: {}, parent: stack, ...more };
}

const providerType = "pulumi:providers:proxmoxve";
const provider = (name: string, endpoint?: unknown) =>
  resource(providerType, name, { props: endpoint === undefined ? {} : { endpoint } });

const rule = (name: string, of: string) =>
  resource("proxmoxve:index/harule:Harule", name, {
    provider: urn(providerType, of),
    props: { rule: name, type: "node-affinity", resources: ["vm:120"], nodes: { pve1: 1 } },
  });

/** Rules that found something in two HA rules that both name vm:120. */
async function found(...providers: ObservedResource[]): Promise<string[]> {
  const [one = provider("a"), other = one] = providers;
  const resources = [...providers, rule("first", one.name), rule("second", other.name)];
  const violations = await evaluate([haRuleInfeasible, notJudged], resources);
  return violations.map(({ policy }) => policy);
}

test("one guest in two rules of one cluster is refused, in rules of two clusters it is not", async () => {
  const home = "https://home:8006";
  expect(await found(provider("a", home))).toEqual(["ha-rule-infeasible"]);
  expect(await found(provider("a", home), provider("b", "https://cottage:8006"))).toEqual([]);
});

test("two providers of one cluster are one site, whatever tells the cluster", async () => {
  const same = [
    [provider("a", "https://home:8006"), provider("root", "https://HOME:8006/api2/json")],
    // Both take it from the environment.
    [provider("a"), provider("root")],
  ];
  for (const providers of same) expect(await found(...providers)).toEqual(["ha-rule-infeasible"]);
});

test("an endpoint that is known after the update is judged as a cluster of its own, and that is said", async () => {
  const providers = [provider("a", "https://home:8006"), provider("b", UNKNOWN)];
  expect(await found(...providers)).toEqual(["not-judged"]);
});

test("anything else is of the site of the component around it", () => {
  const at = (name: string) => ({ provider: urn(providerType, name) });
  const around = (name: string, parent = stack) => resource("my:site:Site", name, { parent });
  const [home, cottage] = [around("home"), around("cottage")];
  const pair = resource("my:pair:Pair", "pair", { parent: home.urn });
  const command = resource("command:remote:Command", "conf", { parent: pair.urn });
  const free = resource("command:remote:Command", "free");
  const resources = [
    ...[home, cottage, pair, command, free],
    resource("proxmoxve:index/vmLegacy:VmLegacy", "one", { ...at("a"), parent: home.urn }),
    resource("proxmoxve:index/vmLegacy:VmLegacy", "two", { ...at("b"), parent: cottage.urn }),
  ];
  const endpoints = new Map(["a", "b"].map((name) => [urn(providerType, name), `https://${name}`]));
  const { sites } = siteIndex(resources, endpoints);
  expect([command, pair, cottage, free].map((one) => sites.get(one.urn))).toEqual([
    "a",
    "a",
    "b",
    undefined,
  ]);
});

test("one router id on one network in two sites is silent, in one site it is refused", async () => {
  const pairAt = (site: string, name: string, vip: string) =>
    [5, 6].map((host) => ({
      ...command(
        `${name}-${host}`,
        `192.168.1.${host}`,
        keepalivedConf({ priority: 100 + 10 * host, vip, routerId: 51 }),
      ),
      urn: urn("command:remote:Command", `${site}-${name}-${host}`),
      parent: urn("homelab:components:Site", site),
    }));
  const sites = ["home", "cottage"].map((name) => resource("homelab:components:Site", name));
  const found = async (...pairs: ObservedResource[]) => {
    const violations = await evaluate([routerIdCollision], [...sites, ...pairs]);
    return violations.map(({ policy }) => policy);
  };
  const first = pairAt("home", "a", "192.168.1.20/24");
  const moved = (pairs: ObservedResource[]) =>
    pairs.map((one, index) => ({
      ...one,
      props: { ...one.props, connection: { host: `192.168.1.4${index}` } },
    }));
  expect(await found(...first, ...pairAt("cottage", "b", "192.168.1.30/24"))).toEqual([]);
  expect(await found(...first, ...moved(pairAt("home", "b", "192.168.1.30/24")))).toEqual([
    "router-id-collision",
  ]);
});
