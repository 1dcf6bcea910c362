import { expect, test } from "vitest";
import { findingText, pathText } from "../../../model/finding";
import { judgeSegments } from "../../../model/network/segments";

const lines = (segments: Record<string, [cidr: string, pools?: Record<string, string>]>) =>
  judgeSegments(
    Object.entries(segments).map(([name, [cidr, pools = {}]]) => ({
      name,
      cidr,
      pools: Object.entries(pools).map(([pool, range]) => ({ name: pool, kind: "dhcp", range })),
    })),
    ["segments"],
  ).map((finding) => `${pathText(finding.path)}: ${findingText(finding)}`);

test("accepts segments and pools side by side", () => {
  expect(
    lines({
      lan: ["192.168.1.0/24", { a: "192.168.1.1-192.168.1.9", b: "192.168.1.10-192.168.1.254" }],
      next: ["192.168.2.0/24"],
      wide: ["10.0.20.0/22", { metallb: "10.0.20.255-10.0.21.0" }],
      link: ["10.9.9.0/31", { both: "10.9.9.0-10.9.9.1" }],
    }),
  ).toEqual([]);
});

test("rejects overlapping segments, whichever contains the other", () => {
  expect(
    lines({ lan: ["192.168.1.0/24"], all: ["192.168.0.0/16"], part: ["192.168.1.128/25"] }),
  ).toMatchInlineSnapshot(`
    [
      "segments.all.cidr: 192.168.0.0/16 of segment "all" overlaps 192.168.1.0/24 of segment "lan"; give each broadcast domain a network of its own",
      "segments.part.cidr: 192.168.1.128/25 of segment "part" overlaps 192.168.1.0/24 of segment "lan"; give each broadcast domain a network of its own",
    ]
  `);
});

test("rejects a pool that hands out an end of its segment", () => {
  const pool = (range: string) => lines({ lan: ["192.168.1.0/24", { dhcp: range }] });
  expect([
    ...pool("192.168.1.0-192.168.1.99"),
    ...pool("192.168.1.100-192.168.1.255"),
    ...pool("192.168.1.0-192.168.1.255"),
  ]).toMatchInlineSnapshot(`
    [
      "segments.lan.pools.dhcp.range: 192.168.1.0-192.168.1.99 of pool "lan.dhcp" contains the network of segment "lan" 192.168.1.0/24, which no host can have; leave out the first and the last address of the segment",
      "segments.lan.pools.dhcp.range: 192.168.1.100-192.168.1.255 of pool "lan.dhcp" contains the broadcast address of segment "lan" 192.168.1.0/24, which no host can have; leave out the first and the last address of the segment",
      "segments.lan.pools.dhcp.range: 192.168.1.0-192.168.1.255 of pool "lan.dhcp" contains the network and the broadcast address of segment "lan" 192.168.1.0/24, which no host can have; leave out the first and the last address of the segment",
    ]
  `);
});

test("rejects a pool outside its segment", () => {
  const pool = (range: string) => lines({ lan: ["192.168.1.0/24", { dhcp: range }] });
  expect([
    ...pool("192.168.2.10-192.168.2.20"),
    ...pool("192.168.0.200-192.168.1.20"),
  ]).toMatchInlineSnapshot(`
    [
      "segments.lan.pools.dhcp.range: 192.168.2.10-192.168.2.20 of pool "lan.dhcp" lies outside segment "lan" 192.168.1.0/24; correct the range, or move the pool to its segment",
      "segments.lan.pools.dhcp.range: 192.168.0.200-192.168.1.20 of pool "lan.dhcp" lies partly outside segment "lan" 192.168.1.0/24; correct the range, or move the pool to its segment",
    ]
  `);
});

test("rejects two pools with an address in common", () => {
  expect(
    lines({
      lan: ["192.168.1.0/24", { a: "192.168.1.10-192.168.1.20", b: "192.168.1.20-192.168.1.30" }],
    }),
  ).toMatchInlineSnapshot(`
    [
      "segments.lan.pools.b.range: 192.168.1.20-192.168.1.30 of pool "lan.b" overlaps 192.168.1.10-192.168.1.20 of pool "lan.a"; shrink one of them, for each hands out its addresses by itself",
    ]
  `);
});
