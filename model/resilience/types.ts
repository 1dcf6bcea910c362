import type { NodeCapacity, NodeLoad, Scheduler } from "../capacity/types";
import type { Basis } from "./times";

/** A storage, as far as a failure is concerned. */
export type StorageModel =
  | {
      kind: "ceph";
      /** Nodes that can use it. */
      nodes: string[];
      /** Nodes with a monitor: Ceph works while a majority of them does. */
      monitors: string[];
      /** Nodes with OSDs: each copy of the data is on another of them. */
      osdNodes: string[];
      /** Copies of the data (`size` of the pool); see `cephCopies` for the default. */
      copies: number;
      /** Copies below which Ceph stops (`min_size` of the pool); see `cephCopies` for the default. */
      minCopies: number;
    }
  | {
      /** `shared` is outside the cluster and survives any node; `zfs` and `local` die with their node. */
      kind: "shared" | "zfs" | "local";
      /** Nodes that can use it. */
      nodes: string[];
    };

/** A container or virtual machine. */
export interface GuestModel {
  name: string;
  /** HA id, e.g. `ct:110`: HA recovers guests in the order of these. @default the name */
  sid?: string;
  /** Node on which it runs when all is well. */
  node: string;
  /** Name of its storage in `ClusterModel.storages`. */
  storage: string;
  /** Under HA: nodes with priorities (higher is preferred), and whether only those are allowed. */
  ha?: {
    nodes: Record<string, number>;
    strict: boolean;
    /** Whether it moves back by itself to a node of higher priority. @default true */
    failback?: boolean;
    /** Further nodes that HA tries when a start fails. @default 1, as in Proxmox */
    maxRelocate?: number;
    /** Name of its group, for sentences. */
    group?: string;
  };
  /**
   * ZFS replication of its disk: to which nodes, and the seconds between two runs, which are the
   * loss while runs succeed (PVE repeats a failing one after up to 30 minutes).
   */
  replica?: { nodes: string[]; everySec: number };
  /** Why it can run on its node only, e.g. a device. */
  immovable?: string;
  /** Start-up order on its node, lower first; HA ignores it. */
  startup?: { order: number };
  /** Whether it is a database: after a crash its recovery comes on top. @default false */
  database?: boolean;
  /** Whether a backup job covers it. */
  backup: boolean;
  /** Memory in MB, where it is known; else it counts as nothing. */
  memoryMb?: number;
  /** Processor cores, where they are known; else they count as nothing. */
  cores?: number;
}

/** A host that a service stands on: a guest by name, or a host that only its node is known of. */
export interface ServiceMember {
  name: string;
  /** Its node, or its place outside the nodes. */
  node: string;
  /** Name in `ClusterModel.guests`, if it is one of them. */
  guest?: string;
}

/** Hosts of one kind below a service, and how many of them it takes. */
export interface ServiceLayer {
  /** What a member is, for sentences: `load balancer`, `worker`. */
  what: string;
  /**
   * - `address`: one holds a virtual address, the first living one in the order of `members`
   * - `any`: clients or a balancer use those that answer; one is enough
   * - `majority`: more than half must live (etcd)
   * - `pods`: `replicas` pods spread over the members; nobody knows over which
   */
  kind: "address" | "any" | "majority" | "pods";
  /** In order of preference. */
  members: ServiceMember[];
  /** Seconds until a lost member is no longer noticed: shortest and longest. */
  failoverSec: [number, number];
  /** What the longest of these is worth. @default bound */
  failoverBasis?: Basis;
  /** Pods of the kind `pods`. */
  replicas?: number;
  /** Service without which Kubernetes does not replace lost pods. */
  api?: string;
}

/** Something that people use. */
export interface ServiceModel {
  /** Its place in the stack file, e.g. `traefikPairs.traefik`, or what guests say they serve, e.g. `dns`. */
  name: string;
  /** All of them must work. */
  layers: ServiceLayer[];
  /** Names of services that must work too. */
  needs: string[];
}

/** Nodes that fail together. */
export interface FailureDomain {
  name: string;
  /**
   * - `rack`: the nodes are gone with their disks (fire, water)
   * - `ups`: the nodes are off, and come back with their disks
   * - `switch`: the nodes run on, each alone: nobody reaches them, and they reach nobody
   */
  kind: "rack" | "ups" | "switch";
  nodes: string[];
}

/** What HA does with the guests of a node that is shut down in order: `ha: shutdown_policy=` of the data centre. */
export type ShutdownPolicy = "freeze" | "failover" | "conditional" | "migrate";

/** Everything that decides what a failure does. Each node has one vote. */
export interface ClusterModel {
  nodes: string[];
  storages: Record<string, StorageModel>;
  guests: GuestModel[];
  /** Sets of guests that HA never puts on one node. */
  keepApart: string[][];
  /** Sets of guests that HA keeps on one node. */
  keepTogether: string[][];
  /** Seconds between two backups, and the nodes that carry them; none: outside the cluster. */
  backup: {
    everySec: number;
    nodes: string[];
    /** Guest that carries them, if one does. */
    guest?: string;
    /** Whether each of the nodes keeps the backups of its own guests only. @default false */
    ownNode?: boolean;
    /** Whether the stack says where they are: else no restore is promised. @default true */
    stated?: boolean;
  };
  /** Places of members that no node carries; each can fail, and no node's failure reaches it. @default none */
  places?: string[];
  /** Names of things outside the cluster that can fail; each is a service without hosts. */
  outside?: string[];
  services: ServiceModel[];
  /** Services whose clients refuse an old certificate, by the pair that has it. */
  certificates?: Record<string, string>;
  /** Memory and cores of the nodes, where they are known. */
  capacity?: Record<string, NodeCapacity>;
  /** How HA picks among equally preferred nodes. @default basic */
  scheduler?: Scheduler;
  /** What HA does when a node is rebooted or shut down in order. @default conditional, as in Proxmox */
  shutdownPolicy?: ShutdownPolicy;
  /** Whether HA counts running guests that it does not manage too; see `countsOutsideHa`. @default true */
  outsideHaCounts?: boolean;
  /** Corosync's token_coefficient, least and most that is possible. @default [650, 650] */
  tokenCoefficientMs?: [number, number];
  /** Whether a host outside the cluster votes as a QDevice. @default false */
  quorumDevice?: boolean;
  /** Nodes that fail together. */
  domains?: FailureDomain[];
}

/**
 * What becomes of a guest or service.
 *
 * - `unaffected`: goes on as before
 * - `degraded`: goes on, but has lost its redundancy: see `nextLoss`
 * - `failover`: another member takes over
 * - `restarts`: HA, or Kubernetes, starts it elsewhere
 * - `waits`: HA would start it, but has no node for it, or no quorum
 * - `no-room`: HA gave up, as no node that it tries has the memory; a person must act
 * - `error`: HA gave up, as it cannot be started where HA put it; a person must act
 * - `stopped`: off until its node, or quorum, returns
 * - `frozen`: its disk hangs: it stands still if it runs, and does not start if it is off
 * - `restore`: every copy of its disk was on a lost node; only a backup brings it back
 */
export interface Outcome {
  status:
    | "unaffected"
    | "degraded"
    | "failover"
    | "restarts"
    | "waits"
    | "no-room"
    | "error"
    | "stopped"
    | "frozen"
    | "restore";
  /** Node on which it goes on, if that is another one. */
  toNode?: string;
  /** Seconds without it, shortest and longest, guest boot not included; null: until something returns. */
  rtoSec: [number, number] | null;
  /** What the longest time is worth; absent where nobody waits, or waits without end. */
  rtoBasis?: Basis;
  /** Of a bound: the seconds that were seen, where that is known. */
  typicalSec?: [number, number];
  /** Seconds of data that may be lost; infinite without a backup. */
  rpoSec: number;
  /** One sentence for the owner. */
  reason: string;
  /** Nodes whose loss, after this failure is dealt with, takes down a service that one loss alone could not. */
  nextLoss?: string[];
}

/** What the loss of some nodes, or of a failure domain, at once does. */
export interface FailureReport {
  /** Names of what fails: nodes, failure domains, storages, `corosync`. */
  failed: string[];
  /** Whether the surviving nodes are a majority. */
  corosyncQuorum: boolean;
  /** Whether Ceph's surviving monitors are a majority; null without Ceph. */
  cephQuorum: boolean | null;
  /** By name of the guest. */
  guests: Record<string, Outcome>;
  /** By name of the service. */
  services: Record<string, Outcome>;
  /** Nodes that received guests, as far as their memory or cores are stated. */
  load?: NodeLoad[];
}

/** One thing that happens after a failure. */
export interface Step {
  /** Seconds after the failure, earliest and latest; null: until what failed is back. */
  atSec: [number, number] | null;
  /** What happens, one sentence. */
  text: string;
  /** Where the time comes from; empty where it follows from the steps before. */
  source: string;
}
