import { addressOf } from "../../model/text";
import type { ObservedResource } from "../rule";
import { guestsOf } from "./guests";
import { text } from "./resource";

const isProxmox = ({ type }: ObservedResource) => /^proxmox(ve)?:/.test(type);

/** A provider manages one cluster: ids are unique there and nowhere else. */
export function sitesOf(resources: ObservedResource[]): ObservedResource[][] {
  const sites = new Map<string, ObservedResource[]>();
  for (const resource of resources) {
    const key = isProxmox(resource) ? (resource.provider ?? "") : "";
    const site = sites.get(key);
    if (site) site.push(resource);
    else sites.set(key, [resource]);
  }
  return [...sites.values()];
}

/**
 * What each site sees: its own guests, and everything that is not tied to another site's guests.
 * Two houses may use the same private addresses.
 */
export function siteViews(resources: ObservedResource[]): ObservedResource[][] {
  const sites = sitesOf(resources.filter(isProxmox));
  if (sites.length < 2) return [resources];
  const addresses = sites.map(
    (site) => new Set(guestsOf(site).flatMap((guest) => guest.addresses.map(addressOf))),
  );
  const others = resources.filter((resource) => !isProxmox(resource));
  return sites.map((site, at) => [
    ...site,
    ...others.filter((resource) => {
      const host = text(resource.props, "connection", "host");
      const elsewhere = addresses.some((known, index) => index !== at && known.has(host ?? ""));
      return !elsewhere || addresses[at]?.has(host ?? "") === true;
    }),
  ]);
}
