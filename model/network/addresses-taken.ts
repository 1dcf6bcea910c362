import type { Finding } from "../finding";
import { canonicalAddress } from "./address";
import type { AddressPlan } from "./address-plan";

/**
 * Hosts and virtual addresses that somebody else has already. MetalLB lets Services share an address
 * only under conditions that change with each of them, and whoever shares one moves with all others.
 *
 * @see https://metallb.io/usage/#ip-address-sharing
 */
export function judgeTaken({ segments, hosts, vips }: AddressPlan): Finding[] {
  const taken = new Map(
    segments
      .flatMap(({ pools }) => pools.flatMap((pool) => pool.taken ?? []))
      .map(({ address, by }) => [canonicalAddress(address), by]),
  );
  return [...hosts, ...vips].flatMap(({ name, address, path }): Finding[] => {
    const by = taken.get(canonicalAddress(address));
    if (by === undefined) return [];
    return [
      {
        rule: "vip-collision",
        path,
        message: `${address} of "${name}" is taken by ${by.join(", ")}${by.length > 1 ? ", which share it" : ""}`,
        fix: "choose a free address, so that nothing else moves or stops with it",
        severity: "error",
      },
    ];
  });
}
