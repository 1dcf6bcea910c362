import fc from "fast-check";
import { expect, test } from "vitest";
import { FAULTS } from "../../lab/endurance/faults";
import { difference } from "../../lab/endurance/left-overs";
import { seeded } from "../../lab/endurance/random";

const names = (seed: number, count: number) => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => random.pick(FAULTS).name);
};

test("a seed makes the same faults again, and another one others", () => {
  expect(names(7, 50)).toEqual(names(7, 50));
  expect(names(7, 50)).not.toEqual(names(8, 50));
});

test("two hundred faults have each kind among them, whatever the seed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
      expect(new Set(names(seed, 200)).size).toBe(FAULTS.length);
    }),
  );
});

test("numbers stay between their bounds", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 100 }), (seed, low) => {
      const random = seeded(seed);
      for (let count = 0; count < 50; count += 1) {
        const number = random.between(low, low + 3);
        expect(number >= low && number < low + 3).toBe(true);
      }
    }),
  );
});

test("what differs is named, and nothing is where nothing does", () => {
  const before = "abc  /etc/keepalived/keepalived.conf\ninet 10.77.0.11/24\n      2 keepalived\n";
  expect(difference(before, before)).toBe("");
  expect(
    difference(
      before,
      "abc  /etc/keepalived/keepalived.conf\ninet 10.77.0.11/24\ninet 10.77.0.100/24\n      3 keepalived\n",
    ),
  ).toBe("gone:       2 keepalived; left: inet 10.77.0.100/24; left:       3 keepalived");
});
