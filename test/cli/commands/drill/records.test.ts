import fc from "fast-check";
import { expect, test } from "vitest";
import { keptName } from "../../../../cli/commands/drill/records";
import { sectionsOf } from "../../../../config/virtual-addresses";

const sections = sectionsOf("vrrp").map(({ name }) => name);

test("what is kept of a pair's drills has a name that no other pair of no other stack has", () => {
  const stacks = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}$/);
  const pairs = fc
    .tuple(fc.constantFrom(...sections), fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/))
    .map((parts) => parts.join("."));
  // Stacks that end as a pair begins are the ones that could be mixed up.
  const close = fc.oneof(
    stacks,
    fc.tuple(stacks, pairs).map((parts) => parts.join("-")),
  );
  fc.assert(
    fc.property(close, pairs, (stack, pair) => {
      const [, foundStack, foundPair] = /^(.*)-([^-]+\.[^.]+)$/.exec(keptName(stack, pair)) ?? [];
      expect([foundStack, foundPair]).toEqual([stack, pair]);
    }),
  );
});
