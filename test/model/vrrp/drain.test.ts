import { expect, test } from "vitest";
import {
  budget,
  DRAIN_WEIGHT,
  drainPriority,
  drainSec,
  judgeVrrp,
  PROFILES,
  takesFromDrained,
  type VrrpMember,
  type VrrpSettings,
  vrrpGroup,
} from "../../../model/vrrp/vrrp";
import { keepalivedConf } from "../../../templates/keepalived/keepalived";
import { membersIn } from "../../support/keepalived";
import { fast, keepalived, weighted } from "../../support/template-data";

function pair(change: Partial<VrrpSettings> = {}, priorities = [150, 140, 130]) {
  return vrrpGroup("edge", {
    vip: "10.0.0.100/24",
    interface: "eth0",
    virtualRouterId: 51,
    preempt: true,
    preemptDelaySec: 0,
    ...PROFILES.fast,
    members: priorities.map((priority, index) => ({
      name: `m${index}`,
      node: `n${index}`,
      address: `10.0.0.${index + 1}`,
      priority,
    })),
    ...change,
  });
}
const member = (change: Partial<VrrpMember>): VrrpMember => ({
  ...(pair().members[0] as VrrpMember),
  ...change,
});
const check = (weight: number) => ({ ...PROFILES.fast.check, name: "check", weight });

test("a member that steps aside announces 1, whatever its priority and its checks; only 255 stays", () => {
  for (const priority of [1, 2, 100, 254]) {
    for (const weight of [0, -120, 20, 253]) {
      const announced = drainPriority(member({ priority, checks: [check(weight)] }));
      // A positive weight that passes may lift it again, but never to where it was.
      const lifted = Math.max(1, Math.min(254, priority + Math.max(0, weight) - 253));
      expect(announced).toBe(lifted);
    }
  }
  expect(drainPriority(member({ priority: 255 }))).toBe(255);
});

test("every healthy member that preempts takes over from one that steps aside, also with weights", () => {
  for (const weight of [0, -120, 20]) {
    const { members } = pair({ check: { ...PROFILES.fast.check, weight } });
    for (const master of members) {
      for (const taker of members.filter((one) => one !== master)) {
        expect([weight, master.name, taker.name, takesFromDrained(taker, master)]).toEqual([
          weight,
          master.name,
          taker.name,
          true,
        ]);
      }
    }
  }
});

test("a tie at 1 and nopreempt keep the address where it is", () => {
  const master = member({ priority: 150 });
  expect(takesFromDrained(member({ priority: 1 }), master)).toBe(false);
  expect(takesFromDrained(member({ nopreempt: true }), master)).toBe(false);
  expect(drainSec(pair({ preempt: false }), "m0")).toBe(Infinity);
  expect(drainSec(pair({}, [150, 1]), "m0")).toBe(Infinity);
  expect(drainSec(pair({}, [150, 1]), "m1")).toBeCloseTo(0.6 + (0.2 * 106) / 256, 6);
});

test("the slowest taker counts: three adverts, its skew and its preempt delay", () => {
  expect(drainSec(pair(), "m0")).toBeCloseTo(0.6 + (0.2 * 126) / 256, 6);
  expect(drainSec(pair(), "m2")).toBeCloseTo(0.6 + (0.2 * 116) / 256, 6);
  expect(drainSec(pair({ preemptDelaySec: 5 }), "m0")).toBeCloseTo(drainSec(pair(), "m0") + 5.2, 6);
  expect(drainSec(pair({ advertIntervalSec: 1 }), "m0")).toBe(
    budget(pair({ advertIntervalSec: 1 })).crashSec,
  );
});

test("the file of a step aside is no health check and changes no verdict", () => {
  for (const conf of [keepalived, weighted, fast]) {
    const text = keepalivedConf(conf);
    const [one] = membersIn(text);
    const [without] = membersIn(
      text
        .replace(/track_file step_aside \{[^}]*\}\n\n/, "")
        .replace(/ {4}step_aside\n/, "")
        .replace(/ {2}track_file \{\n {2}\}\n/, ""),
    );
    expect(one?.trackedFiles?.find(({ name }) => name === "step_aside")).toEqual({
      name: "step_aside",
      path: "/run/keepalived-track/step_aside",
      weight: DRAIN_WEIGHT,
      reverse: false,
    });
    expect(one?.checks).toEqual(without?.checks);
    expect(one?.otherTracking).toBe(without?.otherTracking);
  }
});

test("rejects a member that tracks nothing but the file of a step aside", () => {
  const text = keepalivedConf(keepalived).replace(/ {2}track_script \{\n.*\n {2}\}\n/, "");
  const members = membersIn(text);
  const rules = judgeVrrp({ name: "edge", members }).map(({ rule }) => rule);
  expect(rules).toContain("pair-without-check");
  expect(rules).not.toContain("vrrp-weight");
});
