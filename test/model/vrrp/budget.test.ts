import { expect, test } from "vitest";
import { seeded } from "../../../lab/endurance/random";
import {
  advertLimitSec,
  advertSec,
  budget,
  crashTakeoverSec,
  detectionSec,
  lossTakeoversPerHour,
  skewSec,
  type VrrpSettings,
  vrrpGroup,
} from "../../../model/vrrp/vrrp";

/** The pair as the owner runs it: VRRPv2, script every 2 s with a timeout of 3 s. */
const ownersPair: VrrpSettings = {
  vip: "192.168.1.101/24",
  interface: "eth0",
  virtualRouterId: 51,
  version: 2,
  advertIntervalSec: 1,
  preempt: true,
  preemptDelaySec: 0,
  check: { weight: -120, intervalSec: 2, timeoutSec: 3, fall: 2, rise: 2 },
  members: [
    { name: "traefik", node: "proxmox2", address: "192.168.1.110", priority: 200 },
    { name: "traefik-2", node: "proxmox3", address: "192.168.1.103", priority: 100 },
  ],
};

/** Fastest profile that needs keepalived 2.3.2: a failover in less than a second. */
const fastPair: VrrpSettings = {
  ...ownersPair,
  version: 3,
  advertIntervalSec: 0.2,
  check: { weight: 0, intervalSec: 0.2, timeoutSec: 0.15, fall: 2, rise: 5 },
  members: ownersPair.members.map((member, index) => ({
    ...member,
    priority: [150, 140][index] ?? 1,
  })),
};

test("the skew of version 3 scales with the interval, that of version 2 does not", () => {
  expect(skewSec(3, 1, 128)).toBe(0.5);
  expect(skewSec(3, 0.2, 128)).toBe(0.1);
  expect(skewSec(2, 1, 128)).toBe(0.5);
  expect(skewSec(2, 5, 128)).toBe(0.5);
});

test("a crash is answered after two to three intervals and the skew", () => {
  expect(crashTakeoverSec(3, 1, 128)).toEqual([2.5, 3.5]);
  const [least, most] = crashTakeoverSec(2, 1, 100);
  expect(least).toBeCloseTo(2.61, 2);
  expect(most).toBeCloseTo(3.61, 2);
});

test("version 2 rounds the advert interval to whole seconds, version 3 to hundredths", () => {
  expect([0.1, 0.5, 1, 1.4, 2.5].map((sec) => advertSec(2, sec))).toEqual([1, 1, 1, 1, 3]);
  expect([0.001, 0.2, 0.29, 1, 40.95].map((sec) => advertSec(3, sec))).toEqual([
    0.01, 0.2, 0.29, 1, 40.95,
  ]);
});

test.each([
  { name: "fails at once", check: [2, 3, 2], run: 0, expected: 4 },
  { name: "fails after half a second", check: [2, 3, 2], run: 0.5, expected: 4.5 },
  { name: "hangs, timeout within the interval", check: [2, 2, 2], expected: 6 },
  { name: "hangs, timeout longer than the interval", check: [2, 3, 2], expected: 9 },
  { name: "hangs once, timeout longer than the interval", check: [2, 3, 1], expected: 5 },
  { name: "hangs, timeout just eleven intervals", check: [0.1, 1.1, 2], expected: 2.3 },
  { name: "hangs in the fast profile", check: [0.2, 0.15, 2], expected: 0.55 },
])("detection of a check that $name", ({ check, run, expected }) => {
  const [intervalSec = 0, timeoutSec = 0, fall = 0] = check;
  expect(detectionSec({ intervalSec, timeoutSec, fall }, run)).toBeCloseTo(expected, 9);
});

test("the owner's pair needs 7.6 s for a dead Traefik, not the 3 s of a stopped keepalived", () => {
  const result = budget(vrrpGroup("traefik", ownersPair));
  expect(result.fastTotalSec).toBeCloseTo(7.61, 2);
  expect(result.crashSec).toBeCloseTo(3.61, 2);
  expect(skewSec(2, 1, 100)).toBeCloseTo(0.61, 2);
});

test("the owner's pair needs 9 s to see a hanging check, because its timeout exceeds the interval", () => {
  const result = budget(vrrpGroup("traefik", ownersPair));
  expect(result.detectionSec).toBe(9);
  expect(result.totalSec).toBeCloseTo(12.61, 2);
});

test("the sample of kubeadm needs 30 s to see a dead API server", () => {
  const group = vrrpGroup("api", {
    ...ownersPair,
    check: { weight: -2, intervalSec: 3, timeoutSec: 3, fall: 10, rise: 2 },
    members: ownersPair.members.map((member, index) => ({ ...member, priority: 101 - index })),
  });
  expect(budget(group).fastTotalSec).toBeCloseTo(33.61, 2);
});

test("the fast profile answers a crash in 0.69 s and a failed check in 0.64 s", () => {
  const result = budget(vrrpGroup("fast", fastPair));
  expect(result.crashSec).toBeCloseTo(0.69, 2);
  expect(result.detectionSec).toBeCloseTo(0.55, 9);
  expect(result.takeoverSec).toBeCloseTo(0.09, 2);
  expect(result.totalSec).toBeCloseTo(0.64, 2);
  expect(crashTakeoverSec(3, 0.2, 140)[0]).toBeCloseTo(0.49, 2);
});

test("the fast profile with a weight instead of FAULT takes more than a second", () => {
  const group = vrrpGroup("fast", { ...fastPair, check: { ...fastPair.check, weight: -60 } });
  expect(budget(group).totalSec).toBeCloseTo(1.24, 2);
});

test.each([
  { priority: 100, limit: 0.277 },
  { priority: 140, limit: 0.29 },
  { priority: 200, limit: 0.311 },
])(
  "a crash answered within a second at priority $priority needs adverts every $limit s",
  ({ priority, limit }) => {
    expect(advertLimitSec(1, priority)).toBeCloseTo(limit, 3);
    expect(crashTakeoverSec(3, advertLimitSec(1, priority), priority)[1]).toBeCloseTo(1, 9);
  },
);

test("recovery waits for the successes in a row and for the preferred member to preempt", () => {
  const skew = (256 - 200) / 256;
  expect(budget(vrrpGroup("traefik", ownersPair)).recoverySec).toBeCloseTo(2 * 2 + 3 + skew, 9);
  expect(budget(vrrpGroup("traefik", { ...ownersPair, preempt: false })).recoverySec).toBe(4);
});

test("a preferred member that another one equals never gets the address back", () => {
  const withPriorities = (first: number, second: number) => {
    const [one, two] = ownersPair.members;
    if (!one || !two) throw new Error("the pair has two members");
    const members = [
      { ...one, priority: first },
      { ...two, priority: second },
    ];
    const check = { ...ownersPair.check, weight: 101 };
    return budget(vrrpGroup("traefik", { ...ownersPair, check, members })).recoverySec;
  };
  // Both are cut to 254 by keepalived.
  expect(withPriorities(200, 154)).toBe(Infinity);
  expect(withPriorities(200, 152)).toBeLessThan(8);
  expect(withPriorities(153, 152)).toBeLessThan(8);
});

test("the preempt delay starts with the first advert of lower priority, on failover and failback", () => {
  const plain = budget(vrrpGroup("traefik", ownersPair));
  const delayed = budget(vrrpGroup("traefik", { ...ownersPair, preemptDelaySec: 6 }));
  expect(delayed.takeoverSec - plain.takeoverSec).toBeCloseTo(7, 9);
  expect(delayed.recoverySec - plain.recoverySec).toBeCloseTo(7, 9);
  expect(delayed.crashSec).toBe(plain.crashSec);
});

test("the slowest taker and the slowest interval count", () => {
  const third = { name: "traefik-3", node: "proxmox", address: "192.168.1.104", priority: 50 };
  const group = vrrpGroup("traefik", { ...ownersPair, members: [...ownersPair.members, third] });
  expect(budget(group).crashSec).toBeCloseTo(3 + 206 / 256, 9);
  const [first, ...others] = group.members;
  if (first === undefined) throw new Error("no member");
  const slower = { ...group, members: [{ ...first, advertIntervalSec: 2 }, ...others] };
  expect(budget(slower).crashSec).toBeCloseTo(6 + 206 / 256, 9);
});

test.each([
  { name: "a weight that cannot move it", change: { check: { ...ownersPair.check, weight: -20 } } },
  { name: "a tie", change: { check: { ...ownersPair.check, weight: -100 } } },
  { name: "nopreempt with a weight", change: { preempt: false } },
])("with $name a failed check never moves the address, a crash does", ({ change }) => {
  const result = budget(vrrpGroup("traefik", { ...ownersPair, ...change }));
  expect(result.totalSec).toBe(Infinity);
  expect(result.detectionSec).toBe(9);
  expect(result.crashSec).toBeCloseTo(3.61, 2);
});

test("without any check a dead service is never detected, and one member alone never hands over", () => {
  const group = vrrpGroup("traefik", ownersPair);
  const blind = { ...group, members: group.members.map((member) => ({ ...member, checks: [] })) };
  expect(budget(blind)).toMatchObject({ detectionSec: Infinity, totalSec: Infinity });
  expect(budget(blind).crashSec).toBeCloseTo(3.61, 2);
  expect(budget({ ...group, members: group.members.slice(0, 1) }).crashSec).toBe(Infinity);
});

test.each([
  [1, 0.2],
  [0.2, 0.3],
])(
  "adverts every %s s of which %s get lost: as often as a backup that counts them takes over",
  (advert, lost) => {
    const random = seeded(20261127);
    const hours = 80 * advert;
    let missing = 0;
    let takeovers = 0;
    for (let count = 0; count < (hours * 3600) / advert; count++) {
      missing = random.next() < lost ? missing + 1 : 0;
      if (missing === 3) takeovers += 1;
    }
    expect(takeovers / hours / lossTakeoversPerHour(advert, lost)).toBeCloseTo(1, 1);
  },
);
