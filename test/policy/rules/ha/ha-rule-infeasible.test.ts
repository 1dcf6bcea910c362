import { expect, test } from "vitest";
import { haRuleInfeasible } from "../../../../policy/rules/ha";
import { guest, haGroup, haRule } from "../../group";
import { pageTest } from "../../page-test";
import { proxied, unknown } from "../../proxied";
import { reported } from "../../reported";
import { resource } from "../../resources";

const apart = haRule("apart", {
  type: "resource-affinity",
  affinity: "negative",
  resources: ["ct:110", "ct:121"],
});

const placed = (nodes: Record<string, number>, strict = true) =>
  haRule("proxies", { type: "node-affinity", nodes, strict, resources: ["ct:110", "ct:121"] });

pageTest("ha-rule-infeasible", [
  haGroup("traefik-group", { nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 } }),
]);

test("a pair kept apart without preferences passes, as component and as plain rules", async () => {
  expect(await reported(haRuleInfeasible, [haGroup()])).toEqual([]);
  expect(await reported(haRuleInfeasible, [apart, placed({ proxmox2: 1, proxmox3: 1 })])).toEqual(
    [],
  );
});

test("rejects the blueprint's group: two priority classes and a pair kept apart", async () => {
  const group = haGroup("traefik", { nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 } });

  expect(await reported(haRuleInfeasible, [group])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-rule-infeasible: HaGroup "traefik" keepApart[0]: rule "traefik-apart-ct-110" keeps ct:110 and ct:121 apart, and "traefik" gives ct:110 and ct:121 nodes of 2 priority classes (1: proxmox2 and proxmox3, 0: proxmox), which Proxmox refuses; use one priority class: give every node of "traefik" the same priority (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
    ]
  `);
});

test("rejects the same as plain rules", async () => {
  const rules = [apart, placed({ proxmox2: 2, proxmox3: 1 }, false)];

  expect(await reported(haRuleInfeasible, rules)).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-rule-infeasible: Harule "apart": rule "apart" keeps ct:110 and ct:121 apart, and "proxies" gives ct:110 and ct:121 nodes of 2 priority classes (2: proxmox2, 1: proxmox3), which Proxmox refuses; use one priority class: give every node of "proxies" the same priority (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
    ]
  `);
});

test("says once what a component and its own rules both show", async () => {
  const group = haGroup("proxies", { nodes: { proxmox2: 2, proxmox3: 1 }, strict: true });
  const emitted = haRule("proxies-apart-ct-110", {
    type: "resource-affinity",
    affinity: "negative",
    resources: ["ct:110", "ct:121"],
  });

  const messages = await reported(haRuleInfeasible, [
    group,
    placed({ proxmox2: 2, proxmox3: 1 }),
    emitted,
  ]);

  expect(messages).toHaveLength(1);
});

test("rejects more guests kept apart than allowed nodes", async () => {
  expect(await reported(haRuleInfeasible, [apart, placed({ proxmox2: 1 })])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-rule-infeasible: Harule "apart": rule "apart" keeps ct:110 and ct:121 apart, and "proxies" leaves them 1 node (proxmox2); list at least 2 nodes in "proxies" (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
    ]
  `);
});

test("rejects each of Proxmox's seven tests as plain rules, with the rules in conflict", async () => {
  const rule = (name: string, affinity: "positive" | "negative", ...resources: string[]) =>
    haRule(name, { type: "resource-affinity", affinity, resources });
  const on = (name: string, nodes: Record<string, number>, ...resources: string[]) =>
    haRule(name, { type: "node-affinity", nodes, strict: false, resources });
  const component = haGroup("known", { guests: [guest("x", 1, "proxmox")], keepApart: [] });
  const cases = {
    a: [on("one", { a: 1 }, "ct:2"), on("two", { b: 1 }, "ct:2")],
    b: [rule("one", "negative", "ct:2")],
    c: [component, rule("one", "negative", "ct:2", "ct:3", "ct:4", "ct:5")],
    d: [rule("one", "positive", "ct:2", "ct:3"), rule("two", "negative", "ct:2", "ct:3")],
    e: [on("one", { a: 2, b: 1 }, "ct:2"), rule("two", "positive", "ct:2", "ct:3")],
    f: [
      on("one", { a: 1 }, "ct:2"),
      on("two", { b: 1 }, "ct:3"),
      rule("three", "positive", "ct:2", "ct:3"),
    ],
    g: [on("one", { a: 1 }, "ct:2", "ct:3"), rule("two", "negative", "ct:2", "ct:3")],
  };
  const found = Object.entries(cases).map(async ([letter, resources]) => {
    const messages = await reported(haRuleInfeasible, resources);
    return [letter, ...messages.map((text) => text.replace(/^.*?: | \(see .*$/g, ""))];
  });

  expect(await Promise.all(found)).toMatchInlineSnapshot(`
    [
      [
        "a",
        "Harule "two": ct:2 is in the node-affinity rules "one" and "two", and Proxmox allows a resource in one of them only; leave ct:2 in one of "one" and "two"",
      ],
      [
        "b",
        "Harule "one": resource-affinity rule "one" names 1 resource (ct:2), and it takes 2 to be kept apart; name the other resource, or remove the rule",
      ],
      [
        "c",
        "Harule "one": rule "one" keeps 4 resources apart, and the cluster has 3 nodes; keep at most 3 apart, or split the rule",
      ],
      [
        "d",
        "Harule "two": ct:2 and ct:3 are kept apart by "two" and together by "one"; take ct:2 and ct:3 out of one of them",
      ],
      [
        "e",
        "Harule "two": rule "two" keeps ct:2 and ct:3 together, and "one" gives ct:2 nodes of 2 priority classes (2: a, 1: b), which Proxmox refuses; use one priority class: give every node of "one" the same priority",
      ],
      [
        "f",
        "Harule "three": ct:2 and ct:3 are kept together by "three", but stand in the node-affinity rules "one" and "two"; put all of them into one node-affinity rule",
      ],
      [
        "g",
        "Harule "two": rule "two" keeps ct:2 and ct:3 apart, and "one" leaves them 1 node (a); list at least 2 nodes in "one"",
      ],
    ]
  `);
});

test("rejects a guest in two groups", async () => {
  const other = haGroup("other", { guests: [guest("traefik", 110, "proxmox2")], keepApart: [] });

  expect(await reported(haRuleInfeasible, [haGroup(), other])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-rule-infeasible: HaGroup "reverse-proxy" guests[0]: ct:110 is in the groups "other" and "reverse-proxy", and a guest has one placement only; keep it in one place (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
    ]
  `);
});

test("rejects a group on a node that the cluster has not, and a strict one without nodes", async () => {
  const strange = haGroup("a", { nodes: { proxmox4: 1 } });
  const nowhere = haGroup("b", { guests: [guest("x", 1, "proxmox")], keepApart: [], strict: true });

  expect(await reported(haRuleInfeasible, [strange, nowhere])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-rule-infeasible: HaGroup "a" nodes.proxmox4: group "a" lists node "proxmox4", and the cluster has proxmox, proxmox2 and proxmox3; name a node of the cluster (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
      "[mandatory] ha-rule-infeasible: HaGroup "a" keepApart[0]: rule "a-apart-ct-110" keeps ct:110 and ct:121 apart, and "a" leaves them 1 node (proxmox4); list at least 2 nodes in "a" (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
      "[mandatory] ha-rule-infeasible: HaGroup "b" nodes: group "b" is strict and lists no node, so its guests could run nowhere; list the allowed nodes, or drop strict (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
    ]
  `);
});

test("rejects groups beside rules, and a restricted group without nodes", async () => {
  const group = resource("proxmoxve:index/hagroup:Hagroup", "proxies", {
    group: "proxies",
    nodes: {},
    restricted: true,
  });

  expect(await reported(haRuleInfeasible, [group, apart])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-rule-infeasible: Hagroup "proxies": group "proxies" is strict and lists no node, so its guests could run nowhere; list the allowed nodes, or drop strict (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
      "[mandatory] ha-rule-infeasible: Hagroup "proxies": this stack has the HA group "proxies" and the HA rule "apart", and Proxmox VE 9 refuses groups as 8 refuses rules; keep the groups on Proxmox VE 8, or turn each group into a node-affinity rule on 9 (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
    ]
  `);
});

test("advises when Proxmox VE 8 cannot keep a pair apart", async () => {
  expect(
    await reported(haRuleInfeasible, [haGroup("proxies", { pveVersion: 8 })]),
  ).toMatchInlineSnapshot(`
      [
        "[advisory] ha-rule-infeasible-advice: HaGroup "proxies" keepApart[0]: groups do not separate guests on Proxmox VE 8: ct:110 and ct:121 may end up on one node after a failure; upgrade to Proxmox VE 9, or put them into groups without a common node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md)",
      ]
    `);
});

test("leaves out a rule that is disabled or not known yet", async () => {
  const one = { type: "resource-affinity", affinity: "negative" };
  const disabled = haRule("off", { ...one, resources: ["ct:110"], disable: true });
  const later = haRule("later", { ...one, resources: [unknown.text] });

  const rules = [disabled, { ...later, props: proxied(later.props) }];

  expect(await reported(haRuleInfeasible, rules)).toEqual([]);
});
