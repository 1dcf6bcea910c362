import { expect, test } from "vitest";
import { evaluate } from "../../../policy/evaluate";
import { siteIndex } from "../../../policy/reading/sites";
import type { ObservedResource, Violation } from "../../../policy/rule";
import { rules } from "../../../policy/rules/all";
import { command, container, hostKey, keepalivedConf, pair } from "../resources";

// Somebody's program for three clusters that all look alike: one address plan, one set of names and ids.
// Home takes the default provider, the cottage a provider of its own, and the office gets one through the
// component around everything of it.

type Site = "home" | "cottage" | "office";
const sites: readonly Site[] = ["home", "cottage", "office"];
const passwords = { home: "kV7q2xhT", cottage: "b9TzW4mr", office: "Yx3nL8pd" };
const urn = (type: string, name: string) => `urn:pulumi:test::test::${type}::${name}`;
const stack = urn("pulumi:pulumi:Stack", "test-test");
const providerUrn = (site: Site) =>
  urn("pulumi:providers:proxmoxve", site === "home" ? "default_7_11_0" : site);

/** How the program tells of which cluster the files of a pair are. */
type Tie = "dependencies" | "jump host" | "pair component" | "addresses of a VPN";

/** What differs from three clusters without a fault, at one of them. */
interface Change {
  at?: Site;
  nodes?: [string, string];
  replicated?: string;
  peersPass?: string;
  vip?: string;
  more?: (site: Site) => ObservedResource[];
}

function ofSite(site: Site, resource: ObservedResource): ObservedResource {
  const name = `${site}-${resource.name}`;
  const office = site === "office" ? urn("my:site:Office", "office") : stack;
  return {
    ...{ parent: office, provider: providerUrn(site), ...resource },
    ...{ name, urn: urn(resource.type, name) },
  };
}

function cluster(site: Site, tie: Tie, change: Change = {}): ObservedResource[] {
  const { nodes = ["pve1", "pve2"], vip = "192.168.1.101/24" } = change;
  const mount = (name: string, vmId: number, node: string, address: string) =>
    container(name, vmId, node, address, { disk: { datastoreId: "tank" } });
  const guests = [
    mount("traefik", 110, nodes[0], "192.168.1.110"),
    mount("traefik-2", 121, nodes[1], "192.168.1.103"),
  ].map((guest) => ofSite(site, guest));
  const own = (type: string, name: string, props: Record<string, unknown>) =>
    ofSite(site, { type, name, urn: "", props });
  const component = urn("my:pair:Pair", `${site}-pair`);
  const file = (index: 0 | 1, host: string) => {
    const conf = command(
      `conf-${index}`,
      tie === "addresses of a VPN" ? `100.64.7.${10 * sites.indexOf(site) + index}` : host,
      keepalivedConf({
        ...{ priority: 200 - 50 * index, vip, authPass: passwords[site] },
        ...(index === 1 && change.peersPass !== undefined && { authPass: change.peersPass }),
      }),
      tie === "jump host"
        ? {
            connection: {
              ...{ host, user: "root", hostKey },
              proxy: { host: `pve.${site}.example.org`, user: "root", hostKey },
            },
          }
        : {},
    );
    return {
      ...ofSite(site, {
        ...conf,
        ...(tie === "pair component" && { parent: component }),
        ...(tie === "dependencies" && { dependencies: [guests[index]?.urn ?? ""] }),
      }),
      provider: urn("pulumi:providers:command", "default"),
    };
  };
  return [
    ...(tie === "pair component"
      ? [{ type: "my:pair:Pair", name: `${site}-pair`, urn: component, props: {}, parent: stack }]
      : []),
    ...guests,
    own("proxmoxve:Storage/zFSPool:ZFSPool", "tank", { resourceId: "tank", zfsPool: "tank" }),
    own("proxmoxve:index/replication:Replication", "job", {
      ...{ resourceId: change.replicated ?? "110-0", target: "pve2", type: "local" },
    }),
    own("proxmoxve:index/haresource:Haresource", "ha", { resourceId: "ct:110", state: "started" }),
    own("proxmoxve:index/harule:Harule", "rule", {
      ...{ rule: "proxies", type: "node-affinity", strict: true },
      ...{ resources: ["ct:110"], nodes: { pve1: 2, pve2: 1 } },
    }),
    file(0, "192.168.1.110"),
    file(1, "192.168.1.103"),
    ...(change.more?.(site) ?? []),
  ];
}

const providers = sites.map((site): ObservedResource => {
  const name = providerUrn(site).split("::").at(-1) ?? "";
  const props = { endpoint: `https://pve.${site}.example.org:8006/` };
  return { type: "pulumi:providers:proxmoxve", name, urn: providerUrn(site), props };
});

const office: ObservedResource = {
  ...{ type: "my:site:Office", name: "office", urn: urn("my:site:Office", "office") },
  ...{ props: {}, parent: stack },
};

function judged(tie: Tie, change: (site: Site) => Change): Promise<Violation[]> {
  return evaluate(rules, [
    ...providers,
    office,
    ...sites.flatMap((site) => cluster(site, tie, change(site))),
  ]);
}

/** What is refused, with the resource. */
async function refusedIn(tie: Tie, change: Change = {}): Promise<string[]> {
  const found = await judged(tie, (site) => (site === change.at ? change : {}));
  return found
    .filter(({ enforcement }) => enforcement === "mandatory")
    .map(({ policy, urn: place }) => `${policy} at ${place?.split("::").at(-1)}`);
}

const ties: readonly Tie[] = ["dependencies", "jump host", "pair component", "addresses of a VPN"];

test.each(ties)("three clusters alike are silent, tied by %s", async (tie) => {
  expect(await refusedIn(tie)).toEqual([]);
});

/** What a fault in one cluster gives, where it is told of which cluster the files are. */
const faults: [string, Omit<Change, "at">, (at: Site) => string][] = [
  ["both members on pve1", { nodes: ["pve1", "pve1"] }, (at) => `pair-on-one-node at ${at}-conf-1`],
  [
    "another password of one member",
    { peersPass: "Qr5vM1kz" },
    (at) => `vrrp-disagreement at ${at}-conf-0`,
  ],
  ["a guest's address", { vip: "192.168.1.103/24" }, (at) => `vip-collision at ${at}-conf-0`],
  [
    "replication of another guest only",
    { replicated: "121-0" },
    (at) => `ha-local-disk at ${at}-ha`,
  ],
  ["one guest in two rules", { more: secondRule }, (at) => `ha-rule-infeasible at ${at}-rule`],
];

test.each(faults)("%s is found in the cluster that has it", async (_, change, expected) => {
  for (const tie of ["dependencies", "jump host"] as const) {
    for (const at of sites) {
      expect(await refusedIn(tie, { at, ...change })).toEqual([expected(at)]);
    }
  }
});

function secondRule(site: Site): ObservedResource[] {
  const props = { rule: "more", type: "node-affinity", resources: ["ct:110"], nodes: { pve3: 1 } };
  return [ofSite(site, { type: "proxmoxve:index/harule:Harule", name: "more", urn: "", props })];
}

test("of a pair whose cluster nothing tells, only what holds in each cluster is refused", async () => {
  const tie = "pair component";
  const onOneNode: Omit<Change, "at"> = { nodes: ["pve1", "pve1"] };
  expect(await refusedIn(tie, { at: "home", ...onOneNode })).toEqual([]);
  expect(await refusedIn(tie, { at: "home", peersPass: "Qr5vM1kz" })).toEqual([
    "vrrp-disagreement at home-conf-0",
  ]);
  const everywhere = await judged(tie, () => onOneNode);
  expect(everywhere.filter(({ policy }) => policy === "pair-on-one-node")).toHaveLength(3);
  const unjudged = everywhere.filter(({ policy }) => policy === "not-judged");
  expect(unjudged.map(({ message }) => message)).toEqual([
    expect.stringContaining(
      "daemon's file for a host of which nothing tells the cluster, so only what holds in each was judged (6)",
    ),
  ]);
});

test("one virtual address of components in three clusters is silent, in one cluster it is refused", async () => {
  const pairAt = (name: string, first: number, dependencies: string[]) => ({
    ...pair({
      members: [first, first + 1].map((host, index) => ({
        ...{ name: `m-${index}`, address: `192.168.1.${host}`, node: `pve${index + 1}` },
        ...{ priority: 200 - 50 * index, hostKey },
      })),
    }),
    ...{ name, urn: urn("homelab:components:TraefikHaPair", name), parent: stack, dependencies },
  });
  const guestOf = (site: Site) => cluster(site, "dependencies")[0]?.urn ?? "";
  const found = async (...pairs: ObservedResource[]) =>
    (await judged("dependencies", (site) => ({ more: () => (site === "home" ? pairs : []) })))
      .filter(({ enforcement }) => enforcement === "mandatory")
      .map(({ policy, urn: place }) => `${policy} at ${place?.split("::").at(-1)}`);
  const apart = sites.map((site) => pairAt(`pair-${site}`, 50, [guestOf(site)]));
  expect(await found(...apart)).toEqual([]);
  expect(await found(pairAt("a", 50, []), pairAt("b", 50, []))).toEqual([]);
  const home = guestOf("home");
  expect(await found(pairAt("a", 50, [home]), pairAt("b", 60, [home]))).toEqual([
    "vip-collision at b",
    "router-id-collision at b",
  ]);
});

test("a Kubernetes cluster that may be of several sites has no address in common with one of them", async () => {
  const web = (address: string): ObservedResource => ({
    ...{ type: "kubernetes:core/v1:Service", name: "web", urn: urn("service", "web") },
    props: { spec: { type: "LoadBalancer", loadBalancerIP: address } },
    ...{ parent: stack, provider: urn("pulumi:providers:kubernetes", "k8s") },
  });
  const found = async (address: string, vips: Partial<Record<Site, string>>) => {
    const violations = await judged("dependencies", (site) => ({
      ...(vips[site] !== undefined && { vip: vips[site] }),
      ...(site === "home" && { more: () => [web(address)] }),
    }));
    return violations
      .filter(({ enforcement }) => enforcement === "mandatory")
      .map(({ policy }) => policy);
  };
  // All three houses have the network, and only home has the address.
  expect(await found("192.168.1.90", { home: "192.168.1.90/24" })).toEqual([]);
  // No house has the network: whoever has the address as well has it twice.
  expect(await found("10.9.0.90", { home: "10.9.0.90/24" })).toEqual(["vip-collision"]);
});

test("two clusters whose endpoints lack the scheme stay two", () => {
  const of = (provider: string) => ({
    ...{ type: "proxmoxve:index/vmLegacy:VmLegacy", urn: urn("vm", provider), provider },
  });
  const endpoints = new Map(["home", "cottage"].map((name) => [name, `${name}.lan:8006`]));
  const { sites: found } = siteIndex([of("home"), of("cottage")], endpoints);
  expect([...found.values()]).toEqual(["home.lan:8006", "cottage.lan:8006"]);
});
