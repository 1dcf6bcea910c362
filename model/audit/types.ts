import type { ClusterSnapshot, GuestSnapshot, HaRuleSnapshot } from "../cluster-snapshot";
import type { PlacementGroup } from "../placement/group-rules";

/** How bad it is: `critical` takes services down, or will at the next failure. */
export type AuditSeverity = "critical" | "warning" | "note";

/** Something that the audit found, with the way to mend it. */
export interface AuditFinding {
  /** Name of the check; its heading in `docs/audit.md`, and the policy's name where one demands the same. */
  rule: string;
  severity: AuditSeverity;
  /** What it is about: `traefik and traefik-2`, `node proxmox`, `cluster`. */
  subject: string;
  /** What was found, and what it means; lower case, no final period. */
  message: string;
  /** What to do, as an instruction; lower case, no final period. */
  fix: string;
  /** What shows it: lines of logs, counters. */
  evidence?: string[];
}

/** What a stack file wants of a cluster. */
export interface WantedCluster {
  /** File that says so, for messages. */
  file: string;
  nodes: string[];
  guests: WantedGuest[];
  /** Backup jobs of others that it relies on, so that it makes none. @default it makes its own */
  existingBackupJobs?: string[];
  /** HA placement; resources are HA ids. */
  groups: (PlacementGroup & {
    maxRestart: number;
    maxRelocate: number;
    /** Where a guest differs, by HA id. @default none does */
    perGuest?: Record<string, { maxRestart?: number; maxRelocate?: number }>;
  })[];
  /** Guests that stand in for each other, by what they serve; HA ids. */
  pairs: { name: string; members: string[] }[];
}

export interface WantedGuest {
  name: string;
  vmid: number;
  sid: string;
  node: string;
  backup: boolean;
  /** Why it must not leave its node. */
  pinned?: string;
  startup?: { order: number; upSec?: number };
}

/** What was found on a node itself, over SSH; what a node does not have or say is absent. */
export interface HostEvidence {
  node: string;
  /** Identities of its watchdogs, e.g. `Software Watchdog`. */
  watchdogs?: string[];
  /** Module that Proxmox was told to use. @default softdog */
  watchdogModule?: string;
  /** State of services as `systemctl is-active` says it. */
  services?: Record<string, string>;
  links?: CorosyncLink[];
  edac?: EdacCounter[];
  /** Lines of the kernel, of corosync and of the watchdog, newest last. */
  log?: string[];
  /** Starts of the machine, newest first. */
  boots?: Boot[];
}

/** A link of corosync as `corosync-cfgtool -s` shows it. */
export interface CorosyncLink {
  id: number;
  address: string;
  peers: { nodeId: number; connected: boolean }[];
}

export interface EdacCounter {
  /** Memory controller, e.g. `mc0`. */
  controller: string;
  corrected: number;
  uncorrected: number;
}

/** A start of a node, in Unix seconds. */
export interface Boot {
  startSec: number;
  /** Last sign of life before it, where there is one. */
  beforeSec?: number;
  /** Whether the node was shut down before it. */
  clean: boolean;
}

/** A node that could not be asked over SSH. */
export interface HostGap {
  node: string;
  /** Why, with the fix after the last `; `. */
  reason: string;
}

/** Everything that is judged. */
export interface AuditInput {
  cluster: ClusterSnapshot;
  wanted?: WantedCluster;
  /** @default nothing was collected over SSH */
  hosts?: HostEvidence[];
  /** Nodes that should have been asked. @default none */
  hostGaps?: HostGap[];
}

/** Guests that stand in for each other. */
export interface Pair {
  name: string;
  members: GuestSnapshot[];
}

/** The same, ready to be asked. */
export interface AuditContext extends AuditInput {
  hosts: HostEvidence[];
  guestOf: Map<string, GuestSnapshot>;
  pairs: Pair[];
  /** HA ids that HA looks after: configured, and not ignored or disabled. */
  managed: Set<string>;
  /** HA ids of pairs of which no member is under HA. */
  bare: Set<string>;
  /** Nodes on which HA may start a resource. */
  places: (sid: string) => string[];
  /** Rules that keep a resource apart from others and are switched on. */
  apart: Map<string, HaRuleSnapshot[]>;
  /** Names of the nodes that are there and answer. */
  living: string[];
}

/** A guest for messages: `traefik (ct:110)`. */
export const shownGuest = ({ name, sid }: Pick<GuestSnapshot, "name" | "sid">) =>
  name === sid ? sid : `${name} (${sid})`;

/** Days and hours between two moments, for messages. */
export function ago(takenAt: number, at: number): string {
  const hours = Math.max(0, Math.round((takenAt - at) / 3600));
  if (hours < 1) return "less than an hour ago";
  if (hours < 48) return hours === 1 ? "an hour ago" : `${hours} hours ago`;
  return `${Math.round(hours / 24)} days ago`;
}
