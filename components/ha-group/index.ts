import type { Hagroup } from "@muhlba91/pulumi-proxmoxve/hagroup";
import type { Haresource } from "@muhlba91/pulumi-proxmoxve/haresource";
import type { Replication } from "@muhlba91/pulumi-proxmoxve/replication";
import * as pulumi from "@pulumi/pulumi";
import { haId } from "../../config/resolve";
import { name as nameAtom } from "../../config/sections/network";
import { findingText } from "../../model/finding";
import type { HostCommandArgs } from "../shared/host-files";
import { ArgsError, parseArgs, refuseErrors } from "../shared/parse-args";
import type { Owner } from "../shared/transform";
import {
  type HaGroupFacts,
  type HaGuestFacts,
  haGroupFacts,
  judgeGroup,
  type ReplicaJob,
  replicaJobs,
} from "./facts";
import { backupJob, movedHome, replica, startupOrder } from "./guests";
import { startedManager } from "./ha-manager";
import type { HaGroupOptions, HaGroupTransforms } from "./options";
import { haGroup, haResource, haRules } from "./placement";

export type { HaGroupOptions, HaGroupTransforms };

/** A guest of an HA group. */
export interface HaGuest {
  name: string;
  vmid: number;
  type: "ct" | "vm";
  /** Node on which it belongs when all is well. */
  node: string;
  /** Where its disks are; `zfs` is replicated, `local` cannot be under HA away from its node. */
  storage: { name: string; kind: "ceph" | "shared" | "zfs" | "local"; nodes: string[] };
  /** Devices of its node that it uses. @default none */
  passthrough?: { kind: "gpu" | "usb" | "pci"; device: string }[];
  /** Why it must never leave its node. @default it may move */
  pinned?: string;
  /** Start-up order, and seconds until the next one starts. @default as Proxmox has it */
  startup?: { order: number; upSec?: number };
  /** Whether it is backed up. @default true */
  backup?: boolean;
}

/** Arguments of an {@link HaGroup}. */
export interface HaGroupArgs {
  /** 8 places with an HA group, 9 with HA rules. */
  pveVersion: 8 | 9;
  /** Every node of the cluster. */
  clusterNodes: string[];
  guests: HaGuest[];
  /** Nodes with their priority; a higher number is preferred. */
  nodes: Record<string, number>;
  /** Whether the guests may run on `nodes` only. @default false */
  strict?: boolean;
  /** Whether a guest moves back when a preferred node returns. @default true */
  failback?: boolean;
  /** Sets of guests that must not share a node; PVE 8 cannot, which is a warning. @default none */
  keepApart?: string[][];
  /** Sets of guests that must share a node; PVE 9 only. @default none */
  keepTogether?: string[][];
  /** Restarts on the same node before the guest is moved. @default 3 */
  maxRestart?: number;
  /** Nodes that are tried before HA gives up. @default 2 */
  maxRelocate?: number;
  /** Replication of guests on ZFS to every other node they may run on. @default none */
  replication?: {
    everyMinutes: number;
    /** Jobs that were there before, by guest. @default one to every other allowed node */
    jobs?: Record<string, ReplicaJob[]>;
  };
  /** Where a guest differs from its group, by name. @default none does */
  perGuest?: Record<
    string,
    {
      maxRestart?: number | "default";
      maxRelocate?: number | "default";
      failback?: boolean;
      state?: "enabled";
    }
  >;
  /** Id of the group on PVE 8. @default its name here */
  groupId?: string;
  /** Ids of rules that were there before, by the id that they would get. @default none were */
  ruleIds?: Record<string, string>;
  /** Nodes that Proxmox lists without a priority, which stays so. @default none */
  unranked?: string[];
  /** Where and when the guests are backed up. */
  backup: { storage: string; schedule: string };
  /**
   * A node of the cluster for `pvesh`; needed if a guest that exists already has a start-up order. With
   * it guests are brought home before HA takes them over. @default HA moves them, where it wants to
   */
  connection?: HostCommandArgs["connection"] | undefined;
}

/** Guests that Proxmox restarts, on another node if it must, with all that this needs to succeed. */
export class HaGroup extends pulumi.ComponentResource {
  /** HA ids of the guests, e.g. `ct:110`, known once they are under HA and placed. */
  readonly resourceIds: pulumi.Output<string[]>;

  constructor(name: string, args: HaGroupArgs, opts?: HaGroupOptions) {
    const what = `HaGroup "${name}"`;
    parseArgs(nameAtom, name, what);
    const facts = parseArgs(haGroupFacts, args, what);
    const warnings = refuseErrors(judgeGroup(name, facts), what);
    const ordered = orderedGuests(facts, args.connection, opts?.containers, what);
    super("homelab:components:HaGroup", name, facts, opts);
    for (const warning of warnings) pulumi.log.warn(`${what}: ${findingText(warning)}`, this);

    const owner = { name, transform: opts?.transform, opts: { parent: this } };
    const group = haGroup(owner, facts);
    const { connection } = args;
    const { containers = {}, runsOn = {}, haInUse = true } = opts ?? {};
    const how = { connection, containers, runsOn };
    const resources = guestsUnderHa(owner, facts, how, group);
    const members = [...resources.values()];
    const manager = startedManager(owner, facts, members, { connection, haInUse });
    const rules = haRules(owner, facts, resources, manager);
    for (const { guest, connection } of ordered) startupOrder(owner, guest, connection);
    const saved = facts.guests.filter((guest) => guest.backup);
    if (saved.length > 0) backupJob(owner, saved, facts.backup);

    this.resourceIds = pulumi
      .all([...resources.values(), ...rules].map((resource) => resource.id))
      .apply(() => [...resources.keys()]);
    this.registerOutputs({ resourceIds: this.resourceIds });
  }
}

type Containers = NonNullable<HaGroupOptions["containers"]>;

/** The guests whose start-up order is set over SSH; the others have none, or set it at creation. */
function orderedGuests(
  facts: HaGroupFacts,
  connection: HaGroupArgs["connection"],
  containers: Containers | undefined,
  what: string,
) {
  return facts.guests.flatMap((guest, index) => {
    const { startup } = guest;
    if (startup === undefined || containers?.[guest.name]) return [];
    if (connection) return [{ guest: { ...guest, startup }, connection }];
    const message = `"${guest.name}" has a start-up order, but there is no connection to set it over; give one to a node of the cluster`;
    throw new ArgsError(what, [{ path: ["guests", index, "startup"], message }]);
  });
}

/** What is known of the guests besides their facts, and the way to move them. */
interface How extends Pick<HaGroupArgs, "connection"> {
  containers: Containers;
  runsOn: Readonly<Record<string, string>>;
}

/** Every guest with its replicas, by HA id. */
function guestsUnderHa(
  owner: Owner<HaGroupTransforms>,
  facts: HaGroupFacts,
  how: How,
  group: Hagroup | undefined,
): Map<string, Haresource> {
  const copies = new Map(
    facts.guests.map((guest) => [guest.name, replicas(owner, facts, guest, how)]),
  );
  const home = goneHome(owner, facts, how, copies);
  const entries = facts.guests.map((guest) => {
    const container = how.containers[guest.name];
    const after = [...(copies.get(guest.name) ?? []), ...(container ? [] : home)];
    const needs = { group, container, after };
    return [haId(guest), haResource(owner, facts, guest, needs)] as const;
  });
  return new Map(entries);
}

/** The jobs that copy a guest's disk to where HA may start it. */
function replicas(
  owner: Owner<HaGroupTransforms>,
  facts: HaGroupFacts,
  guest: HaGuestFacts,
  { containers, runsOn }: How,
): Replication[] {
  const { replication } = facts;
  if (!replication) return [];
  const container = containers[guest.name];
  const needed = container ? [container] : [];
  const after = {
    ...owner,
    opts: { ...owner.opts, dependsOn: needed, ...(container && { replaceWith: needed }) },
  };
  return replicaJobs(facts, guest, runsOn[guest.name]).map((job) =>
    replica(after, guest, job, replication.everyMinutes),
  );
}

/** The step that brings existing guests home before HA takes them over; none without a way to log in. */
function goneHome(
  owner: Owner<HaGroupTransforms>,
  facts: HaGroupFacts,
  { connection, containers }: How,
  copies: ReadonlyMap<string, Replication[]>,
): pulumi.Resource[] {
  const existing = facts.guests.filter((guest) => !containers[guest.name]);
  if (connection === undefined || existing.length === 0) return [];
  const dependsOn = existing.flatMap((guest) => copies.get(guest.name) ?? []);
  return [movedHome({ ...owner, opts: { ...owner.opts, dependsOn } }, existing, connection)];
}
