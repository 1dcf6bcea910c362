import fc from "fast-check";
import { expect, test } from "vitest";
import { findingText, pathText } from "../../../model/finding";
import type { AddressPlan } from "../../../model/network/address-plan";
import {
  addressNumber,
  cidrContains,
  judgeAddresses,
  rangeContains,
  rangesOverlap,
} from "../../../model/network/addresses";

const plan: AddressPlan = {
  segments: [
    {
      name: "lan",
      cidr: "192.168.1.0/24",
      pools: [{ name: "leases", kind: "dhcp", range: "192.168.1.150-192.168.1.199" }],
    },
    {
      name: "services",
      cidr: "10.0.20.0/22",
      pools: [{ name: "metallb", kind: "metallb", range: "10.0.20.200-10.0.20.220" }],
    },
  ],
  hosts: [
    { name: "traefik", address: "192.168.1.110", path: ["guests", "traefik", "address"] },
    { name: "proxmox", address: "192.168.1.10", path: ["cluster", "nodes", "proxmox", "address"] },
  ],
  vips: [
    {
      name: "internal",
      address: "192.168.1.101",
      virtualRouterId: 51,
      path: ["traefikPairs", "internal", "vip"],
      routerIdPath: ["traefikPairs", "internal", "virtualRouterId"],
    },
    {
      name: "ingress",
      address: "10.0.20.203",
      pool: "services.metallb",
      path: ["kubernetesIngress", "ingress", "address"],
    },
  ],
};

type Vip = AddressPlan["vips"][number];

/** The plan with one more virtual address. */
function withVip(vip: Partial<Vip>): AddressPlan {
  const more = { name: "api", address: "192.168.1.102", path: ["apiLoadBalancers", "api", "vip"] };
  return { ...plan, vips: [...plan.vips, { ...more, ...vip }] };
}

function lines(of: AddressPlan): string[] {
  return judgeAddresses(of).map(
    (found) => `${found.rule} at ${pathText(found.path)}: ${findingText(found)}`,
  );
}

test("accepts a plan whose addresses all differ", () => {
  expect(lines(plan)).toEqual([]);
  expect(lines(withVip({}))).toEqual([]);
});

test("rejects a virtual address that is a host", () => {
  expect(lines(withVip({ address: "192.168.1.110" }))).toMatchInlineSnapshot(`
    [
      "vip-collision at apiLoadBalancers.api.vip: 192.168.1.110 is the virtual address of "api" and also that of host "traefik" (guests.traefik.address), so both answer for it; give one of them another address",
    ]
  `);
});

test("rejects a virtual address that another group has", () => {
  expect(lines(withVip({ name: "internal", address: "192.168.1.101" }))).toMatchInlineSnapshot(`
    [
      "vip-collision at apiLoadBalancers.api.vip: 192.168.1.101 is the virtual address of "internal" and also that of "internal" (traefikPairs.internal.vip), so both answer for it; give one of them another address",
    ]
  `);
});

test("rejects two hosts at one address, but not one host mentioned twice", () => {
  const host = { name: "nas", address: "192.168.1.110", path: ["guests", "nas", "address"] };
  expect(lines({ ...plan, hosts: [...plan.hosts, host] })).toMatchInlineSnapshot(`
    [
      "vip-collision at guests.nas.address: 192.168.1.110 is host "nas" and also host "traefik" (guests.traefik.address), so both answer for it; give one of them another address",
    ]
  `);
  expect(lines({ ...plan, hosts: [...plan.hosts, { ...host, name: "traefik" }] })).toEqual([]);
});

test("rejects a virtual address in a pool of DHCP or MetalLB", () => {
  expect(lines(withVip({ address: "192.168.1.150" }))).toMatchInlineSnapshot(`
    [
      "vip-collision at apiLoadBalancers.api.vip: the virtual address 192.168.1.150 of "api" lies in the DHCP pool "lan.leases" (192.168.1.150-192.168.1.199), which gives it to others; choose an address outside the pool, or shrink the pool",
    ]
  `);
  expect(lines(withVip({ address: "10.0.20.220" }))).toMatchInlineSnapshot(`
    [
      "vip-collision at apiLoadBalancers.api.vip: the virtual address 10.0.20.220 of "api" lies in the MetalLB pool "services.metallb" (10.0.20.200-10.0.20.220), which gives it to others; choose an address outside the pool, or shrink the pool",
    ]
  `);
});

test("rejects an address outside its own pool, and one in another pool as well", () => {
  expect(
    lines(withVip({ address: "10.0.20.199", pool: "services.metallb" })),
  ).toMatchInlineSnapshot(`
    [
      "vip-collision at apiLoadBalancers.api.vip: 10.0.20.199 of "api" lies outside its pool "services.metallb" (10.0.20.200-10.0.20.220); choose an address of the pool, or extend the pool",
    ]
  `);
  expect(lines(withVip({ address: "192.168.1.199", pool: "services.metallb" }))).toHaveLength(2);
});

test("says nothing of an address whose pool is not in the plan", () => {
  expect(lines(withVip({ address: "10.0.20.205", pool: "services.metalb" }))).toEqual([]);
});

test("rejects addresses in no segment", () => {
  const host = { name: "nas", address: "192.168.2.9", path: ["guests", "nas", "address"] };
  expect(
    lines({ ...withVip({ address: "10.0.24.0" }), hosts: [...plan.hosts, host] }),
  ).toMatchInlineSnapshot(`
    [
      "vip-collision at guests.nas.address: 192.168.2.9 of "nas" lies outside every segment ("lan" 192.168.1.0/24, "services" 10.0.20.0/22); correct the address, or state its segment",
      "vip-collision at apiLoadBalancers.api.vip: 10.0.24.0 of "api" lies outside every segment ("lan" 192.168.1.0/24, "services" 10.0.20.0/22); correct the address, or state its segment",
    ]
  `);
  expect(lines({ ...withVip({ address: "10.0.24.0" }), segments: [] })).toEqual([]);
});

test("rejects a router id that is used twice on a segment, but not on two segments", () => {
  expect(lines(withVip({ virtualRouterId: 51 }))).toMatchInlineSnapshot(`
    [
      "router-id-collision at apiLoadBalancers.api.vip: virtual router id 51 of "api" is already that of "internal" (traefikPairs.internal.virtualRouterId) on segment "lan" (192.168.1.0/24); give each group on the segment its own id from 1 to 255",
    ]
  `);
  expect(lines(withVip({ virtualRouterId: 51, address: "10.0.20.9" }))).toEqual([]);
  expect(lines(withVip({ virtualRouterId: 52 }))).toEqual([]);
});

test("rejects a virtual address with another prefix length than its segment", () => {
  expect(lines(withVip({ prefix: 32 }))).toMatchInlineSnapshot(`
    [
      "vip-collision at apiLoadBalancers.api.vip: 192.168.1.102/32 of "api" has another prefix length than its segment "lan" 192.168.1.0/24; write 192.168.1.102/24",
    ]
  `);
  expect(lines(withVip({ address: "10.0.20.9", prefix: 24 }))).toHaveLength(1);
  expect(lines(withVip({ prefix: 24 }))).toEqual([]);
  expect(lines(withVip({ address: "10.0.20.9", prefix: 22 }))).toEqual([]);
});

test("names the place of the other owner only where it is a place in a file", () => {
  const vips = plan.vips.map((vip, index) => ({ ...vip, path: [index] }));
  const hosts = plan.hosts.map((host, index) => ({ ...host, path: [index] }));
  const [found] = judgeAddresses({
    ...plan,
    hosts,
    vips: [...vips, { name: "api", address: "192.168.1.110", path: [9] }],
  });
  expect(found?.path).toEqual([9]);
  expect(found?.message).toMatchInlineSnapshot(
    `"192.168.1.110 is the virtual address of "api" and also that of host "traefik", so both answer for it"`,
  );
});

test("compares other addresses as text and asks nothing more of them", () => {
  const vips = [1, 2].map((index) => ({
    name: `v${index}`,
    address: "fd00::1",
    path: ["v", index],
  }));
  expect(lines({ ...plan, vips })).toHaveLength(1);
});

test("an address is the number that its four bytes make", () => {
  expect(addressNumber("0.0.0.0")).toBe(0n);
  expect(addressNumber("10.0.20.200")).toBe(167777480n);
  expect(addressNumber("255.255.255.255")).toBe(2n ** 32n - 1n);
  for (const wrong of ["10.0.20", "10.0.20.256", "0x0a.0.20.1", "fe80::1%eth0", "[::1]", ""]) {
    expect(() => addressNumber(wrong)).toThrow(RangeError);
  }
});

test("networks and ranges include both ends", () => {
  expect(cidrContains("10.0.20.0/22", "10.0.23.255")).toBe(true);
  expect(cidrContains("10.0.20.0/22", "10.0.24.0")).toBe(false);
  expect(cidrContains("0.0.0.0/0", "255.255.255.255")).toBe(true);
  expect(cidrContains("10.0.20.7/32", "10.0.20.7")).toBe(true);
  expect(rangeContains("10.0.20.200-10.0.20.220", "10.0.20.200")).toBe(true);
  expect(rangeContains("10.0.20.200-10.0.20.220", "10.0.20.220")).toBe(true);
  expect(rangeContains("10.0.20.200-10.0.20.220", "10.0.20.221")).toBe(false);
});

const byte = fc.integer({ min: 0, max: 255 });
const address = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."));

test("ranges overlap just when one holds an end of the other", () => {
  const range = fc
    .tuple(address, address)
    .map((ends) => ends.sort((a, b) => (addressNumber(a) < addressNumber(b) ? -1 : 1)).join("-"));
  fc.assert(
    fc.property(range, range, (a, b) => {
      const ends = (text: string) => text.split("-");
      const expected =
        ends(a).some((end) => rangeContains(b, end)) ||
        ends(b).some((end) => rangeContains(a, end));
      expect(rangesOverlap(a, b)).toBe(expected);
      expect(rangesOverlap(b, a)).toBe(expected);
    }),
  );
});

// Comparing each with each would take hours.
test("judges a hundred thousand hosts, finding the one pair that collides", () => {
  // Away from both ends of each segment, which no host may have.
  const at = (index: number) => `10.${index >> 15}.${64 + ((index >> 8) & 127)}.${index & 255}`;
  const hosts = Array.from({ length: 100_000 }, (_, index) => ({
    name: `guest-${index}`,
    address: at(index),
    path: ["guests", `guest-${index}`, "address"],
  }));
  const segments = [0, 1, 2, 3].map((index) => ({
    name: `segment-${index}`,
    cidr: `10.${index}.0.0/16`,
    pools: [],
  }));
  const copy = { name: "copy", address: at(77_777), path: ["guests", "copy", "address"] };
  expect(lines({ segments, hosts: [...hosts, copy], vips: [] })).toHaveLength(1);
}, 30_000);

test("rejects an address that something else has, and names who shares it", () => {
  const [lan, services] = plan.segments;
  const [pool] = services?.pools ?? [];
  if (!lan || !services || !pool) throw new Error("the plan has two segments");
  const taken = [
    { address: "10.0.20.203", by: ["traefik", "postgresql"] },
    { address: "10.0.20.204", by: ["vault"] },
  ];
  const segments = [lan, { ...services, pools: [{ ...pool, taken }] }];
  expect(judgeAddresses({ ...plan, segments }).map(findingText)).toMatchInlineSnapshot(`
    [
      "10.0.20.203 of "ingress" is taken by traefik, postgresql, which share it; choose a free address, so that nothing else moves or stops with it",
    ]
  `);
  const free = [lan, { ...services, pools: [{ ...pool, taken: taken.slice(1) }] }];
  expect(judgeAddresses({ ...plan, segments: free })).toEqual(judgeAddresses(plan));
});
