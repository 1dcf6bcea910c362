/** What is watched in one stack: the judgement of alerts is made from this alone. */
export interface MonitoringFacts {
  /** Name of the stack; every alert carries it. */
  stack: string;
  /** Seconds between two scrapes; rules are evaluated as often. */
  scrapeSec: number;
  /** Seconds between two writings of a member's metrics. */
  writeSec: number;
  /** Port of node-exporter on each member. */
  exporterPort: number;
  /** `host:port` of the blackbox exporter and of Alertmanager, as Prometheus reaches them. */
  blackbox: string;
  alertmanager: string;
  /** @default alerts are sent nowhere */
  webhook?: string;
  /** Start of links to sections of the written runbook. @default the documentation of each alert */
  runbook?: string;
  /** Machine that writes what no member knows. @default nothing does, and there are no alerts of it */
  status?: { exporter: string; everySec: number };
  thresholds: Thresholds;
  addresses: WatchedAddress[];
  /** Addresses that are only probed. */
  ingresses: { place: string; address: string; port: number }[];
  routes: WatchedRoute[];
  tunnels: {
    name: string;
    hostnames: string[];
    /** Hosts that hold it open. @default pods do */
    hosts?: number;
  }[];
  /** Hours between two backups of the members, whose age the machine of the status tells. @default nobody does */
  memberBackups?: { everyHours: number };
  /**
   * Factor of the times that are chosen rather than computed: a roll-out, a restart, a reboot. 1 but
   * in the lab, which has no minutes to wait.
   * @default 1
   */
  patience?: number;
}

export interface Thresholds {
  certificateDays: number;
  /** Changes of VRRP state in ten minutes. */
  transitions: number;
  /** Age of a guest's newest backup. */
  backupHours: number;
}

/** A virtual address that keepalived moves. */
export interface WatchedAddress {
  /** Section and name: `traefikPairs.traefik`. */
  place: string;
  /** Address without prefix length. */
  vip: string;
  /** Port of the service behind it. */
  port: number;
  /** Unit of the service. */
  daemon: string;
  /** Longest seconds in which the address moves after a failure, as the model has it. */
  moveSec: number;
  /** Longest planned stop of the service in seconds. */
  stopSec: number;
  /** Longest seconds that a roll-out keeps a member from being ready. */
  rollOutSec: number;
  members: { name: string; address: string; node: string }[];
  /** Member that copies files to the others, and how often it compares all. @default nothing is copied */
  replication?: { source: string; fullSyncSec: number };
  /** Whether members serve certificates from files. */
  certificates: boolean;
  /** Whether members compare their configuration. */
  comparesConfiguration: boolean;
}

/** A host name that leads through a virtual address. */
export interface WatchedRoute {
  /** Section and name of the address. */
  place: string;
  /** Name of the route. */
  name: string;
  host: string;
  /** URL to ask at, with the address in the place of the name. */
  url: string;
}

export type Severity = "critical" | "warning";

/** One alert of Prometheus. */
export interface Alert {
  /** In capitals without spaces, as alerts of Prometheus are. */
  name: string;
  /** PromQL. */
  expr: string;
  /** Seconds for which it has to be true. */
  forSec: number;
  severity: Severity;
  /** What it is about: section and name, `cluster`. */
  place: string;
  /** One line; `{{ $labels… }}` as Prometheus fills it in. */
  summary: string;
  /** What it means and what comes next. */
  description: string;
  /** Section of the written runbook. @default none is about it */
  runbook?: string;
}
