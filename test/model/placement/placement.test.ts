import { expect, test } from "vitest";
import { findingText, pathText } from "../../../model/finding";
import {
  allowedNodes,
  type PlacementGroup,
  rulePriorities,
  rulesOf,
} from "../../../model/placement/group-rules";
import { judgeHome, judgePlacement } from "../../../model/placement/placement";

const nodes = ["proxmox", "proxmox2", "proxmox3"];

const group = (fields: Partial<PlacementGroup>): PlacementGroup => ({
  name: "traefik-group",
  resources: ["ct:110", "ct:121"],
  nodes: { proxmox2: 1, proxmox3: 1 },
  strict: true,
  failback: true,
  keepApart: [["ct:110", "ct:121"]],
  keepTogether: [],
  ...fields,
});
const owners = group({ nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 } });

const texts = (version: 8 | 9, ...groups: PlacementGroup[]) =>
  judgePlacement(version, nodes, groups).map(
    (found) => `${found.severity} ${pathText(found.path)}: ${findingText(found)}`,
  );

test("a group becomes one node-affinity rule and one rule for each set", () => {
  expect(rulesOf(group({ keepTogether: [["ct:110", "ct:130"]] }))).toEqual([
    {
      name: "traefik-group",
      type: "node-affinity",
      resources: ["ct:110", "ct:121"],
      nodes: { proxmox2: 1, proxmox3: 1 },
      strict: true,
    },
    {
      name: "traefik-group-apart-ct-110",
      type: "resource-affinity",
      affinity: "negative",
      resources: ["ct:110", "ct:121"],
    },
    {
      name: "traefik-group-together-ct-110",
      type: "resource-affinity",
      affinity: "positive",
      resources: ["ct:110", "ct:130"],
    },
  ]);
});

test("a group without nodes needs no node-affinity rule", () => {
  expect(rulesOf(group({ nodes: {}, strict: false, keepApart: [] }))).toEqual([]);
});

test("two sets with the same first guest get different rule names", () => {
  const rules = rulesOf(
    group({
      nodes: {},
      keepApart: [
        ["a", "b"],
        ["a", "c"],
        ["a", "c", "d"],
      ],
    }),
  );
  expect(rules.map((rule) => rule.name)).toEqual([
    "traefik-group-apart-a",
    "traefik-group-apart-a-c",
    "traefik-group-apart-a-c-d",
  ]);
});

test("a strict group allows its nodes, another one the whole cluster", () => {
  expect(allowedNodes(group({}), nodes)).toEqual(["proxmox2", "proxmox3"]);
  expect(allowedNodes(group({ strict: false }), nodes)).toEqual(nodes);
});

test("the pair on two nodes of one class is accepted on version 9", () => {
  expect(texts(9, group({}))).toEqual([]);
});

test("rejects the owner's two priority classes with keeping apart on version 9", () => {
  expect(texts(9, owners)).toMatchInlineSnapshot(`
    [
      "error traefik-group.keepApart[0]: rule "traefik-group-apart-ct-110" keeps ct:110 and ct:121 apart, and "traefik-group" gives ct:110 and ct:121 nodes of 2 priority classes (1: proxmox2 and proxmox3, 0: proxmox), which Proxmox refuses; use one priority class: give every node of "traefik-group" the same priority",
    ]
  `);
});

test("accepts the owner's group on version 8 with a warning that groups do not separate", () => {
  expect(texts(8, owners)).toMatchInlineSnapshot(`
    [
      "warning traefik-group.keepApart[0]: groups do not separate guests on Proxmox VE 8: ct:110 and ct:121 may end up on one node after a failure; upgrade to Proxmox VE 9, or put them into groups without a common node",
    ]
  `);
});

test("rejects keeping together on version 8, which cannot", () => {
  expect(
    texts(8, group({ keepApart: [], keepTogether: [["ct:110", "ct:121"]] })),
  ).toMatchInlineSnapshot(`
    [
      "error traefik-group.keepTogether[0]: Proxmox VE 8 cannot keep ct:110 and ct:121 together; remove keepTogether, or upgrade to Proxmox VE 9",
    ]
  `);
});

test("rejects unknown nodes, a strict group without nodes, and sets with strangers", () => {
  expect(
    texts(
      9,
      group({ nodes: { proxmox2: 1, proxmox4: 1 } }),
      group({ name: "nowhere", resources: ["ct:1"], nodes: {}, keepApart: [] }),
      group({ name: "sets", resources: ["ct:2", "ct:3"], keepApart: [["ct:2", "ct:9"]] }),
    ),
  ).toMatchInlineSnapshot(`
    [
      "error traefik-group.nodes.proxmox4: group "traefik-group" lists node "proxmox4", and the cluster has proxmox, proxmox2 and proxmox3; name a node of the cluster",
      "error nowhere.nodes: group "nowhere" is strict and lists no node, so its guests could run nowhere; list the allowed nodes, or drop strict",
      "error sets.keepApart[0]: keepApart of group "sets" names ct:9, which is not in the group; add ct:9 to the guests of the group, or take it out of keepApart",
    ]
  `);
});

test("rejects a guest in two groups, once", () => {
  const other = group({ name: "backend-group", resources: ["ct:130", "ct:110"], keepApart: [] });
  for (const version of [8, 9] as const) {
    const errors = texts(version, group({}), other).filter((text) => text.startsWith("error"));
    expect(errors).toMatchInlineSnapshot(`
      [
        "error backend-group.guests[1]: ct:110 is in the groups "traefik-group" and "backend-group", and a guest has one placement only; keep it in one place",
      ]
    `);
  }
});

test.each([
  { nodes: { a: 2, b: 1 }, kept: { a: 2, b: 1 } },
  { nodes: { a: 1, b: 1, c: 0 }, kept: { a: 2, b: 2, c: 1 } },
  { nodes: { a: 1000, b: 0, c: 5, d: 5 }, kept: { a: 3, b: 1, c: 2, d: 2 } },
  { nodes: {}, kept: {} },
])("a rule says $nodes as $kept: the same order, without 0", ({ nodes: stated, kept }) => {
  expect(rulePriorities(stated as Record<string, number>)).toEqual(kept);
});

test("a home in the highest class, or without failback, or of a group without nodes is no contradiction", () => {
  const traefik = { name: "traefik", node: "proxmox3" };
  const ranked = { proxmox2: 2, proxmox3: 1 };
  expect(judgeHome(traefik, group({}))).toEqual([]);
  expect(judgeHome(traefik, group({ nodes: ranked, failback: false }))).toEqual([]);
  expect(judgeHome(traefik, group({ nodes: {}, strict: false }))).toEqual([]);
  expect(judgeHome(traefik, group({ nodes: ranked })).map(findingText)).toMatchInlineSnapshot(`
    [
      ""traefik" lives on proxmox3, and this group prefers proxmox2 and fails back, so HA would move it at once; name proxmox2 as the node of "traefik", or change the priorities or failback of the group",
    ]
  `);
  expect(
    judgeHome({ ...traefik, node: "proxmox" }, group({ strict: false })).map(findingText),
  ).toMatchInlineSnapshot(`
    [
      ""traefik" lives on proxmox, and this group prefers proxmox2 and proxmox3 and fails back, so HA would move it at once; name one of them as the node of "traefik", or change the priorities or failback of the group",
    ]
  `);
});

test("version 8 refuses group ids that Proxmox does not take; version 9 has no groups", () => {
  const named = (more: Partial<PlacementGroup>) => group({ keepApart: [], ...more });
  const refused = (more: Partial<PlacementGroup>) =>
    texts(8, named(more)).filter((text) => text.includes("group id"));
  expect(refused({ name: "w" })).toEqual([
    'error w: Proxmox VE 8 refuses the group id "w": it takes a letter, then at least one letter, digit, "-" or "_"; rename the group, or give it such a groupId',
  ]);
  expect(refused({ name: "web", groupId: "we.b" })).toHaveLength(1);
  for (const fine of [{ name: "we" }, { name: "w", groupId: "web" }, { name: "w", nodes: {} }]) {
    expect(refused(fine)).toEqual([]);
  }
  expect(texts(9, named({ name: "w" }))).toEqual([]);
});
