import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { describeIssue } from "../../config/file/schema-problems";
import { parseStack } from "../../config/parse";
import { resolveStack } from "../../config/resolve";
import { apiLoadBalancerSchema } from "../../config/sections/api-load-balancers";
import { budget, vrrpGroup } from "../../model/vrrp/vrrp";
import { stackData } from "../support/clusters/stacks";

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
      "profile: found "quick", expected "fast" (the address moves in less than a second) or "compatible"; write one of these",
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

test("a resolved stack has the budget of its profile, through a tracked file on Debian 12", () => {
  const data = stackData("homelab");
  const pair = (data.traefikPairs as Record<string, object>).traefik;
  Object.assign(pair ?? {}, { profile: "fast", check: undefined });
  const { stack } = parseStack(data);
  if (!stack) throw new Error("the stack was refused");
  const settings = resolveStack(stack).traefikPairs.traefik;
  if (!settings) throw new Error("the pair is gone");
  const { totalSec, crashSec } = budget(vrrpGroup("traefik", settings));
  // 2 * 0.2 + 0.15 s and the skew of priority 100, 0.2 * 156/256 s; three adverts and the skew.
  expect(totalSec).toBeCloseTo(0.671875, 9);
  expect(crashSec).toBeCloseTo(0.721875, 9);
});

test("the examples of docs/traefik-pair.md are sound, and its times are the model's", () => {
  const page = readFileSync(join(__dirname, "../../docs/traefik-pair.md"), "utf8");
  const [example = "", certificates = ""] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(
    ([, text]) => text,
  );
  const data = stackData("homelab");
  const { traefik } = parse(example)["homelab:traefikPairs"];
  data.traefikPairs = { traefik: { ...traefik, ...parse(certificates) } };
  expect(parseStack(data)).toMatchObject({ warnings: [] });
  const times = (profile: string) => {
    data.traefikPairs = { traefik: { ...traefik, profile } };
    const { stack } = parseStack(data);
    const settings = stack && resolveStack(stack).traefikPairs.traefik;
    if (!settings) throw new Error("the example was refused");
    const { totalSec, crashSec } = budget(vrrpGroup("traefik", settings));
    return [totalSec, crashSec];
  };
  const rows = ["failed check, at most (priorities 150/140)", "dead host, at most"];
  rows.forEach((row, index) => {
    const line = page.split("\n").find((text) => text.startsWith(`| ${row} |`)) ?? "";
    const [slow = 0, fast = 0] = [...line.matchAll(/([\d.]+) s/g)].map(([, text]) => Number(text));
    const up = (seconds = 0, step = 1) => Math.ceil(seconds / step - 1e-9) * step;
    expect(slow).toBeCloseTo(up(times("compatible")[index], 0.5), 6);
    expect(fast).toBeCloseTo(up(times("fast")[index], 0.05), 6);
  });
});
