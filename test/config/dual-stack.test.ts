import { expect, test } from "vitest";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { put, stackData } from "../support/clusters/stacks";

const pair = ["traefikPairs", "traefik"];

function problems(vip6: unknown, ...more: [path: (string | number)[], value: unknown][]) {
  const data = stackData("two-nodes");
  put(data, [...pair, "vip6"], vip6);
  for (const [path, value] of more) put(data, path, value);
  const parsed = parseStack(data);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
}

test.each([["fd00:1::20/64"], ["2001:db8::1/128"], ["FD00:1:0:0::20/64"]])("%s passes", (vip6) => {
  expect(problems(vip6)).toEqual([]);
});

test.each([
  ["without a prefix length", "fd00:1::20"],
  ["IPv4", "192.168.1.20/24"],
  ["IPv4 inside", "::ffff:192.168.1.20/96"],
  ["link-local", "fe80::1/64"],
  ["multicast", "ff02::1/64"],
  ["with a zone", "fd00::1%eth0/64"],
  ["a prefix that is none", "fd00::1/129"],
  ["a number", 6],
])("rejects an address %s", (_what, vip6) => {
  expect(problems(vip6)).toEqual([
    `homelab:traefikPairs.traefik.vip6: found ${JSON.stringify(vip6)}, expected an IPv6 address with its prefix length; write e.g. fd00:1::101/64`,
  ]);
});

test("rejects one IPv6 address of two owners, however it is written", () => {
  const members = [
    [
      "a",
      "pve1",
      "192.168.1.41",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILbRv5pOxXrNFslEadVGo6AeoUCOn1uNrMkNwOBvKbrX",
    ],
    [
      "b",
      "pve2",
      "192.168.1.42",
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAo/jRZL2EDhiQX5ZefItm9UQx9SADdivkRjBiwBYkCy",
    ],
  ].map(([host, node, address, hostKey]) => ({ host, node, address, hostKey }));
  const other = {
    vip: "192.168.1.40/24",
    vip6: "fd00:1:0::20/64",
    members,
    traefik: { version: "3.5.0" },
  };
  expect(problems("fd00:1::20/64", [["traefikPairs", "other"], other])).toEqual([
    'homelab:traefikPairs.other.vip6: fd00:1::20 is the virtual address of "traefikPairs.other" and also that of "traefikPairs.traefik" (traefikPairs.traefik.vip6), so both answer for it; give one of them another address',
  ]);
});
