import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { parseStack } from "../../../config/parse";
import { isAtLeast } from "../../../model/placement/cluster-version";
import { explain, simulate } from "../../../model/resilience/resilience";
import { cluster, guest, places } from "../../support/clusters/clusters";
import { put, stackData, stackOf } from "../../support/clusters/stacks";

const stated = (name: "homelab" | "matrix", fields: Record<string, unknown>) => {
  const data = stackData(name);
  for (const [key, value] of Object.entries(fields)) put(data, ["cluster", key], value);
  return data;
};

test.each([
  ["5.1.2", "5.1.2", true],
  ["5.2.0", "5.1.2", true],
  ["5.1.10", "5.1.2", true],
  ["5.1.1", "5.1.2", false],
  ["4.0.7", "5.1.2", false],
])("%s is at least %s: %s", (version, other, is) => {
  expect(isAtLeast(version, other)).toBe(is);
});

test("guests outside HA count in the choice since ha-manager 5.1.2, and not on version 8", () => {
  const counts = (name: "homelab" | "matrix", fields = {}) =>
    clusterModel(stackOf(stated(name, fields))).outsideHaCounts;
  expect([counts("homelab"), counts("homelab", { haManager: "5.1.1" }), counts("matrix")]).toEqual([
    true,
    false,
    false,
  ]);
  const guests = [guest("lost", "n1"), guest("outside", "n2", { ha: undefined })];
  expect(places(cluster({ guests }), "n1").lost).toBe("restarts n3");
  expect(places(cluster({ guests, outsideHaCounts: false }), "n1").lost).toBe("restarts n2");
});

test("a version that the cluster cannot have, and a scheduler that it has not, are refused", () => {
  const problems = (fields: Record<string, unknown>) => {
    const parsed = parseStack(stated("homelab", fields));
    return "problems" in parsed ? parsed.problems.map(({ message }) => message) : [];
  };
  expect(problems({ haManager: "4.0.7" })).toEqual([
    "found 4.0.7, and Proxmox VE 9 has 5.x; copy it from `pveversion -v`, line pve-ha-manager",
  ]);
  expect(problems({ haManager: "5.1.3", scheduler: "dynamic" })).toEqual([
    "found dynamic, which ha-manager has since 5.2.0, and this cluster has 5.1.3; use basic or static, or upgrade",
  ]);
  expect(problems({ scheduler: "dynamic" })).toEqual([]);
});

test("what the dynamic scheduler chooses is not predicted, and said so", () => {
  const model = cluster({ guests: [guest("lost", "n1")], scheduler: "dynamic" });
  const { report } = explain(model, ["n1"]);
  expect(report.guests.lost).toMatchObject({ status: "restarts" });
  expect(report.guests.lost?.toNode).toBeUndefined();
  expect(report.guests.lost?.reason).toBe(
    "HA fences n1, then starts it on one of n2, n3, n4 or n5 from the shared disk; scheduler `dynamic` chooses by the load of that moment",
  );
  const only = { nodes: { n1: 1, n2: 1 }, strict: true };
  const bound = cluster({ guests: [guest("lost", "n1", { ha: only })], scheduler: "dynamic" });
  expect(simulate(bound, ["n1"]).guests.lost?.toNode).toBe("n2");
});
