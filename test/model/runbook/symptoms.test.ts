import { expect, test } from "vitest";
import { houseOf } from "../../../cli/commands/runbook/house";
import { procedures } from "../../../model/runbook/runbook";
import { symptoms } from "../../../model/runbook/symptoms";
import { stackData, stackOf } from "../../support/clusters/stacks";

const all = (stack: string) => procedures(houseOf(stack, stackOf(stackData(stack))));

test.each(["homelab", "two-nodes", "five-nodes", "matrix"])(
  "%s: every procedure is found by a symptom, and every symptom leads to one",
  (stack) => {
    const known = all(stack);
    const found = symptoms(known);
    const reached = new Set(found.flatMap((one) => one.procedures.map(({ id }) => id)));
    expect([...reached].sort()).toEqual(known.map(({ id }) => id).sort());
    expect(found.filter((one) => one.procedures.length === 0)).toEqual([]);
  },
);

test("what a house does not have is no symptom there", () => {
  const without = all("homelab").filter(({ id }) => id !== "tunnel-down");
  expect(symptoms(without).map(({ seen }) => seen)).not.toContain(
    "Names answer inside and not from outside",
  );
});
