import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeRules } from "../../model/placement/ha-rules";
import { infeasibilities } from "../../sim/proxmox/ha-feasibility";
import type { HaRuleState } from "../../sim/world";

type Rules = Record<string, HaRuleState>;

function node(resources: string[], nodes: Record<string, number>): HaRuleState {
  return { type: "node-affinity", resources, nodes, strict: false, disable: false };
}

function affinity(kind: "positive" | "negative", ...resources: string[]): HaRuleState {
  const rest = { nodes: {}, strict: false, disable: false };
  return { type: "resource-affinity", affinity: kind, resources, ...rest };
}

const cases: { what: string; rules: Rules; refused: string[] }[] = [
  {
    what: "a resource in two node rules",
    rules: { one: node(["ct:1"], { a: 1 }), two: node(["ct:1", "ct:2"], { b: 1 }) },
    refused: ["one", "two"],
  },
  {
    what: "a resource rule of one resource",
    rules: { one: affinity("negative", "ct:1") },
    refused: ["one"],
  },
  {
    what: "more resources apart than nodes",
    rules: { one: affinity("negative", "ct:1", "ct:2", "ct:3", "ct:4") },
    refused: ["one"],
  },
  {
    what: "the same pair together and apart",
    rules: { one: affinity("positive", "ct:1", "ct:2"), two: affinity("negative", "ct:1", "ct:2") },
    refused: ["one", "two"],
  },
  {
    what: "a pair apart that two rules together join",
    rules: {
      one: affinity("positive", "ct:1", "ct:2"),
      two: affinity("positive", "ct:2", "ct:3"),
      three: affinity("negative", "ct:1", "ct:3"),
    },
    refused: ["one", "three", "two"],
  },
  {
    what: "apart, with nodes of two priorities",
    rules: { one: affinity("negative", "ct:1", "ct:2"), two: node(["ct:1"], { a: 2, b: 1 }) },
    refused: ["one", "two"],
  },
  {
    what: "together, with members in two node rules",
    rules: {
      one: affinity("positive", "ct:1", "ct:2"),
      two: node(["ct:1"], { a: 1 }),
      three: node(["ct:2"], { b: 1 }),
    },
    refused: ["one", "three", "two"],
  },
  {
    what: "apart on one allowed node",
    rules: { one: affinity("negative", "ct:1", "ct:2"), two: node(["ct:1", "ct:2"], { a: 1 }) },
    refused: ["one", "two"],
  },
  {
    what: "a pair apart on two nodes of one priority",
    rules: {
      one: affinity("negative", "ct:1", "ct:2"),
      two: node(["ct:1", "ct:2"], { a: 1, b: 1 }),
    },
    refused: [],
  },
  {
    what: "a rule that is switched off beside one that it contradicts",
    rules: {
      one: { ...affinity("positive", "ct:1", "ct:2"), disable: true },
      two: affinity("negative", "ct:1", "ct:2"),
    },
    refused: [],
  },
];

test.each(cases)("in a cluster of three, $what: $refused", ({ rules, refused }) => {
  expect(Object.keys(infeasibilities(rules, 3)).sort()).toEqual(refused);
});

const clusterNodes = ["a", "b", "c"];
const resources = fc.uniqueArray(fc.constantFrom("ct:1", "ct:2", "ct:3", "ct:4", "ct:5"), {
  minLength: 1,
  maxLength: 4,
});
const nodeRule = fc
  .tuple(
    resources,
    fc.dictionary(fc.constantFrom(...clusterNodes), fc.constantFrom(1, 2), { minKeys: 1 }),
  )
  .map(([among, nodes]) => node(among, nodes));
const resourceRule = fc
  .tuple(fc.constantFrom("positive" as const, "negative" as const), resources)
  .map(([kind, among]) => affinity(kind, ...among));

test("the model refuses a set of rules exactly when the platform does", () => {
  const sets = fc.dictionary(fc.constantFrom("r1", "r2", "r3"), fc.oneof(nodeRule, resourceRule), {
    minKeys: 1,
  });
  fc.assert(
    fc.property(sets, (rules) => {
      const listed = Object.entries(rules).map(([name, rule]) => ({
        name,
        type: rule.type,
        resources: rule.resources,
        ...(rule.type === "node-affinity"
          ? { nodes: rule.nodes, strict: rule.strict }
          : { affinity: rule.affinity }),
      }));
      const byModel = judgeRules(listed, clusterNodes).length > 0;
      const byPlatform = Object.keys(infeasibilities(rules, clusterNodes.length)).length > 0;
      expect(byModel, JSON.stringify(rules)).toBe(byPlatform);
    }),
    { numRuns: 2000 },
  );
});
