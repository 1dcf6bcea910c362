import { expect, test } from "vitest";
import { changeText, diffResilience } from "../../../cli/report/diff";
import { loss, outcome, someResilience } from "../../support/cli";

const withSingle = (services: Parameters<typeof loss>[1], more = {}) => ({
  ...someResilience(),
  single: [loss(["a"]), loss(["b"]), loss(["c"], services)],
  double: [],
  ...more,
});

const failover = outcome("failover", { rtoSec: [2.6, 3.6] });

test("the same configuration differs in nothing", () => {
  expect(diffResilience(someResilience(), someResilience())).toEqual([]);
});

test("what gets worse comes first, as a sentence that names node and service", () => {
  const before = withSingle({
    proxy: failover,
    netbox: outcome("restarts", { rtoSec: [121, 241] }),
  });
  const after = withSingle({
    proxy: outcome("stopped", { rtoSec: null, reason: "both members are on c" }),
  });
  const changes = diffResilience(before, after);
  expect(changes.map(({ verdict, name, kind }) => [verdict, kind, name])).toEqual([
    ["worse", "service", "proxy"],
    ["better", "service", "netbox"],
  ]);
  expect(changes.map(changeText)).toMatchInlineSnapshot(`
    [
      "the loss of c takes proxy from "failover 2.6-3.6 s" to "down" (both members are on c)",
      "the loss of c takes netbox from "restarts 2-4 min" to "ok"",
    ]
  `);
});

test("a longer recovery and a larger data loss are worse, though the outcome has the same name", () => {
  const at = (rtoSec: [number, number] | null, rpoSec: number) =>
    withSingle({ netbox: outcome("restarts", { rtoSec, rpoSec }) });
  const verdict = (before: ReturnType<typeof at>, after: ReturnType<typeof at>) =>
    diffResilience(before, after).map((change) => change.verdict);
  expect(verdict(at([1, 2], 0), at([1, 3], 0))).toEqual(["worse"]);
  expect(verdict(at([1, 2], 60), at([1, 2], 900))).toEqual(["worse"]);
  expect(verdict(at([1, 2], 900), at([1, 2], 60))).toEqual(["better"]);
  expect(verdict(at([1, 2], 0), at(null, 0))).toEqual(["worse"]);
});

test("a new service that a loss touches and one that is gone are told apart from a change", () => {
  const before = withSingle({ game: failover }, { services: ["proxy", "game"] });
  const after = withSingle({ netbox: failover }, { services: ["proxy", "netbox"] });
  expect(diffResilience(before, after).map(changeText)).toMatchInlineSnapshot(`
    [
      "the loss of c means for netbox, which is new: failover 2.6-3.6 s (because)",
      "the loss of c no longer concerns game, which is not there any more",
    ]
  `);
});

test("a node that only one of the two clusters has is compared with nothing", () => {
  const after = { ...withSingle({}), single: [loss(["d"], { proxy: failover })] };
  expect(diffResilience(withSingle({}), after)).toEqual([]);
});

test("guests are compared as well as services", () => {
  const before = someResilience();
  const after = someResilience();
  const last = after.single.at(-1);
  if (last) last.guests.netbox = outcome("restore", { rtoSec: [3600, 14_400], rpoSec: 86_400 });
  expect(diffResilience(before, after).map(changeText)).toMatchInlineSnapshot(`
    [
      "the loss of c takes netbox from "restarts 2-4 min (-15 min)" to "restore 1-4 h (-24 h)" (because)",
    ]
  `);
});
