import { expect, test } from "vitest";
import { apiLoadBalancerSchema } from "../../config/api-load-balancers";
import { describeIssue } from "../../config/schema-problems";

const stated = (change: object) => ({
  vip: "192.168.56.100/24",
  interface: "eth1",
  virtualRouterId: 56,
  members: [
    { guest: "lb1", priority: 200 },
    { guest: "lb2", priority: 100 },
  ],
  masters: [{ guest: "master1" }],
  ...change,
});
const read = (change: object) => {
  const { profile, version, advertIntervalSec, check } = apiLoadBalancerSchema.parse(
    stated(change),
  );
  return { profile, version, advertIntervalSec, ...check };
};
const refused = (change: object) =>
  apiLoadBalancerSchema
    .safeParse(stated(change), { error: describeIssue })
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

test("what is not stated is compatible with every keepalived", () => {
  expect(read({})).toEqual({
    profile: "compatible",
    version: 3,
    advertIntervalSec: 1,
    weight: 0,
    intervalSec: 2,
    timeoutSec: 2,
    fall: 2,
    rise: 2,
  });
});

test("fast fills in times below a second", () => {
  expect(read({ profile: "fast" })).toEqual({
    profile: "fast",
    version: 3,
    advertIntervalSec: 0.2,
    weight: 0,
    intervalSec: 0.2,
    timeoutSec: 0.15,
    fall: 2,
    rise: 5,
  });
});

test("what is stated overrides the profile, one setting at a time", () => {
  const own = { profile: "fast", advertIntervalSec: 0.1, check: { rise: 10 } };
  expect(read(own)).toMatchObject({ advertIntervalSec: 0.1, rise: 10, fall: 2, intervalSec: 0.2 });
});

test("the weight auto becomes the number that moves the address", () => {
  expect(read({ check: { weight: "auto" } }).weight).toBe(-120);
});

test("a result that is read again stays the same", () => {
  const once = apiLoadBalancerSchema.parse(stated({ profile: "fast", check: { weight: "auto" } }));
  expect(apiLoadBalancerSchema.parse(once)).toEqual(once);
});

test("rejects a profile, a weight and an auto that cannot be", () => {
  expect(refused({ profile: "quick", check: { weight: "car" } })).toMatchInlineSnapshot(`
    [
      "profile: found "quick", expected "fast" (the address moves in less than a second) or "compatible"; change it",
      "check.weight: found "car", expected a weight from -253 to 253, or "auto"; change it",
    ]
  `);
  const members = [
    { guest: "lb1", priority: 50 },
    { guest: "lb2", priority: 1 },
  ];
  expect(refused({ members, check: { weight: "auto" } })).toMatchInlineSnapshot(`
    [
      "check.weight: found "auto", but no weight hands the address over between the priorities 50 and 1; raise the lowest to at least 2, or use weight 0 (FAULT)",
    ]
  `);
});
