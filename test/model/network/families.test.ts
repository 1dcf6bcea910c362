import { expect, test } from "vitest";
import { findingText } from "../../../model/finding";
import { judgeAddresses } from "../../../model/network/addresses";
import { judgeFamilies } from "../../../model/network/families";
import { judgeKubernetesNetworks } from "../../../model/network/kubernetes-networks";

type Settings = Parameters<typeof judgeFamilies>[0];

const six: Settings = {
  vip: "fd00:1::20/64",
  version: 3,
  members: [
    { name: "a", address: "fd00:1::21" },
    { name: "b", address: "fd00:1::22" },
  ],
  masters: [],
  workers: [],
};

test.each<[string, Partial<Settings>, string[]]>([
  ["IPv6 alone", {}, []],
  [
    "both families over IPv4",
    {
      vip: "192.168.1.20/24",
      vip6: "fd00:1::20/64",
      members: [{ name: "a", address: "192.168.1.21" }],
    },
    [],
  ],
  [
    "a member of IPv4",
    { members: [{ name: "a", address: "192.168.1.21" }] },
    ["members.0.address"],
  ],
  [
    "a master of IPv4",
    { masters: [{ name: "m", address: "192.168.1.61" }] },
    ["masters.0.address"],
  ],
  ["IPv6 twice", { vip6: "fd00:1::30/64" }, ["vip6"]],
  ["VRRP 2", { version: 2 }, ["version"]],
])("families of a group: %s", (_what, change, places) => {
  expect(judgeFamilies({ ...six, ...change }).map(({ path }) => path.join("."))).toEqual(places);
});

const networks = { podSubnet: "fd00:244::/56", serviceSubnet: "fd00:96::/112" };
const hosts = { masters: [{ name: "m", address: "fd00:1::61" }], workers: [] };

test.each<[string, object, string[]]>([
  ["IPv6 alone", {}, []],
  ["Services of a too large network", { serviceSubnet: "fd00:96::/64" }, ["kubeadm.serviceSubnet"]],
  ["pods of a too small network", { podSubnet: "fd00:244::/80" }, ["kubeadm.podSubnet"]],
  ["pods of another family", { podSubnet: "10.244.0.0/16" }, ["kubeadm.podSubnet"]],
  ["one network twice", { podSubnet: "fd00:96::/56" }, ["kubeadm.serviceSubnet"]],
  [
    "masters of another family",
    { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/12" },
    ["masters.0.address"],
  ],
])("networks of Kubernetes: %s", (_what, change, places) => {
  const findings = judgeKubernetesNetworks({ ...networks, ...change }, hosts);
  expect(findings.map(({ path }) => path.join("."))).toEqual(places);
});

test("a plan of IPv6 is judged as one of IPv4, by value", () => {
  const pools = [{ name: "lb", kind: "metallb" as const, range: "fd00:1::200-fd00:1::220" }];
  const plan = {
    segments: [{ name: "lan", cidr: "fd00:1::/64", pools }],
    hosts: [
      { name: "a", address: "fd00:1::21", path: ["a"] },
      { name: "routers", address: "fd00:1::", path: ["routers"] },
    ],
    vips: [
      { name: "same", address: "fd00:1:0::21", path: ["same"] },
      { name: "pooled", address: "fd00:1::210", path: ["pooled"] },
      { name: "away", address: "fd00:2::1", path: ["away"] },
      { name: "wide", address: "fd00:1::30", prefix: 48, path: ["wide"] },
      // Nothing is said of the other family where no segment has it.
      { name: "four", address: "192.168.1.1", path: ["four"] },
    ],
  };
  expect(judgeAddresses(plan).map(findingText)).toMatchInlineSnapshot(`
    [
      "fd00:1:0::21 is the virtual address of "same" and also that of host "a" (a), so both answer for it; give one of them another address",
      "fd00:1:: of "routers" is the anycast address of the routers of segment "lan" fd00:1::/64, which no host can have; choose a later address of the segment",
      "fd00:2::1 of "away" lies outside every segment ("lan" fd00:1::/64); correct the address, or state its segment",
      "the virtual address fd00:1::210 of "pooled" lies in the MetalLB pool "lan.lb" (fd00:1::200-fd00:1::220), which gives it to others; choose an address outside the pool, or shrink the pool",
      "fd00:1::30/48 of "wide" has another prefix length than its segment "lan" fd00:1::/64; write fd00:1::30/64",
    ]
  `);
});
