import { isIPv4, isIPv6 } from "node:net";

/** An address of either family, in one spelling. */
export interface Address {
  family: 4 | 6;
  /** IPv6 as RFC 5952 writes it. */
  text: string;
  /** Position among all addresses. The families do not meet: IPv6 stands above all of IPv4. */
  number: bigint;
}

const ABOVE_IPV4 = 2n ** 32n;
const LENGTH = { 4: 32, 6: 128 } as const;

/** An IPv4 address of four decimal numbers, or an IPv6 address without zone and brackets. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) {
    const number = text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
    return { family: 4, text, number };
  }
  if (!text.includes(":") || text.includes("%") || !isIPv6(text)) return undefined;
  const parts = partsOf(text);
  const number = parts.reduce((sum, part) => sum * 65536n + BigInt(part), 0n);
  return { family: 6, text: written(parts), number: number + ABOVE_IPV4 };
}

/** The eight groups of an IPv6 address, whose last two may be written as an IPv4 one. */
function partsOf(text: string): number[] {
  const groups = (half: string) =>
    half === ""
      ? []
      : half.split(":").flatMap((group) => {
          const [a, b, c, d] = group.split(".").map(Number);
          return d === undefined
            ? [Number.parseInt(group, 16)]
            : [(a ?? 0) * 256 + (b ?? 0), (c ?? 0) * 256 + d];
        });
  const [before = "", after] = text.split("::");
  const [head, tail] = [groups(before), groups(after ?? "")];
  const missing = after === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

/**
 * The longest run of zeros is left out, the first of several; one alone is not. An IPv4 address in
 * the form of IPv6 stays readable (RFC 5952, 4 and 5).
 */
function written(parts: readonly number[]): string {
  const [high = 0, low = 0] = parts.slice(6);
  if (parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff) {
    return `::ffff:${[high >> 8, high & 255, low >> 8, low & 255].join(".")}`;
  }
  let [start, length] = [-1, 1];
  for (let from = 0; from < parts.length; from++) {
    let to = from;
    while (parts[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const hex = (some: readonly number[]) => some.map((part) => part.toString(16)).join(":");
  if (start < 0) return hex(parts);
  return `${hex(parts.slice(0, start))}::${hex(parts.slice(start + length))}`;
}

/** Whether the text is an address of either family. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/** The family of an address, whatever prefix length is behind it; undefined where it is none. */
export function familyOf(text: string): 4 | 6 | undefined {
  return parseAddress(text.split("/", 1).join(""))?.family;
}

/** An address in one spelling: IPv6 has many. What is no address only gets small letters. */
export function canonicalAddress(text: string): string {
  return parseAddress(text)?.text ?? text.toLowerCase();
}

/** The address as it stands before a port or a path: IPv6 in brackets. */
export function hostText(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** `address:port`, with brackets where the address has colons. */
export function withPort(address: string, port: number): string {
  return `${hostText(address)}:${port}`;
}

/** Addresses from the first to the last, inclusive, of one family. */
export interface AddressRange {
  family: 4 | 6;
  first: bigint;
  last: bigint;
}

/** A range (`a-b`), a network (`a/24`) or one address; undefined where it is none of them. */
export function parseRange(text: string): AddressRange | undefined {
  const [network = "", prefix, ...more] = text.split("/").map((part) => part.trim());
  if (more.length > 0) return undefined;
  if (prefix !== undefined) {
    const address = parseAddress(network);
    if (!address || !/^\d{1,3}$/.test(prefix) || Number(prefix) > LENGTH[address.family]) {
      return undefined;
    }
    const size = 2n ** BigInt(LENGTH[address.family] - Number(prefix));
    const base = address.family === 4 ? 0n : ABOVE_IPV4;
    const first = ((address.number - base) / size) * size + base;
    return { family: address.family, first, last: first + size - 1n };
  }
  const [from = "", to = from, ...rest] = text.split("-").map((end) => end.trim());
  const [first, last] = [parseAddress(from), parseAddress(to)];
  if (!first || !last || rest.length > 0 || first.family !== last.family) return undefined;
  return first.number > last.number
    ? undefined
    : { family: first.family, first: first.number, last: last.number };
}

/** The address that a number of this order is. */
export function addressAt(number: bigint): string {
  const bytes = number < ABOVE_IPV4 ? 4 : 16;
  let rest = number < ABOVE_IPV4 ? number : number - ABOVE_IPV4;
  const parts: number[] = [];
  const base = bytes === 4 ? 256n : 65536n;
  for (let index = 0; index < (bytes === 4 ? 4 : 8); index++) {
    parts.unshift(Number(rest % base));
    rest /= base;
  }
  return bytes === 4 ? parts.join(".") : written(parts);
}

/** Whether an address is one of a single link: the same one may be on every other, on another host. */
export function isLinkLocal(address: string): boolean {
  const { family, text } = parseAddress(address) ?? {};
  return family === 6 && /^fe[89ab]/.test(text ?? "");
}

/**
 * The network that an address is in, e.g. `192.168.1.0/24` or `fd00:1::/64`.
 *
 * @param prefix length in bits, at most that of the family
 */
export function networkOf(address: string, prefix: number): string | undefined {
  const range = parseRange(`${address}/${prefix}`);
  return range && `${addressAt(range.first)}/${prefix}`;
}

/** What no host of a network can be reached by, in words (IANA's registry of special IPv6 addresses). */
const UNUSABLE: Record<string, string> = {
  "fe80::/10": "a link-local address, which every interface has",
  "ff00::/8": "a multicast address",
  "::1/128": "the loopback address",
  "::/128": "the unspecified address",
  "::ffff:0:0/96": "an IPv4 address in the form of IPv6",
  "64:ff9b::/96": "an IPv4 address behind NAT64",
  "2002::/16": "an address of 6to4",
  "2001::/32": "an address of Teredo",
  "100::/64": "an address that discards what it gets",
  "fec0::/10": "an address of a kind that was given up",
};

/** Why an IPv6 address is none that clients of a whole network reach, in words; undefined where it is one. */
export function unusable(address: string): string | undefined {
  const parsed = parseAddress(address);
  if (parsed?.family !== 6) return undefined;
  return Object.entries(UNUSABLE).find(([network]) => {
    const range = parseRange(network);
    return range !== undefined && range.first <= parsed.number && parsed.number <= range.last;
  })?.[1];
}
