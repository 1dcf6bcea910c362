import type { KeepalivedHost } from "./host";
import type { ConfLine } from "./lines";

/** A script, process or file as its own block describes it. */
export interface Tracker {
  name: string;
  weight: number;
  reverse: boolean;
}

export interface ScriptBlock extends Tracker {
  command: string[];
  intervalSec: number;
  /** 0 stands for the interval. */
  timeoutSec: number;
  rise: number;
  fall: number;
  /** Its own user. @default the one of every script */
  user?: string;
  /** Whether keepalived throws it away, because of its user. */
  removed: boolean;
}

export interface ProcessBlock extends Tracker {
  process?: string;
}

export interface FileBlock extends Tracker {
  path?: string;
}

/** What an instance or a sync group tracks: the name, and the weight that counts there. */
export type Tracked = Tracker;

export interface Tracking {
  interfaces: Tracked[];
  scripts: Tracked[];
  files: Tracked[];
  processes: Tracked[];
  bfds: Tracked[];
}

/** An address with its prefix length, in one spelling. */
export interface ConfAddress {
  address: string;
  prefix: number;
  family: 4 | 6;
  /** As it is written, without the prefix length left out. */
  text: string;
  device?: string;
}

/** One `vrrp_instance` while it is read, and once it is complete. */
export interface Instance extends Tracking {
  name: string;
  at: ConfLine;
  family?: 4 | 6;
  version?: 2 | 3;
  state?: "MASTER" | "BACKUP";
  interface?: string;
  routerId: number;
  priority?: number;
  /** 0 stands for the default. */
  advertMicros: number;
  addresses: ConfAddress[];
  excluded: ConfAddress[];
  /** Addresses of the other family, which it does not take. */
  strayed: ConfAddress[];
  peers: string[];
  /** Whether it is meant to be without any. */
  noAddressWanted: boolean;
  /** Source of the adverts. @default the interface's first address */
  source?: string;
  /** Whether a source was stated and then lost: the instance never leaves FAULT. */
  sourceLost: boolean;
  /** Whether any keyword for unicast is there. */
  unicastAsked: boolean;
  /** Without peers: FAULT instead of multicast. */
  faultWithoutPeers: boolean;
  authType?: "PASS" | "AH";
  /** Ids of the keys of `auth_hmac`, and of the one that signs. */
  hmac?: { keys: number[]; active: number };
  authPass?: string;
  nopreempt: boolean;
  preemptDelaySec: number;
  strict?: boolean;
  accept?: boolean;
  dontTrackPrimary: boolean;
  skipAddressCheck: boolean;
  multicastGroup?: string;
  /** Name of the sync group it is in. */
  syncGroup?: string;
  /** Weighted trackers that keepalived throws away, and why. */
  lostWeights: string[];
  /** Whether its own interface was named in track_interface, which keepalived ignores. */
  ownInterfaceTracked: boolean;
  /** Script names that it tracks and that do not exist. */
  lostScripts: string[];
}

export interface SyncGroup extends Tracking {
  name: string;
  members?: string[];
  weighted: boolean;
  /** The instances that it really holds. */
  instances: Instance[];
}

/** Everything that one file, with what it includes, defines. */
export interface Conf {
  instances: Instance[];
  /** Whether anything in it has keepalived start its process for VRRP. */
  startsVrrp: boolean;
  /** How many the file tries to define; some may be dropped. */
  triedInstances: number;
  groups: SyncGroup[];
  scripts: ScriptBlock[];
  processes: ProcessBlock[];
  files: FileBlock[];
  bfds: Tracker[];
  globals: {
    version: 2 | 3;
    strict: boolean;
    scriptSecurity: boolean;
    /** @default keepalived's own */
    scriptUser?: string;
    scriptUserMissing: boolean;
    skipAddressCheck: boolean;
    dynamicInterfaces: boolean;
    multicast4: string;
    multicast6: string;
    /** Where it says that keepalived ends over whatever it complains of. @default it goes on */
    endsOverMistakes?: ConfLine;
  };
  /** Names of interfaces that the host does not have. */
  missingInterfaces: string[];
  host: KeepalivedHost;
}

export function emptyTracking(): Tracking {
  return { interfaces: [], scripts: [], files: [], processes: [], bfds: [] };
}

export function emptyConf(host: KeepalivedHost): Conf {
  return {
    instances: [],
    startsVrrp: false,
    triedInstances: 0,
    groups: [],
    scripts: [],
    processes: [],
    files: [],
    bfds: [],
    globals: {
      version: 2,
      strict: false,
      scriptSecurity: false,
      scriptUserMissing: false,
      skipAddressCheck: false,
      dynamicInterfaces: false,
      multicast4: "224.0.0.18",
      multicast6: "ff02::12",
    },
    missingInterfaces: [],
    host,
  };
}

/** What an instance is once every default is filled in. */
export interface CompleteInstance extends Instance {
  family: 4 | 6;
  version: 2 | 3;
  state: "MASTER" | "BACKUP";
  interface: string;
  priority: number;
  strict: boolean;
  accept: boolean;
  /** Whether adverts go to peers; without any, keepalived falls back to multicast. */
  unicast: boolean;
  multicastGroup: string;
  /** Why it never runs: it stays in FAULT. */
  faults: string[];
}
