import { bounds } from "../../model/network/address-ranges";

/**
 * The network that an IPv4 address is in, e.g. `192.168.1.0/24`. Files often leave the prefix
 * length out or write 32, which says nothing about the network: 24 is taken then.
 */
export function networkOf(address: string): string {
  const [base = "", length = ""] = address.split("/");
  const prefix = /^\d+$/.test(length) && Number(length) <= 30 ? Number(length) : 24;
  const [first] = bounds(`${base}/${prefix}`);
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join(".")}/${prefix}`;
}
