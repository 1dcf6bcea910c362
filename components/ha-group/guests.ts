import { Job, type JobArgs } from "@muhlba91/pulumi-proxmoxve/backup/job";
import { Replication } from "@muhlba91/pulumi-proxmoxve/replication";
import type { Command } from "@pulumi/command/remote/command";
import { moveHomeScript } from "../../templates/proxmox/move-home";
import { type OrderedGuest, startupScript } from "../../templates/proxmox/startup";
import { type Connection, hostCommand } from "../shared/host-files";
import { type Owner, transformed } from "../shared/transform";
import type { HaGuestFacts, ReplicaJob } from "./facts";
import type { GuestTransforms } from "./options";

/**
 * Calendar event that comes at least every so many minutes, in the form of
 * https://pve.proxmox.com/pve-docs/pve-admin-guide.html#chapter_calendar_events; above an hour it
 * is rounded down to whole hours, because the interval is the data that may be lost.
 */
export function replicationSchedule(everyMinutes: number): string {
  if (everyMinutes < 60) return `*/${everyMinutes}`;
  const hours = Math.floor(everyMinutes / 60);
  return hours < 24 ? `0/${hours}:00` : "00:00";
}

/**
 * Replicates a guest's ZFS disks to one other node.
 *
 * @param owner `opts.dependsOn` the container, if this stack creates it: then the job is replaced
 * with it, for Proxmox does not delete a guest that has one
 */
export function replica(
  { name, transform, opts }: Owner<GuestTransforms>,
  guest: HaGuestFacts,
  job: ReplicaJob,
  everyMinutes: number,
): Replication {
  const child = transformed(transform?.replication, {
    name: `${name}-${guest.name}-replica-${job.number}`,
    args: {
      resourceId: `${guest.vmid}-${job.number}`,
      type: "local",
      target: job.target,
      schedule: job.schedule ?? replicationSchedule(everyMinutes),
    },
    opts: {
      ...opts,
      // When the guest moves to its replica, Proxmox turns the job round and its target is the
      // guest's own node; following the configuration then is refused.
      ignoreChanges: ["target", "comment", "rate"],
      deleteBeforeReplace: true,
    },
    leftAlone: ["comment", "rate"],
  });
  return new Replication(child.name, child.args, child.opts);
}

/**
 * Brings guests home that HA does not manage yet: HA takes over what is where its rule wants it, and
 * moves nothing.
 *
 * @param owner `opts.dependsOn` their replication jobs: with a copy at home a move takes seconds
 * @param connection a node of the cluster, any: the script finds the guests
 */
export function movedHome(
  { name, transform, opts }: Owner<GuestTransforms>,
  guests: readonly Pick<HaGuestFacts, "name" | "vmid" | "type" | "node">[],
  connection: Connection,
): Command {
  const homes = guests.map(({ node, ...guest }) => ({ ...guest, home: node }));
  const command = { connection, script: moveHomeScript(name, homes) };
  return hostCommand(`${name}-home`, command, opts, transform?.home);
}

/**
 * Sets the start-up order of a guest that exists already. It counts for guests that are not (or
 * not yet) under HA, and in the order in which a node shuts down.
 *
 * @param connection a node of the cluster, any: the script finds the guest
 */
export function startupOrder(
  { name, transform, opts }: Owner<GuestTransforms>,
  guest: OrderedGuest,
  connection: Connection,
): Command {
  const command = { connection, script: startupScript(guest) };
  return hostCommand(`${name}-${guest.name}-startup`, command, opts, transform?.startup);
}

/** Backs up guests wherever they run: the job names no node, so each node takes those it holds. */
export function backupJob(
  { name, transform, opts }: Owner<GuestTransforms>,
  guests: readonly Pick<HaGuestFacts, "vmid">[],
  backup: { storage: string; schedule: string },
): Job {
  const ids = guests.map((guest) => guest.vmid).sort((a, b) => a - b);
  const child = transformed<JobArgs>(transform?.backup, {
    name: `${name}-backup`,
    args: {
      resourceId: `${name}-backup`,
      enabled: true,
      vmids: ids.map(String),
      storage: backup.storage,
      schedule: backup.schedule,
      mode: "snapshot",
      compress: "zstd",
      // A node that was down at the time makes up for it.
      repeatMissed: true,
    },
    opts,
  });
  return new Job(child.name, child.args, child.opts);
}
