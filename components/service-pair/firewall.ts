import { virtualAddresses } from "../../model/vrrp/group";
import { serviceOf } from "../../templates/host/services";
import { exporterRules, type FirewallNeeds, type FirewallRule } from "../shared/firewall";
import { handoverRules } from "../shared/handover-files";
import type { ServiceFacts } from "./facts";

/** What a service pair needs, from its facts. */
export function serviceFirewall(name: string, facts: ServiceFacts, sshPort: number): FirewallNeeds {
  const vips = virtualAddresses(facts);
  const addresses = facts.members.map(({ address }) => address);
  const [first = "", ...others] = addresses;
  const { port } = serviceOf(name, facts);
  const clients = (protocol: "tcp" | "udp"): FirewallRule => ({
    from: ["any"],
    to: vips,
    protocol,
    port,
    why: "clients",
  });
  const rules: FirewallRule[] = [
    { from: addresses, to: addresses, protocol: "vrrp", why: "adverts, IP protocol 112, unicast" },
    clients("tcp"),
    ...(facts.check.dns ? [clients("udp")] : []),
    ...handoverRules(facts),
    ...exporterRules(facts),
    ...(facts.replicate
      ? [
          {
            from: [first],
            to: others,
            protocol: "tcp" as const,
            port: sshPort,
            why: "copies of the service's files",
          },
        ]
      : []),
  ];
  return {
    rules,
    ipFilter: Object.fromEntries(
      facts.members.map((member) => [member.name, [member.address, ...vips]]),
    ),
  };
}
