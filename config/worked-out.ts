import { routerIds } from "../model/vrrp/router-ids";
import type { StackConfig, StatedStack } from "./stack";
import { vrrpAddresses } from "./virtual-addresses";

/**
 * The stack with what the file leaves out because it can be worked out from the rest: router ids,
 * which have to differ across sections, and what guests are for. What depends on one section alone
 * (priorities, weights, times) the schema works out itself.
 */
export function workedOut(stack: StatedStack): StackConfig {
  const addresses = vrrpAddresses<{ vip: string; virtualRouterId?: number | undefined }>(stack);
  const ids = routerIds(addresses.map(({ settings }) => settings));
  const idOf = new Map(addresses.map(({ place }, index) => [place, ids[index] ?? 1]));
  const identified = <T>(section: string, entries: Record<string, T>) =>
    mapEntries(entries, (name, entry) => ({
      ...entry,
      virtualRouterId: idOf.get(`${section}.${name}`) ?? 1,
    }));
  return {
    ...stack,
    guests: mapEntries(stack.guests, (name, { purpose = name, ...guest }) => ({
      ...guest,
      purpose,
    })),
    traefikPairs: identified("traefikPairs", stack.traefikPairs),
    apiLoadBalancers: identified("apiLoadBalancers", stack.apiLoadBalancers),
    servicePairs: identified("servicePairs", stack.servicePairs),
  };
}

function mapEntries<T, R>(entries: Record<string, T>, map: (name: string, entry: T) => R) {
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, map(name, entry)]),
  );
}
