import fc from "fast-check";
import { expect, test } from "vitest";
import { findingText, pathText } from "../../../model/finding";
import { cannotFail } from "../../../model/vrrp/checks";
import {
  allFailedPriority,
  effectivePriority,
  failedPriority,
  healthyPriority,
  judgeVrrp,
  recommendedWeight,
  takesOver,
  type VrrpCheck,
  type VrrpGroup,
  type VrrpMember,
  type VrrpSettings,
  vrrpGroup,
} from "../../../model/vrrp/vrrp";
import { elect } from "./election";

const settings: VrrpSettings = {
  vip: "192.168.1.101/24",
  interface: "eth0",
  virtualRouterId: 51,
  version: 3,
  advertIntervalSec: 1,
  preempt: true,
  preemptDelaySec: 0,
  check: { weight: -120, intervalSec: 2, timeoutSec: 2, fall: 2, rise: 2 },
  members: [
    { name: "traefik", node: "proxmox2", address: "192.168.1.110", priority: 200 },
    { name: "traefik-2", node: "proxmox3", address: "192.168.1.103", priority: 100 },
  ],
};

/** The pair with other priorities (further members are added) and another weight. */
function pair(priorities: number[], weight: number, change: Partial<VrrpSettings> = {}): VrrpGroup {
  return vrrpGroup("traefik", {
    ...settings,
    check: { ...settings.check, weight },
    members: priorities.map((priority, index) => ({
      name: index === 0 ? "traefik" : `traefik-${index + 1}`,
      node: `proxmox${index + 2}`,
      address: `192.168.1.${110 + index}`,
      priority,
    })),
    ...change,
  });
}

/** The group with some fields of each member replaced, as hand-edited files differ. */
function edited(group: VrrpGroup, ...changes: Partial<VrrpMember>[]): VrrpGroup {
  return {
    ...group,
    members: group.members.map((member, index) => ({ ...member, ...changes[index] })),
  };
}

/** Each finding as one line: severity, rule, place, sentence. */
function lines(group: VrrpGroup): string[] {
  return judgeVrrp(group).map(
    (finding) =>
      `${finding.severity} ${finding.rule} at ${pathText(finding.path)}: ${findingText(finding)}`,
  );
}

test("the sum of priority and adjustments is cut to 1..254, and 255 is never adjusted", () => {
  expect(effectivePriority(200, [-20])).toBe(180);
  expect(effectivePriority(100, [-120])).toBe(1);
  expect(effectivePriority(200, [60])).toBe(254);
  expect(effectivePriority(100, [-120, 60, 0])).toBe(40);
  expect(effectivePriority(255, [-120])).toBe(255);
});

// Outcomes measured with keepalived 2.2.7 in network namespaces.
test.each([
  { master: 200, taker: 100, weight: -20, moves: false },
  { master: 200, taker: 100, weight: -100, moves: false },
  { master: 50, taker: 1, weight: -200, moves: false },
  { master: 200, taker: 100, weight: -120, moves: true },
  { master: 150, taker: 100, weight: 60, moves: true },
  { master: 150, taker: 100, weight: 40, moves: false },
  { master: 200, taker: 100, weight: 0, moves: true },
])(
  "measured: $master/$taker with weight $weight moves the address: $moves",
  ({ master, taker, weight, moves }) => {
    expect(takesOver(master, taker, weight)).toBe(moves);
    const stuck = lines(pair([master, taker], weight)).filter((line) =>
      line.includes("vrrp-weight"),
    );
    expect(stuck.some((line) => line.startsWith("error"))).toBe(!moves);
  },
);

const priority = fc.integer({ min: 1, max: 254 });
const weight = fc.integer({ min: -253, max: 253 });

test("the condition agrees with an election played second by second", () => {
  fc.assert(
    fc.property(priority, priority, weight, (a, b, change) => {
      fc.pre(a !== b);
      const [master, taker] = [Math.max(a, b), Math.min(a, b)];
      const elected = elect([
        { base: master, checks: [{ weight: change, fails: true }] },
        { base: taker, checks: [{ weight: change, fails: false }] },
      ]);
      expect(takesOver(master, taker, change)).toBe(elected === 1);
    }),
    { numRuns: 500 },
  );
});

test("a group without an error hands over after any two failures, with one healthy taker left", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(priority, { minLength: 2, maxLength: 4 }),
      fc.array(weight, { minLength: 1, maxLength: 3 }),
      (bases, weights) => {
        const group = edited(
          pair(bases, 0),
          ...bases.map(() => ({
            checks: weights.map((one, index) => ({
              name: `check-${index}`,
              weight: one,
              intervalSec: 1,
              timeoutSec: 1,
              fall: 1,
              rise: 1,
            })),
          })),
        );
        const refused = judgeVrrp(group).some(({ severity }) => severity === "error");
        const order = bases
          .map((base) => ({ base, healthy: healthyPriority(base, weights) }))
          .sort((x, y) => y.healthy - x.healthy || y.base - x.base);
        // The master's check, and whoever is preferred to it or would take the address too.
        const others = (master: number, taker: number, failing: number) =>
          order.filter(
            ({ healthy }, place) =>
              place < master ||
              (place > master &&
                place !== taker &&
                healthy > failedPriority(order[master]?.base ?? 0, weights, failing)),
          ).length;
        const held = order.some((master, rank) =>
          weights.some((_, failing) =>
            order.slice(rank + 1).some((taker, next) => {
              if (others(rank, rank + 1 + next, failing) > 1) return false;
              const checks = (fails: boolean) =>
                weights.map((one, index) => ({ weight: one, fails: fails && index === failing }));
              return (
                elect([
                  { base: master.base, checks: checks(true) },
                  { base: taker.base, checks: checks(false) },
                ]) === 0
              );
            }),
          ),
        );
        expect(refused).toBe(held);
      },
    ),
    { numRuns: 300 },
  );
});

test("recommends for 150/100 a weight of -60, clamp-free from 51 to 99", () => {
  expect(recommendedWeight([150, 100])).toMatchInlineSnapshot(`
    {
      "gap": 50,
      "negative": {
        "atLeast": 51,
        "atMost": 148,
        "clampFreeUpTo": 99,
        "weight": -60,
      },
      "positive": {
        "atLeast": 51,
        "atMost": 104,
        "clampFreeUpTo": 104,
        "weight": 60,
      },
    }
  `);
});

test("recommends for 200/100 a weight of -120, which cuts the lower member but keeps the order", () => {
  expect(recommendedWeight([200, 100])).toMatchInlineSnapshot(`
    {
      "gap": 100,
      "negative": {
        "atLeast": 101,
        "atMost": 198,
        "clampFreeUpTo": 99,
        "weight": -120,
      },
    }
  `);
});

test("a pair has a clamp-free weight just when the higher priority is at most twice the lower less 2", () => {
  fc.assert(
    fc.property(priority, priority, (a, b) => {
      const [high, low] = [Math.max(a, b), Math.min(a, b)];
      const { negative } = recommendedWeight([high, low]);
      const exists = negative !== undefined && negative.atLeast <= negative.clampFreeUpTo;
      expect(exists).toBe(high <= 2 * low - 2);
    }),
  );
});

test("a recommended weight moves the address, and keeps an order when one exists", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(priority, { minLength: 2, maxLength: 5 }),
      fc.integer({ min: 1, max: 3 }),
      (bases, checks) => {
        const advice = recommendedWeight(bases, checks);
        const [high, low] = [Math.max(...bases), Math.min(...bases)];
        if (advice.negative) {
          const { weight, atLeast, atMost } = advice.negative;
          expect(weight).toBeGreaterThanOrEqual(-253);
          expect(takesOver(high, low, weight)).toBe(true);
          expect(takesOver(high, low, 1 - atLeast) && atLeast > 1).toBe(false);
          const failed = bases.map((base) =>
            allFailedPriority(base, new Array<number>(checks).fill(weight)),
          );
          if (atLeast <= atMost) {
            expect(failed.filter((one) => one === Math.max(...failed))).toHaveLength(1);
          }
        } else {
          expect(low).toBe(1);
        }
        if (advice.positive) {
          const { weight } = advice.positive;
          expect(takesOver(high, low, weight)).toBe(true);
          expect(high + checks * weight).toBeLessThanOrEqual(254);
        }
      },
    ),
  );
});

test("accepts the pair with weight -120 and with FAULT", () => {
  expect(lines(pair([200, 100], -120))).toEqual([]);
  expect(lines(pair([200, 100], 0))).toEqual([]);
  expect(lines(pair([150, 100], 60))).toEqual([]);
});

test("rejects a weight that is too small", () => {
  expect(lines(pair([200, 100], -20))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a tie", () => {
  expect(lines(pair([200, 100], -100))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "traefik" from 200 to 100, which only ties with 100 of "traefik-2", and a tie keeps the master, so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a tie at the lower bound", () => {
  expect(lines(pair([50, 1], -200))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "traefik" from 50 to 1 (keepalived goes no lower), which only ties with 1 of "traefik-2", and a tie keeps the master, so the virtual address never moves; raise the priority of "traefik-2" to at least 2, or use weight 0 (FAULT)",
    ]
  `);
});

test("rejects a positive weight that is too small", () => {
  expect(lines(pair([150, 100], 40))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check takes "traefik" from 190 to 150, which is not below 140 (100 + 40) of "traefik-2", so the virtual address never moves; use weight 51 or higher (for example 60), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a positive weight that ties", () => {
  expect(lines(pair([150, 100], 50))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check takes "traefik" from 200 to 150, which only ties with 150 (100 + 50) of "traefik-2", and a tie keeps the master, so the virtual address never moves; use weight 51 or higher (for example 60), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a positive weight that no value could mend within the bounds", () => {
  expect(lines(pair([200, 100], 20))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check takes "traefik" from 220 to 200, which is not below 120 (100 + 20) of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a weight on the owner of the address", () => {
  expect(lines(pair([255, 100], -200))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check leaves "traefik" at 255, which keepalived never lowers, so the virtual address never moves; lower the priority of "traefik" to at most 254, or use weight 0 (FAULT)",
    ]
  `);
});

test("names every member that a weight cannot reach", () => {
  expect(lines(pair([200, 150, 100], -20))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 150 of "traefik-2" and 100 of "traefik-3", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a weight that reaches the next member but not the last one left", () => {
  expect(lines(pair([200, 150, 100], -60))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "traefik" from 200 to 140, which is not below 100 of "traefik-3", so the virtual address stays on "traefik" when only "traefik-3" could take it; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a weight of a lower member that would keep the address once it is master", () => {
  const check = { ...settings.check, name: "check" };
  const group = edited(
    pair([200, 150, 100], -120),
    {},
    { checks: [{ ...check, name: "chk_traefik", weight: -10 }] },
  );
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at members[1].checks[0].weight: a failed check lowers "traefik-2" from 150 to 140, which is not below 100 of "traefik-3", so the virtual address never leaves "traefik-2" once that is the master; use weight -51 or lower (for example -60), or weight 0 (FAULT)",
    ]
  `);
});

test("judges each of several checks by itself and names the weak one", () => {
  const check = { ...settings.check, name: "chk_traefik", weight: -60 };
  const checks = [check, { ...check, name: "chk_dns", weight: -30 }];
  const group = edited(pair([150, 100], 0), { checks }, { checks });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at members[0].checks[1].weight: a failed check "chk_dns" lowers "traefik" from 150 to 120, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -51 or lower (for example -60), or weight 0 (FAULT)",
    ]
  `);
});

test("counts a passing check with a positive weight on both sides", () => {
  const check = { ...settings.check, name: "chk_traefik", weight: -45 };
  const bonus = { ...check, name: "chk_uplink", weight: 60 };
  // The lower member lacks the bonus: 100 + 60 - 45 is 115, still above 90.
  const group = edited(pair([100, 90], 0), { checks: [check, bonus] }, { checks: [check] });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at members[0].checks[0].weight: a failed check "chk_traefik" lowers "traefik" from 160 to 115, which is not below 90 of "traefik-2", so the virtual address never moves; use weight -71 or lower (for example -79), or weight 0 (FAULT)",
      "error vrrp-weight at members[0].checks[1].weight: a failed check "chk_uplink" takes "traefik" from 160 to 100, which is not below 90 of "traefik-2", so the virtual address never moves; use weight -11 or lower (for example -12), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects two owners of one address", () => {
  const group = pair([255, 255], 0);
  expect(lines(group).filter((line) => line.includes("same priority"))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at members[1].priority: "traefik" and "traefik-2" have the same priority 255, which says that each of them owns the virtual address, and which keepalived lowers to 254 once both are masters; give each member its own priority, the preferred one the highest (for example 150 and 100)",
    ]
  `);
});

test("advises about equal priorities, which real daemons settle by their addresses", () => {
  expect(lines(pair([100, 100], -20))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at members[1].priority: "traefik" and "traefik-2" have the same priority 100, so none is preferred: the virtual address stays where a failover took it, and when both start at once both take it until one hears the other; give each member its own priority, the preferred one the highest (for example 150 and 100)",
    ]
  `);
});

test("only advises about equal priorities behind the preferred one: 101/100/100 works", () => {
  expect(lines(pair([101, 100, 100], 0))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at members[2].priority: "traefik-2" and "traefik-3" have the same priority 100, so both take the virtual address at once when its owner is gone, until one hears the other; give each member its own priority",
    ]
  `);
});

const numberIn = (weight: number, name = "load") => ({
  trackedFiles: [{ name, path: "/run/load", weight, reverse: false }],
});

test("says what number a tracked file needs, where its weight alone does not bridge", () => {
  expect(lines(edited(pair([150, 100], 0), numberIn(2)))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at members[0].trackedFiles: not judged: the file "load" changes the priority of "traefik" by 2 times the number in it, which is not known here; between 150 and 100 only a number of 26 or more (either sign) moves the virtual address; use weight 0 (FAULT while the number is not 0), an amount above 50, or see that such numbers are written",
    ]
  `);
});

test.each([
  ["bridges with 1", edited(pair([150, 100], 0), numberIn(-60))],
  ["is a FAULT", edited(pair([150, 100], 0), numberIn(0))],
  ["drains the member", edited(pair([150, 100], 0), numberIn(2, "step_aside"))],
  ["is on the last member", edited(pair([150, 100], 0), {}, numberIn(2))],
])("is silent about a tracked file that %s", (_, group) => {
  expect(lines(group)).toEqual([]);
});

test("refuses a BFD session whose weight does not bridge, advises beside another check", () => {
  const bfd: VrrpCheck = {
    name: "up",
    weight: -5,
    intervalSec: 0,
    timeoutSec: 0,
    fall: 1,
    rise: 1,
    watches: "bfd",
  };
  const alone = edited(pair([150, 100], 0), { checks: [bfd] }, { checks: [bfd] });
  const [first] = alone.members;
  const script: VrrpCheck = { ...bfd, name: "chk", weight: 0 };
  delete script.watches;
  const beside = edited(alone, { checks: [bfd, script] }, { checks: [bfd, script] });
  expect(first?.checks).toHaveLength(1);
  expect(lines(alone).map((line) => line.slice(0, 17))).toEqual(["error vrrp-weight"]);
  expect(lines(beside).map((line) => line.slice(0, 19))).toEqual(["warning vrrp-weight"]);
});

test("only advises about a weight that fails after three failures at once", () => {
  expect(lines(pair([200, 180, 160, 100], -60))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at check.weight: a failed check lowers "traefik" from 200 to 140, which is not below 100 of "traefik-4", so the virtual address stays on "traefik" when only "traefik-4" could take it; use weight -101 or lower (for example -120), or weight 0 (FAULT)",
    ]
  `);
});

test("rejects a check that cannot fail or is never in time, unless another one works", () => {
  const check = { ...settings.check, name: "chk", weight: 0 };
  const group = (change: Partial<VrrpCheck>, more: VrrpCheck[] = []) =>
    edited(pair([150, 100], 0), { checks: [{ ...check, ...change }, ...more] });
  expect(lines(group({ command: ["/bin/true"] }))).toMatchInlineSnapshot(`
    [
      "error pair-without-check at members[0].checks: the check "chk" of "traefik" runs /bin/true, which never fails, so the virtual address stays there while the service is dead; run a command that fails when the service does, every few seconds",
    ]
  `);
  expect(lines(group({ intervalSec: 86_400, timeoutSec: 5 }))).toMatchInlineSnapshot(`
    [
      "error pair-without-check at members[0].checks: the check "chk" of "traefik" takes 48 h to notice a failure (interval 86400 s, fall 2), so the virtual address stays there while the service is dead; run a command that fails when the service does, every few seconds",
    ]
  `);
  expect(lines(group({ fall: 1_000_000 }))).toMatchInlineSnapshot(`
    [
      "error pair-without-check at members[0].checks: the check "chk" of "traefik" takes 555.6 h to notice a failure (interval 2 s, fall 1000000), so the virtual address stays there while the service is dead; run a command that fails when the service does, every few seconds",
    ]
  `);
  expect(lines(group({ intervalSec: 60, timeoutSec: 60, fall: 10 }))).toMatchInlineSnapshot(`
    [
      "warning pair-without-check at members[0].checks: the check "chk" of "traefik" takes 11 min to notice a failure (interval 60 s, fall 10); use a shorter interval, or a smaller fall",
    ]
  `);
  expect(lines(group({ command: ["/bin/true"] }, [check]))).toMatchInlineSnapshot(`
    [
      "warning pair-without-check at members[0].checks: the check "chk" of "traefik" runs /bin/true, which never fails, so it adds nothing to the others; run a command that fails when the service does, every few seconds",
    ]
  `);
  expect(lines(group({ command: ["/usr/local/bin/check"] }))).toEqual([]);
});

test.each([
  { command: ["/bin/true"], never: true },
  { command: ["/bin/sh", "-c", "check || true"], never: true },
  { command: ["bash", "-ec", "check; exit 0"], never: true },
  { command: ["/bin/sh", "-c", "pidof nginx"], never: false },
  { command: ["/usr/bin/pgrep", "true"], never: false },
  { command: ["/bin/sh", "/usr/local/bin/check"], never: false },
])("$command never fails: $never", ({ command, never }) => {
  expect(cannotFail(command)).toBe(never);
});

test("a process or a link counts with its weight; a link that only prefers is advice", () => {
  const atOnce = { intervalSec: 0, timeoutSec: 0, fall: 1, rise: 1, weight: -10 };
  const process: VrrpCheck = { ...atOnce, name: "web", watches: "process" };
  const link: VrrpCheck = { ...atOnce, name: "eth1", watches: "interface" };
  const script: VrrpCheck = { ...settings.check, name: "chk", weight: 0 };
  const both = (...checks: VrrpCheck[]) =>
    lines(edited(pair([150, 100], 0), { checks }, { checks })).map((line) => line.slice(0, 60));
  expect(both(process)).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "tr",
    ]
  `);
  expect(both(link)).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at check.weight: a failed check lowers "tr",
    ]
  `);
  expect(both(script, link)).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at members[0].checks[1].weight: a failed",
    ]
  `);
});

test("tells PASS from AH, and one multicast group from another, and not the spellings of IPv6", () => {
  const two = edited(
    pair([150, 100], 0),
    { version: 2, authType: "PASS", authPass: "geheim12" },
    { version: 2, authType: "AH", authPass: "geheim12" },
  );
  expect(lines(two)).toMatchInlineSnapshot(`
    [
      "error vrrp-disagreement at authType: members disagree on the authentication ("traefik" has PASS, "traefik-2" has AH), so they discard each other's adverts and both own the virtual address; give every member the same authentication",
    ]
  `);
  const groups = edited(
    pair([150, 100], 0),
    { unicastPeers: [], multicastGroup: "224.0.0.18" },
    { unicastPeers: [], multicastGroup: "224.0.0.77" },
  );
  expect(lines(groups)).toMatchInlineSnapshot(`
    [
      "error vrrp-disagreement at multicastGroup: members disagree on the multicast group ("traefik" has 224.0.0.18, "traefik-2" has 224.0.0.77), so they discard each other's adverts and both own the virtual address; give every member the same multicast group",
    ]
  `);
  const spelled = edited(pair([150, 100], 0), { vips: ["fd00::1"] }, { vips: ["FD00:0:0:0::1"] });
  expect(lines(spelled)).toEqual([]);
});

test("a node is the same in any letter case", () => {
  const group = edited(pair([150, 100], 0), { node: "Proxmox2" }, { node: "proxmox2" });
  expect(lines(group).map((line) => line.split(" at ")[0])).toEqual(["error pair-on-one-node"]);
});

test("rejects nopreempt with a weight, accepts it with FAULT", () => {
  expect(lines(pair([200, 100], -120, { preempt: false }))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at preempt: "traefik" and "traefik-2" have nopreempt, which ignores a master that only lowered its priority by weight -120, so a failed check never moves the virtual address there; use weight 0 (FAULT), which works with nopreempt, or let the members preempt",
    ]
  `);
  expect(lines(pair([200, 100], 0, { preempt: false }))).toEqual([]);
});

test("names the one member that has nopreempt, unless it starts as MASTER", () => {
  const nopreempt = { nopreempt: true };
  expect(lines(edited(pair([200, 100], -120), {}, nopreempt))).toMatchInlineSnapshot(`
    [
      "error vrrp-weight at members[1].preempt: "traefik-2" has nopreempt, which ignores a master that only lowered its priority by weight -120, so a failed check never moves the virtual address there; use weight 0 (FAULT), which works with nopreempt, or let the members preempt",
    ]
  `);
  expect(
    lines(edited(pair([200, 100], -120), { nopreempt: true, state: "MASTER" as const })),
  ).toEqual([]);
});

test("warns of a preempt delay that also delays the failover", () => {
  expect(lines(pair([200, 100], -120, { preemptDelaySec: 6 }))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at preemptDelaySec: the preempt delay ("traefik-2" 6 s) also delays a failover by weight -120, because the failing master still sends adverts; use weight 0 (FAULT), or a preempt delay of 0",
    ]
  `);
  expect(lines(edited(pair([200, 100], -120), { preemptDelaySec: 6 }))).toEqual([]);
});

test("warns when the order is lost because all are cut to 1", () => {
  expect(lines(pair([200, 100], -200))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at check.weight: when every check fails on every member, "traefik" and "traefik-2" are all cut to 1, so the order of preference is lost; use a weight from -101 to -198 (for example -120)",
    ]
  `);
});

test("warns when positive weights are cut at 254", () => {
  expect(lines(pair([200, 100], 160))).toMatchInlineSnapshot(`
    [
      "warning vrrp-weight at check.weight: passing checks raise "traefik" to 360 (200 + 160), which keepalived cuts to 254; members that are cut are equal, and the preferred one no longer gets the address back; use a weight from -101 to -198 (for example -120)",
    ]
  `);
});

test("a member that alone is cut at 254 is still above the others", () => {
  expect(lines(pair([200, 100], 101))).toEqual([]);
  expect(lines(pair([200, 153], 101))).toHaveLength(1);
});

test("rejects two members on one node", () => {
  const group = edited(pair([200, 100], 0), { node: "proxmox" }, { node: "proxmox" });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error pair-on-one-node at members[1].node: "traefik" and "traefik-2" are on the same node "proxmox", so its death takes them down with the virtual address; move "traefik-2" to another node",
    ]
  `);
});

test("rejects two of three members on one node, and says nothing of unknown nodes", () => {
  const group = edited(pair([200, 150, 100], 0), { node: "proxmox" }, {}, { node: "proxmox" });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error pair-on-one-node at members[2].node: "traefik" and "traefik-3" are on the same node "proxmox", so its death takes them down at once; move "traefik-3" to another node",
    ]
  `);
  const unknown = group.members.map(({ node: _, ...member }) => member);
  expect(lines({ ...group, members: unknown })).toEqual([]);
});

test("rejects members that disagree, one finding per setting with each member's value", () => {
  const group = edited(
    pair([200, 100], 0),
    {},
    {
      version: 2,
      virtualRouterId: 52,
      vips: ["192.168.1.102/24"],
      unicastPeers: [],
      advertIntervalSec: 3,
    },
  );
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error vrrp-disagreement at version: members disagree on the VRRP version ("traefik" has 3, "traefik-2" has 2), so they discard each other's adverts and both own the virtual address; give every member the same VRRP version",
      "error vrrp-disagreement at virtualRouterId: members disagree on the virtual router id ("traefik" has 51, "traefik-2" has 52), so they discard each other's adverts and both own the virtual address; give every member the same virtual router id",
      "error vrrp-disagreement at vip: members disagree on the list of virtual addresses ("traefik" has 192.168.1.101, "traefik-2" has 192.168.1.102), so they discard each other's adverts and both own the virtual address; give every member the same list of virtual addresses",
      "error vrrp-disagreement at unicastPeers: members disagree on the way adverts are sent ("traefik" has unicast, "traefik-2" has multicast), so they discard each other's adverts and both own the virtual address; list the other members as unicast peers on every member",
      "error vrrp-disagreement at advertIntervalSec: members disagree on the advert interval ("traefik" has 1 s, "traefik-2" has 3 s), so they discard each other's adverts and both own the virtual address; give every member the same advert interval",
    ]
  `);
});

test("only warns of different intervals in version 3, whose members learn the master's", () => {
  const group = edited(pair([200, 100], 0), {}, { advertIntervalSec: 2 });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "warning vrrp-disagreement at advertIntervalSec: members disagree on the advert interval ("traefik" has 1 s, "traefik-2" has 2 s), so the failover time changes with the master whose interval they learn; give every member the same advert interval",
    ]
  `);
});

test("compares intervals as version 2 rounds them, and addresses without order and prefix", () => {
  const vips = ["192.168.1.101/24", "192.168.1.102/24"];
  const group = edited(
    pair([200, 100], 0, { version: 2 }),
    { advertIntervalSec: 0.1, vips },
    { advertIntervalSec: 1, vips: ["192.168.1.102", "192.168.1.101/32"] },
  );
  expect(lines(group)).toEqual([]);
});

test("compares the first 8 characters of version 2 passwords and never shows them", () => {
  const group = pair([200, 100], 0, { version: 2 });
  expect(lines(edited(group, { authPass: "secret-a" }, { authPass: "secret-b" }))).toEqual([
    expect.stringContaining("first 8 characters"),
  ]);
  expect(lines(edited(group, { authPass: "12345678a" }, { authPass: "12345678b" }))).toEqual([]);
  expect(lines(edited(group, { authPass: "hunter22" }))).toMatchInlineSnapshot(`
    [
      "error vrrp-disagreement at authType: members disagree on the authentication ("traefik" has PASS, "traefik-2" has none), so they discard each other's adverts and both own the virtual address; give every member the same authentication",
    ]
  `);
  const v3 = pair([200, 100], 0);
  expect(lines(edited(v3, { authPass: "hunter22" }, { authPass: "other" }))).toEqual([]);
});

test("rejects a unicast member that does not send to another", () => {
  const group = edited(pair([200, 100], 0), { unicastPeers: ["192.168.1.99"] });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error vrrp-disagreement at members[0].unicastPeers: "traefik" does not list 192.168.1.111 of "traefik-2" as unicast peer, so that member never hears it and becomes a second master; add 192.168.1.111 to the unicast peers of "traefik"",
    ]
  `);
});

test("rejects a member without any check, accepts one that tracks something else", () => {
  const group = edited(pair([200, 100], 0), {}, { checks: [] });
  expect(lines(group)).toMatchInlineSnapshot(`
    [
      "error pair-without-check at members[1].checks: "traefik-2" has no health check, so it keeps the virtual address while the service behind it is dead; track a script that checks the service on this host",
    ]
  `);
  expect(lines(edited(group, {}, { checks: [], otherTracking: true }))).toEqual([]);
});
