import { expect, test } from "vitest";
import { evaluate } from "../../../policy/evaluate";
import { rules } from "../../../policy/rules/all";
import { guestStacks } from "./guests";
import { hazardousPairs } from "./hazardous-pairs";
import { safePairs } from "./safe-pairs";
import { serviceStacks } from "./services";

// Every hazard in them is refused or named as not judged, and nothing else is refused.
const stacks = [...guestStacks, ...serviceStacks, ...safePairs, ...hazardousPairs];

test("no two of the stacks are called the same", () => {
  expect(new Set(stacks.map(({ what }) => what)).size).toBe(stacks.length);
  expect(stacks.length).toBeGreaterThan(30);
});

test.each(stacks)("$what", async ({ resources, refused = [], advised = [], unjudged = [] }) => {
  const found = await evaluate(rules, resources);
  const mandatory = found.filter(({ enforcement }) => enforcement === "mandatory");
  const named = found.filter(({ policy }) => policy === "not-judged");

  expect([...new Set(mandatory.map(({ policy }) => policy))].sort()).toEqual(refused);
  expect(found.map(({ policy }) => policy)).toEqual(expect.arrayContaining(advised));
  expect(named.map(({ message }) => message)).toEqual(
    unjudged.map((part) => expect.stringContaining(part)),
  );
});
