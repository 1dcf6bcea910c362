/**
 * A Proxmox cluster at one moment, as plain JSON. Names are Proxmox's own in camel case; sizes are
 * bytes, times Unix seconds. What could not be read is absent and named in `gaps`, never guessed.
 */
export interface ClusterSnapshot {
  /** Server that was asked. */
  origin: string;
  /** When, in Unix seconds. */
  takenAt: number;
  version: { version: string; release: string; major: number };
  /** Name of the cluster. @default a node by itself */
  name?: string;
  /** Whether the asked node is part of a majority. */
  quorate: boolean;
  /** By name. */
  nodes: NodeSnapshot[];
  /** By VMID; templates included. */
  guests: GuestSnapshot[];
  storages: StorageSnapshot[];
  ha: HaSnapshot;
  replication: ReplicationJob[];
  backup: {
    jobs: BackupJob[];
    /** VMIDs in no backup job at all, as Proxmox counts: a job that is switched off counts too. */
    notCovered: number[];
    /** Their last runs on the nodes that answer. @default not read */
    runs?: BackupRun[];
    /** The newest backup of each guest. @default not read, or hidden from the token */
    archives?: BackupArchive[];
    /** Why `archives` is not there, where it was asked for. */
    archivesHidden?: string;
  };
  /** @default a node by itself */
  corosync?: CorosyncSnapshot;
  /** @default no Ceph here */
  ceph?: CephSnapshot;
  /** Options of the datacenter as Proxmox has them, e.g. `ha: "shutdown_policy=migrate"`. */
  options: Record<string, unknown>;
  gaps: Gap[];
}

/** Something that the API did not tell. */
export interface Gap {
  /** What is missing, e.g. `tasks`, `kernel log`. */
  what: string;
  /** Node that it is about. @default the cluster */
  node?: string;
  /** Why, in one sentence with the fix. */
  reason: string;
  /** Whether the node did not answer at all. */
  unreachable: boolean;
}

export interface NodeSnapshot {
  name: string;
  /** Address in corosync's network. */
  address?: string;
  online: boolean;
  /** Seconds since it booted. */
  uptimeSec?: number;
  cores?: number;
  /** Share of the processors in use, 0 to 1. */
  cpuLoad?: number;
  memoryBytes?: number;
  memoryUsedBytes?: number;
  pveVersion?: string;
  kernel?: string;
  /** End of tasks that speak of the node itself, newest first: `startall`, `stopall`. */
  tasks?: NodeTask[];
  /** Lines of its journal, oldest first. @default not read: the token lacks Sys.Syslog */
  journal?: string[];
}

export interface NodeTask {
  type: string;
  id: string;
  startSec: number;
  endSec?: number;
  /** `OK`, or the error. */
  status?: string;
}

export interface GuestSnapshot {
  vmid: number;
  type: "ct" | "vm";
  /** HA id, e.g. `ct:110`. */
  sid: string;
  name: string;
  node: string;
  running: boolean;
  /** Whether its node is off, so that nobody knows whether it runs, its name or its size. @default known */
  stateUnknown?: true;
  template: boolean;
  cores?: number;
  memoryBytes?: number;
  tags: string[];
  pool?: string;
  /** Its configuration. @default not readable: its node does not answer */
  config?: GuestConfigSnapshot;
}

export interface GuestConfigSnapshot {
  /** Every key as Proxmox has it, as text: `net0`, `rootfs`, `scsi0`, `features`. */
  raw: Record<string, string>;
  onboot: boolean;
  startup?: { order?: number; upSec?: number; downSec?: number };
  disks: GuestDiskSnapshot[];
  networks: GuestNetwork[];
  /** Devices and folders of its node that it uses. */
  passthrough: {
    key: string;
    kind: "pci" | "usb" | "device" | "bind";
    device: string;
    /** Nodes that have it, by a resource mapping of the datacenter. @default its own node only */
    nodes?: string[];
  }[];
}

export interface GuestDiskSnapshot {
  /** `rootfs`, `mp0`, `scsi0`. */
  key: string;
  storage: string;
  /** Volume in the storage, e.g. `subvol-110-disk-0`. */
  volume: string;
  sizeBytes?: number;
  /** Whether replication takes it along. */
  replicate: boolean;
  /** Whether backups take it along. */
  backup: boolean;
}

export interface GuestNetwork {
  key: string;
  bridge?: string;
  mac?: string;
  /** Address with prefix length, `dhcp` or `manual`. @default not stated: virtual machines seldom do */
  ip?: string;
  gateway?: string;
}

export interface StorageSnapshot {
  name: string;
  /** Proxmox's kind: `zfspool`, `rbd`, `nfs`, `lvmthin`, `dir`. */
  type: string;
  /** Whether every node sees the same content. */
  shared: boolean;
  disabled: boolean;
  content: string[];
  /** Nodes that it is limited to. @default every node */
  nodes?: string[];
}

export interface HaSnapshot {
  resources: HaResourceSnapshot[];
  /** Version 8, and 9 while it has not migrated them. */
  groups: HaGroupSnapshot[];
  /** Version 9. */
  rules: HaRuleSnapshot[];
  status: HaStatusSnapshot;
}

export interface HaResourceSnapshot {
  sid: string;
  /** What is asked for: `started`, `stopped`, `disabled`, `ignored`. */
  state: string;
  group?: string;
  maxRestart: number;
  maxRelocate: number;
  /** Which of the two the cluster does not state, so that its default is given. @default it states both */
  unset?: ("maxRestart" | "maxRelocate")[];
  failback?: boolean;
  comment?: string;
}

export interface HaGroupSnapshot {
  group: string;
  nodes: Record<string, number>;
  /** Nodes without a priority, which counts as 0. @default all have one */
  unranked?: string[];
  restricted: boolean;
  nofailback: boolean;
  comment?: string;
}

export interface HaRuleSnapshot {
  rule: string;
  type: "node-affinity" | "resource-affinity";
  resources: string[];
  nodes: Record<string, number>;
  /** Nodes without a priority, which counts as 0. @default all have one */
  unranked?: string[];
  strict: boolean;
  affinity?: "positive" | "negative";
  disable: boolean;
  /** Why Proxmox itself ignores it. */
  errors: string[];
  comment?: string;
}

export interface HaStatusSnapshot {
  /** Node that runs the cluster resource manager, and its line. */
  master?: { node: string; status: string; timestamp?: number };
  /** Local resource managers. */
  lrm: { node: string; status: string; timestamp?: number }[];
  services: {
    sid: string;
    node: string;
    /** What the cluster resource manager makes of it: `started`, `fence`, `error`. */
    crmState?: string;
    state: string;
  }[];
  /** `armed`, `standby`, `disarmed`. @default version before 9.2 */
  armed?: string;
}

export interface ReplicationJob {
  id: string;
  vmid: number;
  source?: string;
  target: string;
  schedule: string;
  disabled: boolean;
  /** Marked for removal. */
  removing: boolean;
  comment?: string;
  /** How it went last, told by the guest's node. @default that node did not answer */
  last?: { syncSec?: number; trySec?: number; failCount: number; error?: string };
}

export interface BackupJob {
  id: string;
  enabled: boolean;
  /** Every guest but `exclude`. */
  all: boolean;
  vmids: number[];
  exclude: number[];
  pool?: string;
  /** Only guests on this node. */
  node?: string;
  storage?: string;
  schedule?: string;
  /** The rest of it, as Proxmox has it. */
  raw: Record<string, unknown>;
}

/** One run of a backup on a node: of a job, or of one guest. */
export interface BackupRun {
  node: string;
  /** @default it was the run of a job */
  vmid?: number;
  startSec: number;
  /** @default it goes on */
  endSec?: number;
  /** `OK`, or the error. */
  status?: string;
}

/** The newest backup of a guest. */
export interface BackupArchive {
  vmid: number;
  storage: string;
  /** Unix seconds. */
  madeSec: number;
  /** Whether its verification failed. @default it did not, or it was not verified */
  bad?: true;
}

export interface CorosyncSnapshot {
  nodes: {
    name: string;
    nodeId?: number;
    votes: number;
    /** Addresses of its links, `ring0_addr` first. */
    links: string[];
  }[];
  /** Votes of a quorum device. */
  qdevice?: Record<string, unknown>;
}

export interface CephSnapshot {
  /** `HEALTH_OK`, `HEALTH_WARN`, `HEALTH_ERR`. */
  health: string;
  monitors: string[];
  /** Monitors that agree now. */
  quorum: string[];
  osds?: { total: number; up: number; in: number };
}
