import { canonicalAddress, familyOf, isAddress, networkOf, parseRange, unusable } from "./address";

/** Whether it is an address that other hosts reach. */
export function isUsable(text: string): boolean {
  return isAddress(text) && unusable(text) === undefined;
}

/** Address and prefix length, where there are both and nothing else. */
function split(text: string): { address: string; prefix: number } | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const family = familyOf(address);
  if (rest.length > 0 || family === undefined || !/^\d{1,3}$/.test(prefix)) return undefined;
  return Number(prefix) > (family === 4 ? 32 : 128)
    ? undefined
    : { address, prefix: Number(prefix) };
}

/** Whether it is a network of either family whose host part is zero. */
export function isNetwork(text: string): boolean {
  const found = split(text);
  if (!found) return false;
  const { address, prefix } = found;
  return networkOf(address, prefix) === `${canonicalAddress(address)}/${prefix}`;
}

/** Whether it is an address that other hosts reach, with the prefix length of its network. */
export function isPrefixed(text: string): boolean {
  const found = split(text);
  if (!found) return false;
  const { address, prefix } = found;
  return familyOf(address) === 4 || (isUsable(address) && !address.includes(".") && prefix > 0);
}

/** Whether it is an inclusive, ascending range of addresses of one family. */
export function isRange(text: string): boolean {
  const ends = text.split("-");
  return ends.length === 2 && ends.every(isUsable) && parseRange(text) !== undefined;
}

/** A network, or an address with its prefix length, in one spelling. */
export function canonicalNetwork(text: string): string {
  const [address = "", ...behind] = text.split("/");
  return [canonicalAddress(address), ...behind].join("/");
}

/** A range in one spelling. */
export function canonicalRange(text: string): string {
  return text.split("-").map(canonicalAddress).join("-");
}
