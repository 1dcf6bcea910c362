import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { Props } from "./props";

/** A container or virtual machine. */
export interface Guest {
  vmid: number;
  type: "ct" | "vm";
  /** Node that runs it now. */
  node: string;
  name: string;
  running: boolean;
  /** Inputs of the resource that created it; empty for a guest that was there before. */
  config: Props;
}

/** A backup of a guest: what it was when it was made. */
export type GuestArchive = Guest;

/** An HA rule as Proxmox keeps it. */
export interface HaRuleState {
  type: "node-affinity" | "resource-affinity";
  resources: string[];
  nodes: Record<string, number>;
  strict: boolean;
  affinity?: "positive" | "negative";
  disable: boolean;
  comment?: string;
}

/** A guest that went to another node. */
export interface GuestMove {
  vmid: number;
  from: string;
  to: string;
  /** `hand`: a migration that somebody asked for. */
  by: "ha" | "hand";
  /** Placement rule or group for whose sake HA moved it. */
  rule?: string;
}

/** Users, tokens and roles as pve-access-control keeps them. */
export interface AccessState {
  users: string[];
  /** `user@realm!name`. */
  tokens: string[];
  /** Privileges by role. */
  roles: Record<string, string[]>;
  acl: { path: string; role: string; who: string }[];
}

/** One Proxmox cluster. */
export interface ProxmoxState {
  pveVersion: 8 | 9;
  nodes: string[];
  /**
   * The start of an HA manager that had never run: it becomes master, and lists the nodes in its
   * status, a while after the first HA resource. @default it has been running for long
   */
  crm?: { pollMs: number; firstResourceAt?: number };
  /** What the provider's token may do, by path. @default everything */
  privileges?: Record<string, string[]>;
  /** Users and their rights. @default nobody but root */
  access?: AccessState;
  /** Oldest first. @default none */
  moves?: GuestMove[];
  guests: Record<string, Guest>;
  haGroups: Record<string, Props>;
  haResources: Record<string, Props>;
  haRules: Record<string, HaRuleState>;
  replications: Record<string, Props>;
  backupJobs: Record<string, Props>;
  /** Backups of guests by volume id. @default none was made */
  archives?: Record<string, GuestArchive>;
}

/** A Cloudflare zone. */
export interface Zone {
  id: string;
  name: string;
  accountId: string;
}

/** A tunnel with the configuration that Cloudflare hands to its connectors. */
export interface Tunnel {
  id: string;
  accountId: string;
  name: string;
  configSrc: string;
  /** Set by the configuration resource; absent until then. */
  config?: Props;
}

/** What was done on a host over SSH, or on this machine (`localhost`). */
export interface HostState {
  /** Every command that ran, in order; texts as SHA-256, for they may hold secrets. */
  runs: { resource: string; command: string; stdin?: string; hostKeyPinned: boolean }[];
  /** Files that were copied whole: path to SHA-256. */
  files: Record<string, string>;
}

/** Everything the simulated platforms know. Plain JSON. */
export interface WorldState {
  /** Source of ids; grows with every id given out. */
  serial: number;
  proxmox: ProxmoxState;
  /** Objects by `<apiVersion>/<kind>/<namespace>/<name>`. */
  kubernetes: Record<string, Props>;
  /** More Proxmox clusters, by the host and port of their endpoint. @default there is one */
  proxmoxAt?: Record<string, ProxmoxState>;
  /** More Kubernetes clusters, by their context. @default there is one */
  kubernetesAt?: Record<string, Record<string, Props>>;
  cloudflare: { zones: Zone[]; tunnels: Record<string, Tunnel>; records: Record<string, Props> };
  hosts: Record<string, HostState>;
  /** Every change that was carried out, in order. */
  changes: { method: "create" | "update" | "delete"; type: string; name: string; id: string }[];
}

/** One of several clusters of a kind. */
export interface Place {
  kind: "proxmox" | "kubernetes";
  /** Host and port of the endpoint, or the context. */
  key: string;
}

/**
 * The cluster that a provider is configured for; undefined where nothing says so, or its kind has one.
 *
 * @param provider package of the provider
 * @param inputs its configuration
 */
export function placeOf(provider: string, inputs: Props): Place | undefined {
  const { endpoint, context } = inputs;
  if (provider === "proxmoxve" && typeof endpoint === "string" && URL.canParse(endpoint)) {
    return { kind: "proxmox", key: new URL(endpoint).host };
  }
  if (provider === "kubernetes" && typeof context === "string") {
    return { kind: "kubernetes", key: context };
  }
  return undefined;
}

/** The model of the platforms, written to a file after every change so that a second run sees the first. */
export class World {
  private constructor(
    /** What is true now. Change it through `change`, otherwise it is not written. */
    readonly state: WorldState,
    private readonly file?: string,
    /** What is written: all of it, also where `state` is what one provider sees. */
    private readonly whole: WorldState = state,
  ) {}

  /** A world that lives in memory only, on a copy of the given state. */
  static inMemory(state: WorldState): World {
    return new World(structuredClone(state));
  }

  /** The world of a state file; the given state when there is no such file yet. */
  static open(file: string, initial: WorldState): World {
    if (existsSync(file)) return new World(stateIn(file), file);
    const world = new World(structuredClone(initial), file);
    world.write();
    return world;
  }

  /** Changes the state and writes it. The edit must refuse before it changes anything. */
  change<T>(edit: (state: WorldState) => T): T {
    const result = edit(this.state);
    this.write();
    return result;
  }

  /**
   * The world as one provider sees it: with the Proxmox or Kubernetes cluster that it is configured
   * for. Whatever is changed there is kept with the rest.
   *
   * @param place that cluster. @default the one that providers without configuration have
   */
  seenFrom(place: Place | undefined): World {
    if (place === undefined) return this;
    const one = this.state;
    const clusters = place.kind === "proxmox" ? one.proxmoxAt : one.kubernetesAt;
    if (clusters?.[place.key] === undefined) {
      const known = Object.keys(clusters ?? {}).join(", ") || "none but the default";
      throw new Error(
        `no simulated ${place.kind} cluster is at ${place.key}, only ${known}; the seed has to name it`,
      );
    }
    const state = new Proxy(one, {
      get: (target, key) => (key === place.kind ? clusters[place.key] : Reflect.get(target, key)),
    });
    return new World(state, this.file, one);
  }

  /** A number that was never given out before in this world. */
  nextSerial(): number {
    return this.change((state) => {
      state.serial += 1;
      return state.serial;
    });
  }

  /** Replaced whole by a rename: a process killed here leaves the old file or the new one. */
  private write(): void {
    if (this.file === undefined) return;
    mkdirSync(dirname(this.file), { recursive: true });
    const partial = `${this.file}.${process.pid}.partial`;
    writeFileSync(partial, `${JSON.stringify(this.whole, undefined, 1)}\n`, { mode: 0o600 });
    renameSync(partial, this.file);
  }
}

const map = z.record(z.string(), z.unknown());
const keptState = z.looseObject({
  serial: z.int(),
  proxmox: z.looseObject({
    pveVersion: z.literal([8, 9]),
    nodes: z.array(z.string()),
    guests: map,
  }),
  kubernetes: map,
  cloudflare: z.looseObject({ zones: z.array(z.unknown()), tunnels: map, records: map }),
  hosts: map,
  changes: z.array(z.unknown()),
});

/** Its frame is checked; what stands in the maps was written by this module. */
export function stateIn(file: string): WorldState {
  try {
    const state: unknown = JSON.parse(readFileSync(file, "utf8"));
    keptState.parse(state);
    return state as WorldState;
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const what = issue ? `${issue.path.join(".")}: ${issue.message}` : "no JSON";
    throw new Error(`${file} does not hold simulated platforms (${what}); remove it`);
  }
}
