/** IPv4 address as a number. */
export function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Number as an IPv4 address. */
export function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** First and last address of a network given as address and prefix length. */
export function networkRange(address: string, prefix: number): { first: number; last: number } {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(toNumber(address) / size) * size;
  return { first, last: first + size - 1 };
}

/**
 * The network that a virtual address is in, e.g. `192.168.1.0/24`. Files often leave the prefix
 * length out or write 32, which says nothing about the network: 24 is taken then.
 */
export function networkOf(address: string): string {
  const [base = "", length = ""] = address.split("/");
  const prefix = /^\d+$/.test(length) && Number(length) <= 30 ? Number(length) : 24;
  return `${toText(networkRange(base, prefix).first)}/${prefix}`;
}
