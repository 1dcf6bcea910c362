import type { SiteLead, SiteParts } from "../../model/resilience/site-loss";
import { clusterModel } from "../cluster-model";
import type { StackConfig } from "../stack";
import { networksOfStack } from "./across-sites";
import type { NamedSite } from "./parse-sites";

/** What of a site matters to the others, as the stack file has it. */
export function siteParts({
  name,
  stack,
  routedTo,
}: Pick<NamedSite, "name" | "stack" | "routedTo">): SiteParts {
  return {
    name,
    routedTo,
    ranges: networksOfStack(stack),
    services: clusterModel(stack).services.map((service) => service.name),
    publicNames: Object.values(stack.tunnels).flatMap(({ ingress }) =>
      ingress.map(({ hostname }) => hostname),
    ),
    leads: leadsOf(stack),
  };
}

/** Routes of Traefik and rules of tunnels that name an address or a host. */
function leadsOf(stack: StackConfig): SiteLead[] {
  const routes = Object.entries(stack.traefikPairs).flatMap(([pair, { routes: all }]) =>
    Object.entries(all).flatMap(([route, { servers }]) =>
      servers.map((server) => ({
        from: `route ${route} of traefikPairs.${pair}`,
        // An address of IPv6 stands in brackets in a URL.
        address: new URL(server).hostname.replace(/^\[|\]$/g, ""),
      })),
    ),
  );
  const rules = Object.entries(stack.tunnels).flatMap(([tunnel, { ingress }]) =>
    ingress.flatMap(({ hostname, origin }) =>
      "host" in origin && origin.host !== undefined
        ? [{ from: `${hostname} of tunnels.${tunnel}`, address: origin.host }]
        : [],
    ),
  );
  return [...routes, ...rules];
}
