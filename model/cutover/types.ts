import type { PoolKind } from "../network/pools";

/** Kinds of consumers that a person tells the new address. */
export type HandKind =
  | "firewallAlias"
  | "allowlist"
  | "monitor"
  | "stateBackend"
  | "secret"
  | "other";

/** An HTTPS request that shows whether something is done. */
export interface Probe {
  host: string;
  /** Address that is connected to. @default what the host name resolves to */
  address?: string;
  port: number;
  path: string;
}

/** What a person does, and how it is taken back. */
export interface Hand {
  step: string;
  undo: string;
}

export interface TunnelConsumer {
  name: string;
  kind: "tunnel";
  tunnel: string;
  check?: Probe;
}

export interface DnsConsumer extends Hand {
  name: string;
  kind: "dns";
  record: string;
  /** Time to live of the record today, in seconds. */
  ttlSec: number;
  servers: readonly string[];
  /** Name that is asked for; never a wildcard. */
  probe: string;
  stage: number;
}

export interface HandConsumer extends Hand {
  name: string;
  kind: HandKind;
  at: string;
  check?: Probe;
}

/** Somebody who uses the old address, or is to use the new one. */
export type Consumer = TunnelConsumer | DnsConsumer | HandConsumer;

/** A consumer that the rest of the stack states, whether or not the plan has it. */
export interface FoundConsumer {
  kind: "tunnel" | "dns" | "allowlist";
  /** Name of the tunnel, the record, or the ingress with the allowlist. */
  key: string;
  /** Why it is one, in words that follow its name. */
  why: string;
}

/** A rule of a tunnel and its origin, e.g. `https://traefik.traefik.svc.cluster.local:443`. */
export interface TunnelRule {
  tunnel: string;
  hostname: string;
  origin: string;
  /** Whether the origin is what moves. */
  leads: boolean;
}

/** How much of a cutover the stack contains, in this order. */
export const stackPhases = ["before", "service", "moved"] as const;
export type StackPhase = (typeof stackPhases)[number];

/** Everything that is known of a cutover before a request is sent. */
export interface CutoverFacts {
  name: string;
  from: string;
  to: {
    address: string;
    /** In words: `Kubernetes ingress "traefik-lb"`. */
    what: string;
    /** Whether this stack makes it, so that an update does the move of the Service and the tunnels. */
    byStack: boolean;
  };
  variant: "additive" | "in-place";
  /** How far the stack is. */
  stackPhase: StackPhase;
  /** When service may be interrupted. */
  window?: string;
  fromService?: { name: string; namespace: string };
  shares: readonly { name: string; ports: readonly number[] }[];
  consumers: readonly Consumer[];
  found: readonly FoundConsumer[];
  /** Where each credential is reached; undefined on the machine that runs the command. */
  credentials: readonly { name: string; at: string | undefined }[];
  /** URL, without a password. */
  stateBackend: string;
  windowTtlSec: number;
  /** Internal DNS: what each record answers; `*.` as in the stack file. */
  dns: readonly { record: string; address: string }[];
  tunnels: readonly TunnelRule[];
  /** Pools that hand out addresses by themselves. */
  pools: readonly {
    name: string;
    kind: PoolKind;
    range: string;
    range6?: string | undefined;
  }[];
  verify: {
    hosts: readonly string[];
    port: number;
    path: string;
    caFile?: string;
    http3: boolean;
    clientAddress?: { host: string; path: string };
  };
}

/** Something that can be looked at without changing it; DNS is asked for IPv4 where no family is said. */
export type Check =
  /** Every server answers with one of the addresses. */
  | { kind: "dns"; name: string; server: string; family?: 6; addresses: readonly string[] }
  /** How long the answer may be kept, at most and at least. */
  | { kind: "ttl"; name: string; server: string; family?: 6; maxSec?: number; minSec?: number }
  | { kind: "tcp"; address: string; port: number; open: boolean }
  /** A request whose certificate is verified; any answer but 404 and 5xx is one. */
  | ({ kind: "https" | "http3" | "clientAddress" } & Probe)
  /** A host that must not lead to any of the addresses. */
  | { kind: "apart"; what: string; host: string; addresses: readonly string[] }
  /** What the stack file says of a record. */
  | { kind: "declared"; record: string; address: string; found: string }
  /** What only a person can know. */
  | { kind: "word"; what: string };

/** Time that must have passed since another phase was done or taken back. */
export interface Wait {
  sec: number;
  since: string;
  why: string;
}

/** One way of a phase: forward or back. */
export interface Way {
  /** Must hold before anything is done. */
  preflight: readonly Check[];
  waits: readonly Wait[];
  /** What a person does; empty when there is nothing to do by hand. */
  steps: readonly string[];
  /** The phase of the stack that an update brings about. */
  stackPhase?: StackPhase;
  /** Holds when it is done. */
  checks: readonly Check[];
}

/** A part of the move after which one can stop for a week, go on, or go back. */
export interface CutoverPhase {
  /** Unique in the plan, e.g. `dns-1`. */
  id: string;
  what: string;
  forward: Way;
  back: Way;
}
