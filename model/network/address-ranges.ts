import ipaddr from "ipaddr.js";

/** Whether the text is an IPv4 address of four decimal numbers. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/**
 * An IPv4 address as a number, so that ranges compare.
 *
 * @throws RangeError if it is no IPv4 address of four decimal numbers
 */
export function addressNumber(ip: string): number {
  if (!isAddress(ip)) {
    throw new RangeError(`found "${ip}", expected an IPv4 address; write it as 192.168.1.110`);
  }
  return ipaddr.IPv4.parse(ip)
    .toByteArray()
    .reduce((number, byte) => number * 256 + byte, 0);
}

/** First and last address of a range (`a-b`), a network (`a/24`) or one address, as numbers. */
export function bounds(range: string): [first: number, last: number] {
  const [network = "", prefix] = range.split("/");
  if (prefix !== undefined) {
    const size = 2 ** (32 - Number(prefix));
    const first = Math.floor(addressNumber(network) / size) * size;
    return [first, first + size - 1];
  }
  const [first = "", last = first] = range.split("-").map((end) => end.trim());
  return [addressNumber(first), addressNumber(last)];
}

/** Whether a network such as `192.168.1.0/24` contains an address. */
export function cidrContains(cidr: string, ip: string): boolean {
  return rangeContains(cidr, ip);
}

/** Whether an inclusive range such as `10.0.20.200-10.0.20.220` contains an address. */
export function rangeContains(range: string, ip: string): boolean {
  const [first, last] = bounds(range);
  const number = addressNumber(ip);
  return first <= number && number <= last;
}

/** Whether two ranges or networks have an address in common. */
export function rangesOverlap(a: string, b: string): boolean {
  const [firstA, lastA] = bounds(a);
  const [firstB, lastB] = bounds(b);
  return firstA <= lastB && firstB <= lastA;
}
