import { expect, test } from "vitest";
import { type GuestFirewall, judgeSource } from "../../../model/doctor/firewall";

const VIPS = ["192.168.1.101", "fd00:1::101"];
const filtering: GuestFirewall = {
  path: "/nodes/pve1/lxc/110",
  enabled: true,
  ipFilter: true,
  nets: [{ key: "net0", filtered: true }],
  sets: {},
};
const set = (...cidrs: string[]): Partial<GuestFirewall> => ({
  sets: {
    "ipfilter-net0": cidrs.map((cidr) => ({
      cidr: cidr.replace("!", ""),
      nomatch: cidr.startsWith("!"),
    })),
  },
});

test.each<[string, Partial<GuestFirewall>, string, string[]]>([
  ["the guest's firewall is off", { enabled: false }, "ok", []],
  ["it is off on that interface", { nets: [{ key: "net0", filtered: false }] }, "ok", []],
  ["addresses are not looked at", { ipFilter: false }, "ok", []],
  ["both addresses are in the set", set(...VIPS), "ok", []],
  ["their networks are in the set", set("192.168.1.0/24", "fd00:1::/64"), "ok", []],
  [
    "a set of another interface is none",
    { ipFilter: false, sets: { "ipfilter-net1": [] } },
    "ok",
    [],
  ],
  [
    "there is no set",
    {},
    "problem",
    [
      "pvesh create /nodes/pve1/lxc/110/firewall/ipset --name ipfilter-net0",
      "pvesh create /nodes/pve1/lxc/110/firewall/ipset/ipfilter-net0 --cidr 192.168.1.101",
      "pvesh create /nodes/pve1/lxc/110/firewall/ipset/ipfilter-net0 --cidr fd00:1::101",
    ],
  ],
  [
    "a set alone filters too",
    { ipFilter: false, ...set("192.168.1.101") },
    "problem",
    ["pvesh create /nodes/pve1/lxc/110/firewall/ipset/ipfilter-net0 --cidr fd00:1::101"],
  ],
  [
    "an address is taken out again",
    set("192.168.1.0/24", "!192.168.1.101", "fd00:1::101"),
    "problem",
    ["pvesh create /nodes/pve1/lxc/110/firewall/ipset/ipfilter-net0 --cidr 192.168.1.101"],
  ],
  ["an alias may be anything", set("dc/vips"), "not checked", []],
])("the firewall of a member: %s", (_, given, verdict, fix) => {
  const [result, ...more] = judgeSource("traefik", { ...filtering, ...given }, VIPS, false);
  expect(more).toEqual([]);
  expect([result?.verdict, result?.fix ?? []]).toEqual([verdict, fix]);
});

test("what is passed on with a client's address is dropped by a set that lets the addresses pass", () => {
  const all = judgeSource("traefik", { ...filtering, ...set(...VIPS) }, VIPS, true);
  expect(all).toMatchObject([
    { verdict: "ok" },
    { verdict: "problem", found: expect.stringContaining("stall") },
  ]);
  expect(judgeSource("traefik", { ...filtering, enabled: false }, VIPS, true)[0]?.verdict).toBe(
    "ok",
  );
});
