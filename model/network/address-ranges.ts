import { type AddressRange, isAddress, parseAddress, parseRange } from "./address";

export { isAddress };

/**
 * An address as a number, so that ranges compare; IPv6 stands above all of IPv4.
 *
 * @throws RangeError if it is no address
 */
export function addressNumber(ip: string): bigint {
  const address = parseAddress(ip);
  if (!address) {
    throw new RangeError(
      `found "${ip}", expected an IPv4 or IPv6 address; write it as 192.168.1.110 or fd00:1::110`,
    );
  }
  return address.number;
}

/**
 * First and last address of a range (`a-b`), a network (`a/24`) or one address.
 *
 * @throws RangeError if it is none of them
 */
export function bounds(range: string): AddressRange {
  const found = parseRange(range);
  if (!found) {
    throw new RangeError(
      `found "${range}", expected addresses of one family; write them as 192.168.1.0/24 or fd00:1::10-fd00:1::20`,
    );
  }
  return found;
}

/** Whether a network such as `192.168.1.0/24` contains an address. */
export function cidrContains(cidr: string, ip: string): boolean {
  return rangeContains(cidr, ip);
}

/** Whether an inclusive range such as `10.0.20.200-10.0.20.220` contains an address. */
export function rangeContains(range: string, ip: string): boolean {
  const { first, last } = bounds(range);
  const number = addressNumber(ip);
  return first <= number && number <= last;
}

/** Whether two ranges or networks have an address in common. */
export function rangesOverlap(a: string, b: string): boolean {
  const [one, other] = [bounds(a), bounds(b)];
  return one.first <= other.last && other.first <= one.last;
}
