/** What a runbook is written from: names and addresses of one house. */
export interface House {
  /** Name of the stack. */
  stack: string;
  /** Node that commands for the cluster are given on, if it lives. */
  controlNode: string;
  /** User for SSH on nodes and members. */
  user: string;
  nodes: HouseNode[];
  /** Host outside that votes as a QDevice. @default there is none */
  quorumDevice?: string;
  pairs: HousePair[];
  guests: HouseGuest[];
  /** Names of tunnels. */
  tunnels: string[];
  /** Those of them that hosts hold open. @default pods hold all of them open */
  connectors?: {
    tunnel: string;
    /** systemd unit on each host. */
    unit: string;
    metricsPort: number;
    /** Addresses of the hosts. */
    hosts: string[];
  }[];
  /** Order in which guests come up, from what needs nothing to what needs the most. */
  startOrder: string[][];
  /** What the loss of each node does. */
  losses: NodeLoss[];
  /** Storages of ZFS on the nodes' own disks. */
  zfs: string[];
}

export interface HouseNode {
  name: string;
  address: string;
  /** Guests under HA that maintenance mode leaves on it, because no other node can take them. @default none */
  stuck?: string[];
}

/** Hosts behind one virtual address. */
export interface HousePair {
  /** Section and name: `traefikPairs.traefik`. */
  place: string;
  /** Address without prefix length. */
  vip: string;
  /** systemd unit of the service behind it. @default something else starts the service */
  daemon?: string;
  /** Preferred first. */
  members: { name: string; address: string; node: string; priority: number }[];
  /** Address of the member that copies files to the others: the first of the stack file, whoever is preferred. @default none does */
  source?: string;
  /** Directory of its certificates, and who renews them. @default it has none of its own */
  certificates?: { directory: string; owner: string };
}

export interface HouseGuest {
  name: string;
  node: string;
  /** Whether HA looks after it. */
  ha: boolean;
  /** Nodes that have a copy of its disk. */
  replicas: string[];
}

/** What the loss of a node does, as the model has it. */
export interface NodeLoss {
  node: string;
  /** Whether the others keep a majority. */
  quorum: boolean;
  /** Guests that HA starts elsewhere, and where. */
  moves: { name: string; to: string }[];
  /** Guests and services that are off until the node is back or somebody acts, and why. */
  down: { name: string; reason: string }[];
}

/** What to do in one case. */
export interface Procedure {
  /** Short name for links: `node-lost`. */
  id: string;
  title: string;
  /** How one knows that this is the case. */
  sign: string;
  steps: ProcedureStep[];
}

export interface ProcedureStep {
  /** One sentence, with a period. */
  text: string;
  /** Commands in order; those for a host begin with `ssh`. @default none */
  commands?: string[];
}
