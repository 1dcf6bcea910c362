import { BlockList, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addressAt,
  canonicalAddress,
  isLinkLocal,
  networkOf,
  parseAddress,
  parseRange,
  unusable,
  withPort,
} from "../../../model/network/address";
import {
  canonicalRange,
  isNetwork,
  isPrefixed,
  isRange,
  isUsable,
} from "../../../model/network/stated-address";

// Half of the groups are zero, so that runs of zeros of every length come up.
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const groups = fc.array(group, { minLength: 8, maxLength: 8 });
const hex = (parts: readonly number[]) => parts.map((part) => part.toString(16)).join(":");
const six = groups.map(hex);
const four = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })
  .map((bytes) => bytes.join("."));
const family = (address: string) => (address.includes(":") ? "ipv6" : "ipv4");

test("an IPv6 address is written as a URL writes it, however it was spelt", () => {
  fc.assert(
    fc.property(groups, fc.boolean(), fc.nat(7), (parts, upper, at) => {
      const long = parts.map((part) => part.toString(16).padStart(4, "0"));
      const zero = parts[at] === 0 ? [...long.slice(0, at), "", ...long.slice(at + 1)] : long;
      const cut = zero.join(":").replace(/^:/, "::").replace(/:$/, "::");
      const spelt = upper ? cut.toUpperCase() : cut;
      fc.pre(isIPv6(spelt));
      const { hostname } = new URL(`http://[${spelt}]`);
      const mapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
      // RFC 5952, 5: a URL has no mixed notation.
      if (!mapped) expect(`[${canonicalAddress(spelt)}]`).toBe(hostname);
      expect(canonicalAddress(canonicalAddress(spelt))).toBe(canonicalAddress(spelt));
    }),
  );
});

test("what node takes for an address without a zone is one, and nothing else", () => {
  const noise = fc.stringMatching(/^[0-9a-f.:%/[\] ]{0,24}$/);
  fc.assert(
    fc.property(fc.oneof(six, four, noise), (text) => {
      expect(parseAddress(text) !== undefined).toBe(
        isIPv4(text) || (isIPv6(text) && !text.includes("%")),
      );
    }),
  );
});

test("a network holds the addresses that node's BlockList has in it", () => {
  fc.assert(
    fc.property(fc.oneof(six, four), fc.oneof(six, four), fc.nat(128), (base, other, length) => {
      const prefix = family(base) === "ipv4" ? length % 33 : length;
      const oracle = new BlockList();
      oracle.addSubnet(base, prefix, family(base));
      const range = parseRange(`${base}/${prefix}`);
      fc.pre(range !== undefined && !/^::ffff:/.test(canonicalAddress(other)));
      const next = addressAt(range.last + 1n);
      const past = parseAddress(next)?.number === range.last + 1n ? [next] : [];
      for (const one of [other, ...past, addressAt(range.first), base]) {
        const number = parseAddress(one)?.number ?? -1n;
        const inside = range.first <= number && number <= range.last;
        // Node finds IPv4 in ::/0 as ::ffff:1.2.3.4; here the families never meet.
        const expected = family(one) === family(base) && oracle.check(one, family(one));
        expect([one, inside]).toEqual([one, expected]);
      }
    }),
  );
});

test("an address is that of its number", () => {
  fc.assert(
    fc.property(fc.oneof(six, four), (address) => {
      expect(addressAt(parseAddress(address)?.number ?? -1n)).toBe(canonicalAddress(address));
    }),
  );
});

test.each([
  ["fd00:1::101", 64, "fd00:1::/64"],
  ["fd00:1::1ff", 120, "fd00:1::100/120"],
  ["192.168.1.77", 24, "192.168.1.0/24"],
  ["192.168.1.77", 33, undefined],
  ["fd00::1", 129, undefined],
])("the network of %s with %i bits is %s", (address, prefix, network) => {
  expect(networkOf(address, prefix)).toBe(network);
});

test.each([
  ["fe80::1", "a link-local address, which every interface has"],
  ["ff02::1", "a multicast address"],
  ["::1", "the loopback address"],
  ["::", "the unspecified address"],
  ["::ffff:192.168.1.1", "an IPv4 address in the form of IPv6"],
  ["2002::1", "an address of 6to4"],
  ["fd00::1", undefined],
  ["2a02:168::1", undefined],
  ["2001:db8::1", undefined],
  ["192.168.1.1", undefined],
])("%s: %s", (address, why) => {
  expect(unusable(address)).toBe(why);
  expect(isUsable(address)).toBe(why === undefined);
});

test.each([
  ["fd00:1::/64", true],
  ["FD00:1:0::/64", true],
  ["fd00:1::1/64", false],
  ["fd00:1::/129", false],
  ["fd00:1::", false],
  ["fd00:1::/64/64", false],
  ["192.168.1.0/24", true],
  ["192.168.1.1/24", false],
  ["192.168.1.0/33", false],
])("%s is a network: %s", (text, yes) => {
  expect(isNetwork(text)).toBe(yes);
});

test.each([
  ["fd00::1-fd00::f", true],
  ["fd00::f-fd00::1", false],
  ["fd00::1-192.168.1.1", false],
  ["192.168.1.1-fd00::1", false],
  ["fe80::1-fe80::2", false],
  ["fd00::1", false],
])("%s is a range: %s", (text, yes) => {
  expect(isRange(text)).toBe(yes);
});

test("prefix lengths are those of the family", () => {
  const of = (text: string) => isPrefixed(text);
  expect(["fd00::1/64", "fd00::1/0", "fd00::1/129", "1.2.3.4/32", "1.2.3.4/33"].map(of)).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});

test("texts around an address", () => {
  expect(withPort("fd00::1", 6443)).toBe("[fd00::1]:6443");
  expect(withPort("192.168.1.1", 6443)).toBe("192.168.1.1:6443");
  expect(canonicalRange("FD00:0::1-fd00:0::2")).toBe("fd00::1-fd00::2");
  expect(["fe80::1", "febf::1", "fec0::1", "fd00::1", "169.254.0.1"].map(isLinkLocal)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
