import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../../policy/evaluate";
import type { ObservedResource, Violation } from "../../../policy/rule";
import { rules } from "../../../policy/rules/all";
import { command, container, keepalivedConf, resource } from "../resources";

const hosts = {
  a: { name: "alpha", address: "192.168.1.110", node: "proxmox" },
  b: { name: "beta", address: "192.168.1.103", node: "proxmox2" },
  c: { name: "gamma", address: "192.168.1.104", node: "proxmox3" },
};
type Key = keyof typeof hosts;

function guests(keys: readonly Key[]): ObservedResource[] {
  return keys.map((key, index) =>
    container(hosts[key].name, 110 + index, hosts[key].node, hosts[key].address),
  );
}

function stack(texts: Partial<Record<Key, string>>): ObservedResource[] {
  const keys = (Object.keys(hosts) as Key[]).filter((key) => texts[key] !== undefined);
  return [
    ...guests(keys),
    ...keys.map((key) => command(`${hosts[key].name}-conf`, hosts[key].address, texts[key] ?? "")),
  ];
}

const keepalived = /^(vrrp|pair|keepalived|vip|router)/;

/** The rules that refuse, or with `advisory` those that advise, each once. */
function by(violations: Violation[], enforcement: Violation["enforcement"]): string[] {
  const found = violations.filter(
    (each) => each.enforcement === enforcement && keepalived.test(each.policy),
  );
  return [...new Set(found.map(({ policy }) => policy))].sort();
}

const stored = (name: string) =>
  readFileSync(`test/__files__/keepalived-cases/${name}.conf`, "utf8");

// The verdicts were seen with the real daemons.
test.each([
  { name: "peers-one-line", keys: "abc", refused: ["vrrp-disagreement"] },
  { name: "auth-one-line", keys: "ab", refused: ["vrrp-disagreement"] },
  { name: "auth-type", keys: "ab", refused: ["vrrp-disagreement"] },
  { name: "vip-typo", keys: "ab", refused: ["vrrp-disagreement"] },
  { name: "continued", keys: "ab", refused: ["keepalived-file"] },
  { name: "dup-vrid", keys: "ab", refused: ["keepalived-file"] },
  { name: "process-weight", keys: "ab", refused: ["keepalived-file", "vrrp-weight"] },
  { name: "own-interface", keys: "ab", refused: ["pair-without-check"] },
  { name: "script-user", keys: "ab", refused: [], advised: ["keepalived-file-advice"] },
  { name: "ipv6-spelling", keys: "ab", refused: ["vrrp-weight"] },
  { name: "cond-shared", keys: "ab", refused: [], advised: [] },
  { name: "sync-sibling", keys: "ab", refused: [], advised: [] },
  { name: "dedicated-link", keys: "ab", refused: [], advised: [] },
  { name: "oneline-script", keys: "ab", refused: [], advised: ["keepalived-file-advice"] },
])("$name is refused by $refused", async ({ name, keys, refused, advised }) => {
  const texts = Object.fromEntries(
    [...keys].map((key) => [key, stored(name === "cond-shared" ? name : `${name}-${key}`)]),
  );

  const violations = await evaluate(rules, stack(texts));

  expect(by(violations, "mandatory")).toEqual(refused);
  if (advised) expect(by(violations, "advisory")).toEqual(advised);
});

const good = (priority: number, more = {}) => keepalivedConf({ priority, weight: 0, ...more });

test("a second file of a host, or a decoy, does not hide the first", async () => {
  const bad = [
    ...stack({ a: good(200, { weight: -20 }), b: good(100, { weight: -20 }) }),
    // Later by name, at paths that keepalived does not read.
    command("z-unused", "192.168.1.110", good(150, { vip: "192.168.1.9/24" }), {
      create: "cat > /root/unused.conf",
    }),
    command("z-near", "192.168.1.103", good(150, { vip: "192.168.1.9/24" }), {
      create: "tee /etc/keepalived/old.conf >/dev/null",
    }),
  ];

  expect(by(await evaluate(rules, bad), "mandatory")).toEqual(["vrrp-weight"]);
});

test("a decoy at a path that keepalived does not read is not judged", async () => {
  const resources = [
    ...stack({ a: good(150), b: good(100) }),
    command("z-unused", "192.168.1.110", "vrrp_instance X {\n}\n", {
      create: "cat > /root/unused.conf",
    }),
  ];

  expect(by(await evaluate(rules, resources), "mandatory")).toEqual([]);
});

test("files that the stack brings are included; one that it does not bring is named", async () => {
  const [script = "", instance = ""] = good(150).split(/(?=vrrp_instance)/);
  const part = (name: string, path: string, text: string) =>
    command(name, "192.168.1.110", text, { create: `cat > ${path}` });
  const resources = (main: string) => [
    ...stack({ b: good(100) }),
    ...guests(["a"]),
    part("main", "/etc/keepalived/keepalived.conf", `${script}include ${main}\n`),
    part("part", "/etc/keepalived/conf.d/web.conf", instance),
  ];

  const found = await evaluate(rules, resources("conf.d/*.conf"));
  expect(found.filter(({ policy }) => keepalived.test(policy))).toEqual([]);
  const outside = await evaluate(
    rules,
    resources(
      "/srv/*.conf\nvrrp_instance Y {\n interface eth0\n virtual_router_id 9\n virtual_ipaddress {\n 192.168.1.7\n }\n}",
    ),
  );
  const unjudged = outside.find(({ policy }) => policy === "keepalived-file-advice");
  expect(unjudged?.message).toContain('"include /srv/*.conf": no such file is brought here');
});

test("hosts are matched by address, name or guest, in any letter case", async () => {
  const near = { a: good(200, { weight: -20 }), b: good(100, { weight: -20 }) };
  const named = stack(near).map((each) =>
    each.name === "beta-conf"
      ? { ...each, props: { ...each.props, connection: { host: "Beta.lan", hostKey: "x" } } }
      : each,
  );
  const one = [
    container("alpha", 110, "Proxmox2", "192.168.1.110"),
    container("beta", 111, "proxmox2", "192.168.1.103"),
    ...named.slice(2),
  ];

  const found = await evaluate(rules, one);

  expect(by(found, "mandatory")).toContain("pair-on-one-node");
  expect(by(found, "mandatory")).toContain("vrrp-weight");
});

test("two guests of one host name: a finding is pinned to the file of its own", async () => {
  const resources = [
    container("web", 110, "proxmox", "192.168.1.110"),
    {
      ...container("web", 111, "proxmox2", "192.168.1.103"),
      urn: "urn:pulumi:test::test::x::web2",
    },
    command("first-conf", "192.168.1.110", good(150)),
    command("second-conf", "192.168.1.103", good(100, { check: false })),
  ];

  const [found, ...more] = (await evaluate(rules, resources)).filter(
    ({ policy }) => policy === "pair-without-check",
  );

  expect(more).toEqual([]);
  expect(found?.urn).toContain("second-conf");
});

test("a peer of the stack without a counterpart is refused, an unknown one is not", async () => {
  const unicast = (text: string, peer: string) =>
    text.replace(
      "    virtual_ipaddress",
      `    unicast_peer {\n        ${peer}\n    }\n    virtual_ipaddress`,
    );
  const other = good(100, { routerId: 77, vip: "192.168.1.99/24" });
  const alone = stack({
    a: unicast(good(150), "192.168.1.103"),
    b: unicast(other, "192.168.1.110"),
  });

  const found = await evaluate(rules, alone);
  expect(by(found, "mandatory")).toEqual(["vrrp-disagreement"]);
  expect(found[0]?.message).toMatchInlineSnapshot(
    `"keepalived.conf of alpha (192.168.1.110): "alpha" is the only member of 192.168.1.101/24 in this stack, so its death takes the virtual address down; add a second member on another node, or ignore this where another stack has it (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)"`,
  );
  const outside = stack({ a: unicast(good(150), "192.168.1.240") });
  expect(by(await evaluate(rules, outside), "mandatory")).toEqual([]);
});

test("a single member is advice", async () => {
  const found = await evaluate(rules, stack({ a: good(150) }));

  expect(by(found, "mandatory")).toEqual([]);
  expect(by(found, "advisory")).toEqual(["pair-on-one-node-advice"]);
});

test.each([
  { change: ["/usr/local/bin/check.sh", "/bin/true"], rule: "pair-without-check" },
  { change: ["interval 2", "interval 4000"], rule: "pair-without-check" },
  // keepalived takes at most 4294 s, and one second instead of more.
  { change: ["interval 2", "interval 86400"], rule: "keepalived-file-advice" },
  { change: ["fall 2", "fall 1000000"], rule: "pair-without-check" },
  { change: ["    state BACKUP", "    strict_mode"], rule: "keepalived-file" },
  { change: ["    interface eth0", "    interface eth0;"], rule: "keepalived-file" },
  {
    change: ["vrrp_script", "global_defs {\n  vrrp_strict\n}\nvrrp_script"],
    rule: "keepalived-file",
  },
  { change: ["    state BACKUP", "    dont_track_primary"], rule: "keepalived-file-advice" },
  { change: ["    advert_int 1", "    advert_int 3"], rule: "vrrp-disagreement" },
])("$change on one member is found by $rule", async ({ change: [from = "", to = ""], rule }) => {
  const texts = { a: good(150), b: good(100).replace(from, to) };

  const found = (await evaluate(rules, stack(texts))).filter(({ policy }) => policy === rule);

  expect(texts.b).not.toBe(good(100));
  expect(found.length).toBeGreaterThan(0);
});

/** Ways to write one and the same safe pair. */
const safe = fc.record({
  high: fc.integer({ min: 122, max: 180 }),
  weight: fc.constantFrom(0, 0, -100),
  version: fc.constantFrom(2, 3),
  advert: fc.integer({ min: 1, max: 5 }),
  unicast: fc.boolean(),
  auth: fc.boolean(),
  quoted: fc.boolean(),
  shared: fc.boolean(),
  six: fc.boolean(),
  below: fc.boolean(),
  excluded: fc.boolean(),
  crlf: fc.boolean(),
  third: fc.boolean(),
  group: fc.boolean(),
  name: fc.constantFrom("VI_1", "web front", "dns"),
});
type Safe = typeof safe extends fc.Arbitrary<infer Value> ? Value : never;

function safeFile(key: Key, keys: readonly Key[], options: Safe): string {
  const { high, weight, version, advert, unicast, auth, name, six, below } = options;
  const own = hosts[key].address;
  const priority = high - 10 * keys.indexOf(key);
  const uni = unicast && !six;
  const conditional = options.shared
    ? keys.map((each, index) => `@${hosts[each].name} priority ${high - 10 * index}`)
    : [`priority ${priority}`];
  const peers = keys.filter((each) => each !== key).map((each) => hosts[each].address);
  const lines = [
    "# made by hand",
    "global_defs {",
    "router_id edge",
    "enable_script_security",
    "script_user root",
    "}",
    "vrrp_script chk {",
    'script "/usr/local/bin/check one"',
    "interval 2 # seconds",
    `weight ${options.group ? 0 : weight}`,
    "}",
    options.quoted || name.includes(" ") ? `vrrp_instance "${name}" {` : `vrrp_instance ${name} {`,
    "state BACKUP",
    "interface eth0",
    "virtual_router_id 51",
    ...(six ? [] : [`version ${version}`]),
    ...conditional,
    `advert_int ${advert}`,
    ...(uni ? [`unicast_src_ip ${own}`, "unicast_peer {", ...peers, "}"] : []),
    ...(auth && version === 2 && !six
      ? ["authentication {", "auth_type PASS", "auth_pass kX93mQ7z", "}"]
      : []),
    "virtual_ipaddress {",
    ...(six
      ? ["fe80::51/64", key === "a" ? "fd00:0:0:1::60/64" : "FD00:0:0:1:0::60/64"]
      : ["192.168.1.60/24 dev eth0"]),
    "}",
    ...(options.excluded ? ["virtual_ipaddress_excluded {", "192.168.1.61/24", "}"] : []),
    "track_script {",
    "chk",
    "}",
    "}",
    ...(options.group
      ? ["vrrp_sync_group G {", "group {", name.includes(" ") ? `"${name}"` : name, "}", "}"]
      : []),
  ];
  const text = lines.join("\n").replaceAll(" {", below ? "\n{" : " {");
  return options.crlf ? text.replaceAll("\n", "\r\n") : text;
}

test("100 ways to write a safe pair pass in silence", async () => {
  await fc.assert(
    fc.asyncProperty(safe, async (options) => {
      const keys: Key[] = options.third ? ["a", "b", "c"] : ["a", "b"];
      const texts = Object.fromEntries(keys.map((key) => [key, safeFile(key, keys, options)]));
      const found = await evaluate(rules, stack(texts));
      expect(found.filter(({ policy }) => keepalived.test(policy))).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 120_000);

test("a copied file counts at its path", async () => {
  const copied = (name: string, host: string, text: string) =>
    resource("command:remote:CopyToRemote", name, {
      connection: { host, hostKey: "x" },
      source: text,
      remotePath: "/etc/keepalived/keepalived.conf",
    });
  const weak = { weight: -20 };
  const resources = [
    copied("a", "192.168.1.110", good(200, weak)),
    copied("b", "192.168.1.103", good(100, weak)),
  ];

  expect(by(await evaluate(rules, resources), "mandatory")).toEqual(["vrrp-weight"]);
});
