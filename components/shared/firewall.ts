/** What a rule lets through; `vrrp` is IP protocol 112. */
export const FirewallProtocol = {
  Tcp: "tcp",
  Udp: "udp",
  Vrrp: "vrrp",
} as const;
/** What a rule lets through; `vrrp` is IP protocol 112. */
export type FirewallProtocol = (typeof FirewallProtocol)[keyof typeof FirewallProtocol];

/** One direction that a firewall has to let through. */
export interface FirewallRule {
  /** Addresses that it comes from, or `any`. */
  from: string[];
  /** Addresses that it goes to. */
  to: string[];
  /** What is let through. */
  protocol: FirewallProtocol;
  /** Port that it goes to. @default none: VRRP is IP protocol 112 and has no ports */
  port?: number;
  /** What it is for, in a few words. */
  why: string;
}

/** What the firewalls between the hosts have to allow; this stack changes none. */
export interface FirewallNeeds {
  /** What has to be let through. */
  rules: FirewallRule[];
  /**
   * Addresses that a member may send from. Proxmox's `ipfilter` drops all others, so each member's
   * set `ipfilter-net0` needs the virtual address beside its own, or a takeover is silent.
   */
  ipFilter: Record<string, string[]>;
}

/**
 * Lets a monitoring host, wherever it is, read the members' metrics; nothing where no monitoring is stated.
 *
 * @param from networks of people and monitoring. @default anybody
 */
export function exporterRules(
  facts: {
    members: readonly { address: string }[];
    monitoring?: { exporterPort: number } | undefined;
  },
  from: readonly string[] = ["any"],
): FirewallRule[] {
  const { members, monitoring } = facts;
  if (!monitoring) return [];
  return [
    {
      from: [...from],
      to: members.map(({ address }) => address),
      protocol: "tcp",
      port: monitoring.exporterPort,
      why: "metrics, for the monitoring host",
    },
  ];
}
