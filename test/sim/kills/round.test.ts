import fc from "fast-check";
import { expect, test } from "vitest";
import type { Call } from "../../../sim/faults";
import { roundOf, roundText } from "../../support/kills/round";

const calls: Call[] = [
  { method: "create", type: "proxmoxve:index/harule:Harule", name: "apart" },
  { method: "create", type: "command:remote:Command", name: "conf" },
  { method: "check", type: "proxmoxve:index/harule:Harule", name: "apart" },
  { method: "invoke", type: "proxmoxve:index/getVmsLegacy:getVmsLegacy", name: "" },
];
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

test("a seed is the same round again, in whatever order the calls were noted", () => {
  const reversed = [...calls].reverse();
  fc.assert(
    fc.property(seeds, (seed) => {
      const round = roundOf(seed, { first: calls, edited: calls });
      expect(roundOf(seed, { first: reversed, edited: reversed })).toEqual(round);
      expect(roundText(round)).toContain(`seed ${seed}, ${round.scene} up: `);
    }),
  );
});

test("every round ends with a kill, and fifty rounds have every kind of kill and fault", () => {
  const fifty = Array.from({ length: 50 }, (_, index) =>
    roundOf(index + 1, { first: calls, edited: calls }),
  );
  expect(fifty.every(({ attempts }) => attempts.at(-1)?.kill !== undefined)).toBe(true);
  const kills = fifty.flatMap(({ attempts }) => attempts.flatMap(({ kill }) => kill ?? []));
  const kinds = (of: readonly string[]) => [...new Set(of)].sort();
  expect(kinds(kills.map(({ signal }) => signal))).toEqual(["SIGINT", "SIGKILL", "SIGTERM"]);
  expect(kinds(kills.map(({ target }) => target))).toEqual(["engine", "group", "program"]);
  expect(kinds(kills.map(({ fault }) => fault.kind))).toEqual([
    "apply-then-error",
    "apply-then-hang",
    "error",
    "hang",
    "slow",
  ]);
});
