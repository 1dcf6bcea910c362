/** keepalived of a Debian release: 12 has 2.2.7, 13 has 2.3.3. */
export type DebianRelease = 12 | 13;

/** How quickly a virtual address has to move. */
export type VrrpProfile = "fast" | "compatible";

/** One health check of a member: a script that keepalived runs, or a file that it tracks. */
export interface VrrpCheck {
  name: string;
  /** Signed change of the priority: negative counts while the check fails, positive while it passes, 0 means FAULT. */
  weight: number;
  intervalSec: number;
  /** How long one run may take before it counts as failed. */
  timeoutSec: number;
  /** Failures in a row until the check counts as failed. */
  fall: number;
  /** Successes in a row until it counts as passed again. */
  rise: number;
  /**
   * Whether it watches what a quicker check watches too, in case that one's own program dies: it
   * adds nothing to the detection, but it has to pass before the member returns. @default false
   */
  secondLine?: boolean;
  /** What is run, with its arguments. @default unknown */
  command?: string[];
  /** What is watched instead of a script; keepalived learns of it at once. @default a script */
  watches?: "process" | "interface" | "bfd";
}

/** One `vrrp_instance` on one host. */
export interface VrrpMember {
  name: string;
  /** Proxmox node that carries the host. @default unknown */
  node?: string;
  /** What `node` names is a place outside of Proxmox. @default it is a node */
  outside?: boolean;
  /** Own address from which adverts are sent. @default unknown */
  address?: string;
  /** Base priority, 1..255. */
  priority: number;
  /** @default BACKUP, or MASTER for priority 255 */
  state?: "MASTER" | "BACKUP";
  version: 2 | 3;
  virtualRouterId: number;
  advertIntervalSec: number;
  /** Virtual addresses, with prefix length where it is known. */
  vips: string[];
  /** @default unknown */
  interface?: string;
  /** Addresses the adverts are sent to. @default multicast */
  unicastPeers?: string[];
  /** Group the adverts are sent to without peers. @default keepalived's own */
  multicastGroup?: string;
  /** Addresses that it configures without announcing them. @default none */
  excludedVips?: string[];
  /** How VRRPv2 adverts are signed. @default PASS where there is a password, else not at all */
  authType?: "PASS" | "AH";
  /** VRRPv2 password; only its first 8 characters count. @default no authentication */
  authPass?: string;
  nopreempt: boolean;
  preemptDelaySec: number;
  checks: VrrpCheck[];
  /** Whether it tracks something other than a script: a file (but not that of a planned step aside). */
  otherTracking: boolean;
  /** The files that it tracks. @default none */
  trackedFiles?: TrackedFile[];
  /** Why checks that stand in its file do not count. @default all of them count */
  lostChecks?: string;
}

/** A number in a file that changes a member's priority, or puts it in FAULT with weight 0. */
export interface TrackedFile {
  name: string;
  path: string;
  /** Factor of the number; 0 means FAULT while the number is not 0. */
  weight: number;
  /** The other way round: with weight 0, FAULT while the number is 0 or the file is missing. */
  reverse: boolean;
}

/** Members that share a virtual address. */
export interface VrrpGroup {
  name: string;
  members: VrrpMember[];
}

/** Settings of a shared address as the stack file and the components state them, once for all members. */
export interface VrrpSettings {
  /** Virtual address with prefix length. */
  vip: string;
  /** IPv6 address with prefix length that moves with it. @default none */
  vip6?: string | undefined;
  interface: string;
  virtualRouterId: number;
  version: 2 | 3;
  advertIntervalSec: number;
  preempt: boolean;
  preemptDelaySec: number;
  /** Seconds for which open connections are kept over a planned change. @default 0: they are cut */
  drainSec?: number;
  /** Port on which members agree on that. @default none, where connections are cut */
  drainPort?: number;
  check: Omit<VrrpCheck, "name">;
  /** @default compatible */
  profile?: VrrpProfile;
  members: {
    name: string;
    node: string;
    address: string;
    priority: number;
    /** Its interface. @default that of all members */
    interface?: string | undefined;
    /** What `node` names is a place outside of Proxmox. @default it is a node */
    outside?: boolean;
    /** Debian release inside; with the profile it says how the member is checked. @default 13 */
    debian?: DebianRelease;
  }[];
}
