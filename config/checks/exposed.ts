import type { Exposed } from "../../model/state-backend/behind-stack";
import { addressOf } from "../../model/text";
import { hostFacts } from "../hosts";
import type { StackConfig } from "../stack";
import { vrrpAddresses } from "../virtual-addresses";

/** Settings of an address that keepalived moves, as far as they say where it is. */
interface Stated {
  vip: string;
  vip6?: string;
  members: StackConfig["traefikPairs"][string]["members"];
}

/** Every address and name through which clients come to what this stack manages. */
export function exposedBy(stack: StackConfig): Exposed[] {
  const addresses = vrrpAddresses<Stated>(stack).flatMap(({ place, settings }): Exposed[] => [
    { at: addressOf(settings.vip), what: `the virtual address of ${place}` },
    ...(settings.vip6 === undefined
      ? []
      : [{ at: addressOf(settings.vip6), what: `the virtual address of ${place}` }]),
    ...settings.members.flatMap((member): Exposed[] => {
      const facts = hostFacts(stack, member);
      return facts?.address === undefined
        ? []
        : [{ at: facts.address, what: `${facts.name}, a member of ${place}` }];
    }),
  ]);
  const ingress = Object.entries(stack.kubernetesIngress).map(([name, { address }]) => ({
    at: address,
    what: `the address of kubernetesIngress.${name}`,
  }));
  const moving = Object.entries(stack.cutovers).map(([name, { from }]) => ({
    at: from,
    what: `what cutovers.${name} moves`,
  }));
  const routes = Object.entries(stack.traefikPairs).flatMap(([pair, { routes: all }]) =>
    Object.entries(all).map(([route, { host }]) => ({
      at: host,
      what: `the route ${route} of traefikPairs.${pair}`,
    })),
  );
  const tunnels = Object.entries(stack.tunnels).flatMap(([tunnel, { ingress: rules }]) =>
    rules.map(({ hostname }) => ({ at: hostname, what: `a name of tunnels.${tunnel}` })),
  );
  const numbers = [...addresses, ...ingress, ...moving];
  const records = Object.entries(stack.dns).flatMap(([record, { to }]): Exposed[] => {
    const { address } = to;
    const own = address !== undefined && !numbers.some(({ at }) => at === address);
    return own ? [] : [{ at: record, what: `a name that homelab:dns leads to this stack` }];
  });
  return [...numbers, ...routes, ...tunnels, ...records];
}
