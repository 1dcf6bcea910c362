import ipaddr from "ipaddr.js";
import {
  canonicalAddress,
  familyOf,
  networkOf,
  parseRange,
  unusable,
} from "../../model/network/address";
import { canonicalRange } from "../../model/network/stated-address";

const four = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text);

/** An address in what was written with something around it, or with another separator. */
function addressIn(text: string): string | undefined {
  const [bare = ""] = text.trim().split(/[/:\s]/);
  const plain = bare
    .replaceAll(",", ".")
    .split(".")
    .map((part) => part.replace(/^0+(?=\d)/, ""))
    .join(".");
  return four(plain) ? plain : undefined;
}

/** Whether somebody meant IPv6: an IPv4 address with a port has one colon only. */
const looksSix = (text: string) => /^\s*\[|:[^:]*:/.test(text);

/** An IPv6 address in what was written with something around it. */
function sixIn(text: string): string | undefined {
  const [, inside, bare = inside] =
    /^\s*(?:\[([^\]]*)\]|([^\s/[\]]+))(?::\d+)?(?:\/.*)?\s*$/.exec(text) ?? [];
  return bare !== undefined && familyOf(bare) === 6 ? canonicalAddress(bare) : undefined;
}

/** What is wrong with an IPv6 address, as long as it is not what stands around it. */
function sixTrouble(text: string): string | undefined {
  if (text.includes("%")) {
    return "write an address of the whole network without a zone, e.g. fd00:1::110";
  }
  const found = sixIn(text);
  const why = found === undefined ? undefined : unusable(found);
  if (found === undefined || why === undefined) return undefined;
  if (found.startsWith("::ffff:")) return `write the IPv4 address itself: ${found.slice(7)}`;
  return `that is ${why}; write a global or a unique local one, e.g. fd00:1::110`;
}

/** How to write an IPv6 address that was refused. */
export function address6Fix(input: unknown): string {
  const otherwise = "write e.g. fd00:1::110";
  if (typeof input !== "string") return otherwise;
  const trouble = sixTrouble(input);
  if (trouble !== undefined) return trouble;
  if (familyOf(input) === 4) return `write an IPv6 address, e.g. fd00:1::110`;
  const found = sixIn(input);
  if (found === undefined) return otherwise;
  if (input.includes("/")) return `write it without the prefix length: ${found}`;
  if (/\]:\d+\s*$/.test(input)) return `write it without the port and brackets: ${found}`;
  return input.includes("[") ? `write it without brackets: ${found}` : `write ${found}`;
}

/** How to write an address that was refused. */
export function addressFix(input: unknown): string {
  const otherwise = "write four numbers from 0 to 255, e.g. 192.168.1.110";
  if (typeof input !== "string") return otherwise;
  if (looksSix(input)) return address6Fix(input);
  const found = addressIn(input);
  if (found === undefined) {
    return /[A-Za-z]/.test(input)
      ? "write the address that the name stands for, e.g. 192.168.1.110"
      : otherwise;
  }
  if (input.includes("/")) return `write it without the prefix length: ${found}`;
  if (/:\d+$/.test(input)) return `write it without the port: ${found}`;
  return `write ${found}`;
}

/** Prefix length of a net mask in dotted form. */
function maskLength(text: string): number | undefined {
  return four(text)
    ? (ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined)
    : undefined;
}

/** How to write an address whose prefix length is missing or another thing. */
export function prefixFix(input: unknown): string {
  const otherwise = "write e.g. 192.168.1.101/24";
  if (typeof input !== "string") return otherwise;
  if (looksSix(input)) {
    const trouble = sixTrouble(input);
    if (trouble !== undefined) return trouble.replaceAll("fd00:1::110", "fd00:1::101/64");
    const six = sixIn(input) ?? "fd00:1::101";
    const missing = !input.includes("/") && !input.includes("[");
    return missing
      ? `add the prefix length of its network, e.g. ${six}/64`
      : `write e.g. ${six}/64`;
  }
  const [address = "", behind] = input.split("/");
  const found = addressIn(address);
  if (found === undefined) return otherwise;
  if (behind === undefined) return `add the prefix length of its network, e.g. ${found}/24`;
  const length = maskLength(behind);
  return length === undefined ? `write e.g. ${found}/24` : `write ${found}/${length}`;
}

/** How to write a network that was refused. */
export function networkFix(input: unknown): string {
  const otherwise = "write network and prefix length, e.g. 192.168.1.0/24";
  if (typeof input !== "string") return otherwise;
  if (looksSix(input)) return network6Fix(input);
  const [address = "", behind] = input.split("/");
  const found = addressIn(address);
  if (found === undefined) return otherwise;
  if (behind === undefined) return `add the prefix length, e.g. ${found}/24`;
  const length = maskLength(behind) ?? Number(behind);
  if (!Number.isInteger(length) || length < 0 || length > 32) return otherwise;
  const network = `${ipaddr.IPv4.networkAddressFromCIDR(`${found}/${length}`)}/${length}`;
  const longest = [8, 16, 24, 32].find(
    (own) => ipaddr.IPv4.networkAddressFromCIDR(`${found}/${own}`).toString() === found,
  );
  const other = longest === undefined || longest === length ? "" : `, or ${found}/${longest}`;
  return `write ${network}${other}`;
}

/** How to write an IPv6 network that was refused. */
export function network6Fix(input: unknown): string {
  const otherwise = "write network and prefix length, e.g. fd00:1::/64";
  if (typeof input !== "string" || !looksSix(input)) return otherwise;
  const found = sixIn(input);
  if (input.includes("%") || found === undefined) return otherwise;
  const behind = /\/(\d{1,3})\s*$/.exec(input)?.[1];
  if (!input.includes("/")) return `add the prefix length, e.g. ${networkOf(found, 64)}`;
  const network = behind === undefined ? undefined : networkOf(found, Number(behind));
  return network === undefined ? otherwise : `write ${network}`;
}

/** How to write a range of IPv6 addresses that was refused. */
export function range6Fix(input: unknown): string {
  const otherwise = "write first and last address, e.g. fd00:20::200-fd00:20::220";
  if (typeof input !== "string") return otherwise;
  const [first = "", last = "", ...rest] = input.split(/\s*(?:-|\.\.+|–|—|\bto\b)\s*/);
  const [from, to] = [sixIn(first), sixIn(last)];
  if (rest.length > 0 || from === undefined || to === undefined) return otherwise;
  const troubled = [first, last].find((end) => sixTrouble(end) !== undefined);
  if (troubled !== undefined) return sixTrouble(troubled) ?? otherwise;
  const ranges = [`${from}-${to}`, `${to}-${from}`];
  const ascending = ranges.find((range) => parseRange(range) !== undefined);
  return ascending === undefined ? otherwise : `write ${canonicalRange(ascending)}`;
}

/** How to write a range that was refused. */
export function rangeFix(input: unknown): string {
  const otherwise = "write first and last address, e.g. 10.0.20.200-10.0.20.220";
  if (typeof input !== "string") return otherwise;
  if (looksSix(input)) return range6Fix(input);
  const network = /^([\d.]+)\/(\d{1,2})$/.exec(input.trim())?.[0];
  if (network !== undefined && ipaddr.IPv4.isValidCIDR(network)) {
    return `write ${ipaddr.IPv4.networkAddressFromCIDR(network)}-${ipaddr.IPv4.broadcastAddressFromCIDR(network)}`;
  }
  const [first = "", last = "", ...rest] = input.split(/\s*(?:-|\.\.+|–|—|to|\/)\s*/);
  if (!four(first) || rest.length > 0) return otherwise;
  const whole = /^\d{1,3}$/.test(last) ? first.replace(/\d+$/, last) : last;
  if (!four(whole)) return otherwise;
  const number = (text: string) =>
    ipaddr.IPv4.parse(text)
      .toByteArray()
      .reduce((sum, byte) => sum * 256 + byte, 0);
  return number(first) <= number(whole) ? `write ${first}-${whole}` : `write ${whole}-${first}`;
}
