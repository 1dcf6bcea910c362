import { familyOf, networkOf as networkWith } from "../../model/network/address";

/**
 * The network that an address is in, e.g. `192.168.1.0/24`. Files often leave the prefix length out
 * or write the longest, which says nothing about the network: 24 is taken then, and 64 for IPv6.
 */
export function networkOf(address: string): string {
  const [base = "", length = ""] = address.split("/");
  const [longest, usual] = familyOf(base) === 6 ? [126, 64] : [30, 24];
  const prefix = /^\d+$/.test(length) && Number(length) <= longest ? Number(length) : usual;
  return networkWith(base, prefix) ?? base;
}
