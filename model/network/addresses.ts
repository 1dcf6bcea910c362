import { type Finding, pathText } from "../finding";
import { canonicalAddress, familyOf, parseAddress } from "./address";
import type { AddressPlan } from "./address-plan";
import { bounds } from "./address-ranges";
import { judgeTaken } from "./addresses-taken";

export { addressNumber, cidrContains, rangeContains, rangesOverlap } from "./address-ranges";

const poolKinds = { dhcp: "DHCP", metallb: "MetalLB", cilium: "Cilium", "kube-vip": "kube-vip" };

type Host = AddressPlan["hosts"][number];
type Vip = AddressPlan["vips"][number];

/** A network or pool with its bounds as numbers, so that thousands of addresses stay cheap. */
interface Bounded {
  name: string;
  text: string;
  family: 4 | 6;
  first: bigint;
  last: bigint;
}

/**
 * Addresses that collide: rule `vip-collision` for one address with two owners, a virtual address
 * in a pool that hands it out to others, one outside its own pool, an address in no segment; rule
 * `router-id-collision` for two groups with one virtual router id on a segment.
 *
 * What is no address is compared as text only. Where no segment has a network of an address's
 * family, nothing is said about its segment.
 */
export function judgeAddresses(plan: AddressPlan): Finding[] {
  const segments = plan.segments.flatMap(({ name, cidr, cidr6 }) => bounded(name, cidr, cidr6));
  const pools = plan.segments.flatMap((segment) =>
    segment.pools.flatMap(({ name, range, range6, kind }) =>
      bounded(`${segment.name}.${name}`, range, range6).map((pool) => ({
        ...pool,
        kind: poolKinds[kind],
      })),
    ),
  );
  // Where an address is not in its own pool, that is all that is wrong with it.
  const placed = plan.vips.filter((vip) => !isOutside(vip, pools));
  return [
    ...judgeOwners(plan),
    ...[...plan.hosts, ...placed].flatMap((owner) => judgeSegment(owner, segments)),
    ...plan.vips.flatMap((vip) => [...judgePrefix(vip, segments), ...judgePools(vip, pools)]),
    ...judgeTaken(plan),
    ...judgeRouterIds(plan.vips, segments),
  ];
}

/** One address, one owner; the later mention is the finding, the earlier one is named. */
function judgeOwners({ hosts, vips }: AddressPlan): Finding[] {
  const claimed = new Map<string, { what: string; name: string; path: Host["path"] }>();
  const findings: Finding[] = [];
  const claim = (what: "host" | "virtual address", { name, address, path }: Host) => {
    const key = canonicalAddress(address);
    const earlier = claimed.get(key);
    if (earlier === undefined) {
      claimed.set(key, { what, name, path });
      return;
    }
    // One host may be mentioned wherever it takes part.
    if (what === "host" && earlier.name === name) return;
    const theirs = `${earlier.what === "host" ? "host " : ""}"${earlier.name}"`;
    const owners =
      what === "host"
        ? `host "${name}" and also ${theirs}`
        : `the virtual address of "${name}" and also that of ${theirs}`;
    findings.push({
      rule: "vip-collision",
      path,
      message: `${address} is ${owners}${placeText(earlier.path)}, so both answer for it`,
      fix: "give one of them another address",
      severity: "error",
    });
  };
  for (const host of hosts) claim("host", host);
  for (const vip of vips) claim("virtual address", vip);
  return findings;
}

function judgeSegment({ name, address, path }: Host, all: Bounded[]): Finding[] {
  const number = numberOf(address);
  const segments = all.filter(({ family }) => family === familyOf(address));
  if (number === undefined || segments.length === 0) return [];
  const own = segments.find((segment) => contains(segment, number));
  if (own) return judgeEnds(own, number, { name, address, path });
  const known = segments.map((segment) => `"${segment.name}" ${segment.text}`);
  const shown = known.length > 6 ? [...known.slice(0, 6), "..."] : known;
  return [
    {
      rule: "vip-collision",
      path,
      message: `${address} of "${name}" lies outside every segment (${shown.join(", ")})`,
      fix: "correct the address, or state its segment",
      severity: "error",
    },
  ];
}

/**
 * First and last address of an IPv4 network belong to nobody, except where it has no more than two
 * (RFC 3021). The first one of an IPv6 network belongs to all of its routers (RFC 4291, 2.6.1).
 */
function judgeEnds(segment: Bounded, number: bigint, { name, address, path }: Host): Finding[] {
  if (segment.last - segment.first < 3n) return [];
  const last = number === segment.last && segment.family === 4;
  if (number !== segment.first && !last) return [];
  const what = last
    ? "broadcast address"
    : segment.family === 4
      ? "network"
      : "anycast address of the routers";
  return [
    {
      rule: "vip-collision",
      path,
      message: `${address} of "${name}" is the ${what} of segment "${segment.name}" ${segment.text}, which no host can have`,
      fix:
        segment.family === 4
          ? "choose an address between the two ends"
          : "choose a later address of the segment",
      severity: "error",
    },
  ];
}

/** With another prefix length the kernel takes neighbours for strangers, or strangers for neighbours. */
function judgePrefix({ name, address, prefix, path }: Vip, segments: Bounded[]): Finding[] {
  const number = numberOf(address);
  const own = segments.find((one) => number !== undefined && contains(one, number));
  if (own === undefined || prefix === undefined) return [];
  const expected = own.text.split("/")[1];
  if (String(prefix) === expected) return [];
  return [
    {
      rule: "vip-collision",
      path,
      message: `${address}/${prefix} of "${name}" has another prefix length than its segment "${own.name}" ${own.text}`,
      fix: `write ${address}/${expected}`,
      severity: "error",
    },
  ];
}

/** The ranges of an address's own pool, that of its family first. */
function ownPool({ address, pool }: Vip, pools: readonly Bounded[]): Bounded | undefined {
  const ranges = pools.filter((one) => pool !== undefined && one.name === pool);
  return ranges.find(({ family }) => family === familyOf(address)) ?? ranges[0];
}

function isOutside(vip: Vip, pools: readonly Bounded[]): boolean {
  const own = ownPool(vip, pools);
  const number = numberOf(vip.address);
  return own !== undefined && number !== undefined && !contains(own, number);
}

function judgePools(vip: Vip, pools: (Bounded & { kind: string })[]): Finding[] {
  const { name, address, pool, path } = vip;
  const number = numberOf(address);
  if (number === undefined) return [];
  const own = ownPool(vip, pools);
  // A reference to no pool is a mistake of its own; nothing follows from the address then.
  if (pool !== undefined && own === undefined) return [];
  const finding = (message: string, fix: string): Finding => ({
    rule: "vip-collision",
    path,
    message,
    fix,
    severity: "error",
  });
  return [
    ...(own !== undefined && !contains(own, number)
      ? [
          finding(
            `${address} of "${name}" lies outside its pool "${own.name}" (${own.text})`,
            "choose an address of the pool, or extend the pool",
          ),
        ]
      : []),
    ...pools
      .filter((one) => one.name !== pool && contains(one, number))
      .map((one) =>
        finding(
          `the virtual address ${address} of "${name}" lies in the ${one.kind} pool "${one.name}" (${one.text}), which gives it to others`,
          "choose an address outside the pool, or shrink the pool",
        ),
      ),
  ];
}

/** Groups with one router id on one segment hear each other's adverts and fight for mastership. */
function judgeRouterIds(vips: readonly Vip[], segments: Bounded[]): Finding[] {
  const users = new Map<string, Vip>();
  return vips.flatMap((vip): Finding[] => {
    const number = numberOf(vip.address);
    const segment = segments.find((one) => number !== undefined && contains(one, number));
    if (vip.virtualRouterId === undefined || segment === undefined) return [];
    // Adverts of one family are never heard by the other.
    const key = `${vip.virtualRouterId} ${segment.family} ${segment.name}`;
    const earlier = users.get(key);
    if (earlier === undefined) {
      users.set(key, vip);
      return [];
    }
    const place = placeText(earlier.routerIdPath ?? earlier.path);
    return [
      {
        rule: "router-id-collision",
        path: vip.routerIdPath ?? vip.path,
        message: `virtual router id ${vip.virtualRouterId} of "${vip.name}" is already that of "${earlier.name}"${place} on segment "${segment.name}" (${segment.text})`,
        fix: "give each group on the segment its own id from 1 to 255",
        severity: "error",
      },
    ];
  });
}

/** What is stated for one family, and beside it for IPv6. */
function bounded(name: string, ...texts: (string | undefined)[]): Bounded[] {
  return texts.flatMap((text) => (text === undefined ? [] : [{ name, text, ...bounds(text) }]));
}

function contains({ first, last }: Bounded, number: bigint): boolean {
  return first <= number && number <= last;
}

function numberOf(address: string): bigint | undefined {
  return parseAddress(address)?.number;
}

/** Where the other owner stands in the stack file; places counted by number are no help to people. */
function placeText(path: readonly (string | number)[]): string {
  return typeof path[0] === "string" ? ` (${pathText(path)})` : "";
}
