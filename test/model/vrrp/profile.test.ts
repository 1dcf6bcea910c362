import { expect, test } from "vitest";
import { findingText } from "../../../model/finding";
import { judgeKeepalivedTiming } from "../../../model/keepalived/limits";
import {
  automaticWeight,
  budget,
  judgeProfile,
  PROFILES,
  type VrrpProfile,
  type VrrpSettings,
  vrrpGroup,
} from "../../../model/vrrp/vrrp";

const member = (name: string, priority: number, debian: 12 | 13 = 12) => ({
  name,
  node: `node of ${name}`,
  address: "192.168.1.1",
  priority,
  debian,
});

function settings(profile: VrrpProfile, change: Partial<VrrpSettings> = {}): VrrpSettings {
  return {
    vip: "192.168.1.101/24",
    interface: "eth0",
    virtualRouterId: 51,
    preempt: true,
    preemptDelaySec: 0,
    profile,
    ...PROFILES[profile],
    members: [member("a", 150), member("b", 140)],
    ...change,
  };
}

const budgetOf = (profile: VrrpProfile, change: Partial<VrrpSettings> = {}) => {
  const times = Object.entries(budget(vrrpGroup("pair", settings(profile, change))));
  return Object.fromEntries(times.map(([key, value]) => [key, Math.round(value * 1000) / 1000]));
};
const judged = (change: Partial<VrrpSettings>) =>
  judgeProfile("fast", vrrpGroup("pair", settings("fast", change))).map(
    (finding) => `${finding.path.join(".")}: ${findingText(finding)}`,
  );

test("fast moves the address in less than a second, on Debian 13 by script, on 12 by tracked file", () => {
  const scripts = budgetOf("fast", { members: [member("a", 150, 13), member("b", 140, 13)] });
  // Detection 2 * 0.2 + 0.15, skew 0.2 * 116/256; a return needs 5 good answers and an election.
  expect(scripts).toEqual({
    detectionSec: 0.55,
    takeoverSec: 0.091,
    totalSec: 0.641,
    fastTotalSec: 0.491,
    crashSec: 0.691,
    recoverySec: 1.683,
  });
  expect(budgetOf("fast")).toEqual(scripts);
});

test("the slow second line behind a tracked file counts for the return and not for the detection", () => {
  const group = vrrpGroup("pair", settings("fast"));
  expect(group.members.map(({ checks }) => checks.map(({ name }) => name))).toEqual([
    ["check", "second line"],
    ["check", "second line"],
  ]);
  const quick = { ...PROFILES.fast.check, rise: 1 };
  expect(budgetOf("fast", { check: quick }).recoverySec).toBe(1.683);
  expect(budgetOf("fast", { check: quick }).detectionSec).toBe(0.55);
});

test("compatible has the budget of whole seconds", () => {
  const members = [member("a", 200), member("b", 100)];
  expect(budgetOf("compatible", { members })).toEqual({
    detectionSec: 6,
    takeoverSec: 0.609,
    totalSec: 6.609,
    fastTotalSec: 4.609,
    crashSec: 3.609,
    recoverySec: 7.219,
  });
});

test("rejects under fast what takes a second or longer, with the number", () => {
  expect(judged({})).toEqual([]);
  expect(judged({ advertIntervalSec: 0.4 })).toMatchInlineSnapshot(`
    [
      "advertIntervalSec: profile "fast" promises less than 1 s, and a dead host keeps the address for up to 1.39 s; use at most 0.28 s with version 3 (the profile has 0.2), or the profile "compatible"",
    ]
  `);
  expect(judged({ advertIntervalSec: 0.2, version: 2 })).toMatchInlineSnapshot(`
    [
      "advertIntervalSec: profile "fast" promises less than 1 s, and a dead host keeps the address for up to 3.46 s; use at most 0.28 s with version 3 (the profile has 0.2), or the profile "compatible"",
      "check: profile "fast" promises less than 1 s, and a failed check takes up to 1.01 s (0.55 s until it counts, 0.46 s until the address has moved); leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible"",
    ]
  `);
  expect(judged({ check: { ...PROFILES.fast.check, fall: 5 } })).toMatchInlineSnapshot(`
    [
      "check: profile "fast" promises less than 1 s, and a failed check takes up to 1.25 s (1.15 s until it counts, 0.1 s until the address has moved); leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible"",
    ]
  `);
  expect(judged({ check: { ...PROFILES.fast.check, weight: -60 } })).toMatchInlineSnapshot(`
    [
      "check: profile "fast" promises less than 1 s, and a failed check takes up to 1.25 s (0.55 s until it counts, 0.7 s until the address has moved); leave the settings of the check to the profile, shorten interval, timeout or fall, use weight 0 (FAULT), or the profile "compatible"",
    ]
  `);
});

test("the limit in the fix is one that passes", () => {
  expect(judged({ advertIntervalSec: 0.29 })[0]).toContain("use at most 0.28 s");
  expect(judged({ advertIntervalSec: 0.28 })).toEqual([]);
});

test("compatible promises nothing that could be broken", () => {
  expect(judgeProfile("compatible", vrrpGroup("pair", settings("compatible")))).toEqual([]);
});

test("fractions are allowed on Debian 12 where they go through a tracked file", () => {
  const members = [
    { name: "a", debian: 12 },
    { name: "b", debian: 13 },
  ] as const;
  expect(judgeKeepalivedTiming({ ...PROFILES.fast, profile: "fast" }, members)).toEqual([]);
  expect(judgeKeepalivedTiming(PROFILES.fast, members)).toHaveLength(2);
});

test("rejects a weight for a tracked file", () => {
  const check = { ...PROFILES.fast.check, weight: -60 };
  const members = [{ name: "a", debian: 12 as const }];
  const found = judgeKeepalivedTiming({ ...PROFILES.fast, profile: "fast", check }, members);
  expect(found.map(findingText)).toMatchInlineSnapshot(`
    [
      "Debian 12 (a) is checked through a tracked file under the profile "fast", which is a FAULT when it fails and knows no weight -60; leave the weight out, use Debian 13 on every member, or the profile "compatible"",
    ]
  `);
});

test.each([
  [[200, 100], -120],
  [[150, 100], -60],
  [[150, 140], -12],
  [[200, 150, 100], -120],
])("the weight of priorities %j is %i", (priorities, weight) => {
  expect(automaticWeight(priorities)).toBe(weight);
});

test("no weight helps a member of priority 1", () => {
  expect(automaticWeight([50, 1])).toBeUndefined();
});
