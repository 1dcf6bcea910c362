import { rangesOverlap } from "./address-ranges";

/** The networks and single addresses that a site uses. */
export interface SiteNetworks {
  name: string;
  /** Networks (`192.168.1.0/24`) and addresses. */
  ranges: readonly string[];
  /** Sites that reach this one by address, and that it reaches. */
  routedTo: readonly string[];
}

/** Two sites that use the same addresses. */
export interface SharedRange {
  sites: [string, string];
  /** What each uses: the first that both have. */
  ranges: [string, string];
  /** Whether one reaches the other by address: then a packet has two places to go. */
  routed: boolean;
}

/** Every two sites with addresses in common, in the order of the sites. */
export function sharedRanges(sites: readonly SiteNetworks[]): SharedRange[] {
  return sites.flatMap((one, index) =>
    sites.slice(index + 1).flatMap((other): SharedRange[] => {
      const routed = one.routedTo.includes(other.name) || other.routedTo.includes(one.name);
      for (const a of one.ranges) {
        const b = other.ranges.find((range) => rangesOverlap(a, range));
        if (b !== undefined) {
          return [{ sites: [one.name, other.name], ranges: [a, b], routed }];
        }
      }
      return [];
    }),
  );
}
