/** One direction that a firewall has to let through. */
export interface FirewallRule {
  /** Addresses, or `any`. */
  from: string[];
  to: string[];
  protocol: "tcp" | "vrrp";
  /** @default none: VRRP is IP protocol 112 and has no ports */
  port?: number;
  why: string;
}

/** What the firewalls between the hosts have to allow; this stack changes none. */
export interface FirewallNeeds {
  rules: FirewallRule[];
  /**
   * Addresses that a member may send from. Proxmox's `ipfilter` drops all others, so each member's
   * set `ipfilter-net0` needs the virtual address beside its own, or a takeover is silent.
   */
  ipFilter: Record<string, string[]>;
}
