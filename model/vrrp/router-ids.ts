import ipaddr from "ipaddr.js";
import { addressOf } from "../text";

/** A virtual address, and the router id that was chosen for it, if one was. */
export interface IdentifiedAddress {
  /** With or without its prefix length. */
  vip: string;
  /** @default it is worked out */
  virtualRouterId?: number | undefined;
}

/**
 * The router ids of all virtual addresses of one file, in their order. One that is not stated is the
 * last byte of its address (192.168.1.101 gets 101), and where another has that already the next
 * free one. Depends on the addresses alone, not on names or order, so that an id stays what it is
 * when something else is added, as far as the last bytes differ.
 */
export function routerIds(addresses: readonly IdentifiedAddress[]): number[] {
  const taken = new Set(addresses.flatMap(({ virtualRouterId }) => virtualRouterId ?? []));
  const open = addresses.filter(({ virtualRouterId }) => virtualRouterId === undefined);
  const found = new Map<string, number>();
  for (const vip of [...new Set(open.map(({ vip }) => addressOf(vip)))].sort(byBytes)) {
    const first = bytesOf(vip).at(-1) ?? 0;
    const free = Array.from({ length: IDS }, (_, step) => ((first + IDS - 1 + step) % IDS) + 1);
    // More than 255 addresses cannot all differ.
    const id = free.find((candidate) => !taken.has(candidate)) ?? Math.max(first, 1);
    taken.add(id);
    found.set(vip, id);
  }
  return addresses.map(
    ({ vip, virtualRouterId }) => virtualRouterId ?? found.get(addressOf(vip)) ?? 1,
  );
}

/** Router ids are 1 to 255. */
const IDS = 255;

function bytesOf(address: string): number[] {
  return ipaddr.isValid(address) ? ipaddr.parse(address).toByteArray() : [];
}

function byBytes(a: string, b: string): number {
  const [one, other] = [bytesOf(a), bytesOf(b)];
  const differing = one.findIndex((byte, index) => byte !== other[index]);
  return one.length - other.length || (one[differing] ?? 0) - (other[differing] ?? 0);
}

/** Priorities of members that state none, in their order: the first owns the address. */
export function prioritiesInOrder(count: number): number[] {
  const step = count <= 20 ? 10 : 1;
  return Array.from({ length: count }, (_, index) => Math.max(200 - index * step, 1));
}
