import { expect, test } from "vitest";
import { findingText } from "../../../model/finding";
import { type HaRule, judgeRules } from "../../../model/placement/ha-rules";

const nodes = ["proxmox", "proxmox2", "proxmox3"];

const on = (name: string, resources: string[], places: Record<string, number>, strict = false) =>
  ({ name, type: "node-affinity", resources, nodes: places, strict }) satisfies HaRule;
const apart = (name: string, ...resources: string[]) =>
  ({ name, type: "resource-affinity", affinity: "negative", resources }) satisfies HaRule;
const together = (name: string, ...resources: string[]) =>
  ({ name, type: "resource-affinity", affinity: "positive", resources }) satisfies HaRule;

const texts = (rules: HaRule[], clusterNodes: string[] | undefined = nodes) =>
  judgeRules(rules, clusterNodes).map((found) => `${found.path[0]}: ${findingText(found)}`);

test("a pair that is kept apart on two equal nodes is feasible", () => {
  expect(
    texts([
      on("pair", ["ct:110", "ct:121"], { proxmox2: 1, proxmox3: 1 }, true),
      apart("pair-apart", "ct:110", "ct:121"),
    ]),
  ).toEqual([]);
});

test("rejects a resource in two node-affinity rules (a)", () => {
  expect(
    texts([
      on("web", ["ct:110", "ct:121"], { proxmox: 1 }),
      on("all", ["ct:110"], { proxmox2: 1 }),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "all: ct:110 is in the node-affinity rules "web" and "all", and Proxmox allows a resource in one of them only; leave ct:110 in one of "web" and "all"",
    ]
  `);
});

test("rejects a resource-affinity rule with fewer than two resources (b)", () => {
  expect(texts([apart("lonely", "ct:110", "ct:110")])).toMatchInlineSnapshot(`
    [
      "lonely: resource-affinity rule "lonely" names 1 resource (ct:110), and it takes 2 to be kept apart; name the other resource, or remove the rule",
    ]
  `);
});

test("rejects keeping more resources apart than there are nodes (c)", () => {
  const rules = [apart("spread", "ct:1", "ct:2", "ct:3", "ct:4")];
  expect(texts(rules)).toMatchInlineSnapshot(`
    [
      "spread: rule "spread" keeps 4 resources apart, and the cluster has 3 nodes; keep at most 3 apart, or split the rule",
    ]
  `);
  expect(judgeRules(rules, undefined)).toEqual([]);
});

test("rejects the same pair together and apart (d), also through a chain of rules", () => {
  expect(
    texts([
      together("a", "ct:1", "ct:2"),
      together("b", "ct:2", "ct:3"),
      apart("c", "ct:1", "ct:3"),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "c: ct:1 and ct:3 are kept apart by "c" and together by "a" and "b"; take ct:1 and ct:3 out of one of them",
    ]
  `);
});

test("one shared resource of a positive and a negative rule is feasible", () => {
  expect(texts([together("a", "ct:1", "ct:2"), apart("b", "ct:1", "ct:3")])).toEqual([]);
});

test("rejects several priority classes beside a resource-affinity rule (e)", () => {
  const group = on("traefik-group", ["ct:110", "ct:121"], { proxmox2: 1, proxmox3: 1, proxmox: 0 });
  expect(texts([group, apart("pair", "ct:110", "ct:121")])).toMatchInlineSnapshot(`
    [
      "pair: rule "pair" keeps ct:110 and ct:121 apart, and "traefik-group" gives ct:110 and ct:121 nodes of 2 priority classes (1: proxmox2 and proxmox3, 0: proxmox), which Proxmox refuses; use one priority class: give every node of "traefik-group" the same priority",
    ]
  `);
  expect(texts([group, together("pair", "ct:110", "ct:999")])).toHaveLength(1);
});

test("rejects a positive rule over two node-affinity rules (f)", () => {
  expect(
    texts([
      on("web", ["ct:1"], { proxmox: 1 }),
      on("db", ["ct:2"], { proxmox2: 1 }),
      together("near", "ct:1", "ct:2"),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "near: ct:1 and ct:2 are kept together by "near", but stand in the node-affinity rules "web" and "db"; put all of them into one node-affinity rule",
    ]
  `);
});

test("rejects fewer allowed nodes than resources to keep apart (g)", () => {
  expect(
    texts([on("one", ["ct:1", "ct:2"], { proxmox2: 1 }), apart("pair", "ct:1", "ct:2")]),
  ).toMatchInlineSnapshot(`
    [
      "pair: rule "pair" keeps ct:1 and ct:2 apart, and "one" leaves them 1 node (proxmox2); list at least 2 nodes in "one"",
    ]
  `);
});

test("rejects strict rules that seat two resources on one node although there are nodes enough", () => {
  const rules = [
    on("left", ["ct:1", "ct:2"], { proxmox: 1 }, true),
    on("right", ["ct:3"], { proxmox2: 1, proxmox3: 1 }, true),
    apart("all", "ct:1", "ct:2", "ct:3"),
  ];
  expect(texts(rules)).toMatchInlineSnapshot(`
    [
      "all: rule "all" keeps ct:1 and ct:2 apart, and strict rules leave them only proxmox: one of them would never run; allow one of them on another node",
    ]
  `);
  const [left, ...rest] = rules;
  expect(texts([{ ...left, strict: false } as HaRule, ...rest])).toEqual([]);
});

test("a thousand resources in one set, and in chains of sets, are judged", () => {
  const many = Array.from({ length: 1000 }, (_, index) => `ct:${index + 100}`);
  const chain = many.slice(1).map((id, index) => together(`t${index}`, many[index] ?? "", id));
  const pairs = many.slice(1).map((id, index) => apart(`p${index}`, many[index] ?? "", id));
  const found = judgeRules(
    [on("all", many, { proxmox: 2, proxmox2: 1 }), ...chain, ...pairs],
    nodes,
  );
  // Every pair: both together and apart (d), and each of both rules beside two classes (e).
  expect(found).toHaveLength(999 * 3);
});
