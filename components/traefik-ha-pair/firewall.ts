import { virtualAddresses } from "../../model/vrrp/group";
import { ENTRY_POINT_PORTS } from "../../templates/traefik/traefik";
import { exporterRules, type FirewallNeeds, type FirewallRule } from "../shared/firewall";
import { handoverRules } from "../shared/handover-files";
import type { TraefikFacts } from "./facts";

/** What a pair needs, from its facts. */
export function firewallOf(facts: TraefikFacts, sshPort: number): FirewallNeeds {
  const vips = virtualAddresses(facts);
  const addresses = facts.members.map(({ address }) => address);
  const [first = "", ...others] = addresses;
  const copies = facts.replication !== undefined || owned(facts);
  const rules: FirewallRule[] = [
    { from: addresses, to: addresses, protocol: "vrrp", why: "adverts, IP protocol 112, unicast" },
    ...Object.entries(ENTRY_POINT_PORTS).map(
      ([entryPoint, port]): FirewallRule => ({
        from: ["any"],
        to: vips,
        protocol: "tcp",
        port,
        why: `clients, entry point ${entryPoint}`,
      }),
    ),
    {
      from: addresses,
      to: addresses,
      protocol: "tcp",
      port: facts.traefik.driftPort,
      why: "checksums of the dynamic configuration",
    },
    ...handoverRules(facts),
    ...exporterRules(facts),
    ...(copies
      ? [
          {
            from: [first],
            to: others,
            protocol: "tcp" as const,
            port: sshPort,
            why: "copies of hand-written files and certificates",
          },
        ]
      : []),
  ];
  return {
    rules,
    ipFilter: Object.fromEntries(
      facts.members.map(({ name, address }) => [name, [address, ...vips]]),
    ),
  };
}

function owned({ certificates, members }: TraefikFacts): boolean {
  return certificates !== undefined && certificates.owner === members[0]?.name;
}
