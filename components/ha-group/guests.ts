import { Job, type JobArgs } from "@muhlba91/pulumi-proxmoxve/backup/job";
import { Replication, type ReplicationArgs } from "@muhlba91/pulumi-proxmoxve/replication";
import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import { type HostCommandArgs, hostCommand } from "../shared/host-files";
import { type Transform, transformed } from "../shared/transform";
import type { HaGuestFacts, ReplicaJob } from "./facts";

/** One key per kind of object that looks after the guests. */
export interface GuestTransforms {
  replication?: Transform<ReplicationArgs>;
  startup?: Transform<CommandArgs>;
  backup?: Transform<JobArgs>;
}

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

/** Of these inputs, those that are left to whoever set them in Proxmox: they stay as they are. */
export function unset<T extends object>(args: T, keys: readonly (keyof T & string)[]) {
  return keys.filter((key) => args[key] === undefined);
}

/**
 * Replicates a guest's ZFS disks to one other node.
 *
 * @param opts `dependsOn` the container, if this stack creates it: then the job is replaced with
 * it, for Proxmox does not delete a guest that has one
 */
export function replica(
  name: string,
  guest: HaGuestFacts,
  job: ReplicaJob,
  { everyMinutes }: { everyMinutes: number },
  transform: Transform<ReplicationArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): Replication {
  const defaults: ReplicationArgs = {
    resourceId: `${guest.vmid}-${job.number}`,
    type: "local",
    target: job.target,
    schedule: job.schedule ?? replicationSchedule(everyMinutes),
  };
  const args = transformed(transform, defaults, opts);
  return new Replication(`${name}-${guest.name}-replica-${job.number}`, args, {
    ...opts,
    // When the guest moves to its replica, Proxmox turns the job round and its target is the
    // guest's own node; following the configuration then is refused.
    ignoreChanges: ["target", ...unset(args, ["comment", "rate"])],
    deleteBeforeReplace: true,
  });
}

/**
 * Sets the start-up order of a guest that exists already. It counts for guests that are not (or
 * not yet) under HA, and in the order in which a node shuts down.
 *
 * @param connection a node of the cluster, any: the script finds the guest
 */
export function startupOrder(
  name: string,
  guest: Pick<HaGuestFacts, "name" | "vmid" | "type"> & {
    startup: NonNullable<HaGuestFacts["startup"]>;
  },
  connection: HostCommandArgs["connection"],
  transform: Transform<CommandArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): Command {
  const script = startupScript(guest);
  return hostCommand(`${name}-${guest.name}-startup`, { connection, script }, opts, transform);
}

function startupScript({ name, vmid, type, startup }: Parameters<typeof startupOrder>[1]): string {
  const order = `order=${startup.order}${startup.upSec === undefined ? "" : `,up=${startup.upSec}`}`;
  const kind = type === "ct" ? "lxc" : "qemu";
  return `# start-up order of ${name}
set -eu
guests=$(pvesh get /cluster/resources --type vm --output-format json)
# HA moves guests: ask for the node that holds it now.
node=$(printf '%s' "$guests" | perl -MJSON::PP -0777 -ne 'for (@{decode_json($_)}) { print $_->{node} if $_->{id} eq "${kind}/${vmid}" }')
if [ -z "$node" ]; then
  echo "${kind}/${vmid} (${name}) is not in the cluster; correct its vmid or type, or create it first" >&2
  exit 1
fi
config=/nodes/$node/${kind}/${vmid}/config
now=$(pvesh get "$config" --output-format json | perl -MJSON::PP -0777 -ne 'print decode_json($_)->{startup} // ""')
# A guest that is being backed up is locked: leave it alone when there is nothing to change.
[ "$now" = "${order}" ] || pvesh set "$config" --startup "${order}"
`;
}

/**
 * Backs up guests wherever they run: the job names no node, so each node takes those it holds.
 *
 * @param id id of the job in the cluster
 */
export function backupJob(
  id: string,
  guests: readonly Pick<HaGuestFacts, "vmid">[],
  backup: { storage: string; schedule: string },
  transform: Transform<JobArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): Job {
  const ids = guests.map((guest) => guest.vmid).sort((a, b) => a - b);
  const defaults: JobArgs = {
    resourceId: id,
    enabled: true,
    vmids: ids.map(String),
    storage: backup.storage,
    schedule: backup.schedule,
    mode: "snapshot",
    compress: "zstd",
    // A node that was down at the time makes up for it.
    repeatMissed: true,
  };
  return new Job(id, transformed(transform, defaults, opts), opts);
}
