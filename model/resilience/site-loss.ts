import { isAddress } from "../network/address";
import { rangesOverlap } from "../network/address-ranges";
import type { SiteNetworks } from "../network/site-networks";

/** What of a site matters to the others. */
export interface SiteParts extends SiteNetworks {
  services: readonly string[];
  /** Public host names that a tunnel of the site serves. */
  publicNames: readonly string[];
  /** What leads somewhere by address, such as a route or a rule of a tunnel. */
  leads: readonly SiteLead[];
}

/** Something that leads to an address. */
export interface SiteLead {
  /** What it is, for sentences. */
  from: string;
  address: string;
}

/** Something of a site that goes on and leads into one that is gone. */
export interface BrokenLead extends SiteLead {
  site: string;
  into: string;
}

/** What the loss of whole sites does. */
export interface SiteLoss {
  lost: string[];
  /** Services of the lost sites: `home/traefikPairs.traefik`. */
  down: string[];
  publicNames: string[];
  broken: BrokenLead[];
  /** Sites that are left, with the services of each. */
  left: { site: string; services: string[] }[];
}

/**
 * What the loss of whole sites does: a fire, the power, or the line of a provider. A site that is left
 * loses what it leads by address into a lost one that is routed to it.
 *
 * @param sites every site of the stack
 * @param lost names of some of them
 */
export function siteLoss(sites: readonly SiteParts[], lost: readonly string[]): SiteLoss {
  const gone = sites.filter(({ name }) => lost.includes(name));
  const left = sites.filter(({ name }) => !lost.includes(name));
  return {
    lost: gone.map(({ name }) => name),
    down: gone.flatMap(({ name, services }) => services.map((service) => `${name}/${service}`)),
    publicNames: gone.flatMap(({ publicNames }) => publicNames),
    broken: left.flatMap((site) =>
      gone.filter((other) => areRouted(site, other)).flatMap((other) => leadsInto(site, other)),
    ),
    left: left.map(({ name, services }) => ({ site: name, services: [...services] })),
  };
}

const areRouted = (one: SiteNetworks, other: SiteNetworks) =>
  one.routedTo.includes(other.name) || other.routedTo.includes(one.name);

function leadsInto({ name, leads }: SiteParts, other: SiteParts): BrokenLead[] {
  return leads
    .filter(({ address }) => isAddress(address))
    .filter(({ address }) => other.ranges.some((range) => rangesOverlap(range, address)))
    .map((lead) => ({ ...lead, site: name, into: other.name }));
}
