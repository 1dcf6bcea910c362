import { setTimeout } from "node:timers/promises";
import type { ResourceModel } from "../model";
import { known, type Props, text } from "../props";
import type { ProxmoxState } from "../world";
import { assertPrivilege, cluster, guestOf } from "./api";

const goneReplication = (id: string) =>
  `Unable to Read Replication: error reading Replication ${id}: received an HTTP 500 response - Reason: no such replication job '${id}'`;

const goneBackup = (id: string) =>
  `received an HTTP 400 response - Reason: Parameter verification failed. (id: No such job '${id}')`;

/** How often a wait looks at the job; the provider looks once a second. */
const POLL_MS = 10;

const replication: ResourceModel = {
  inputs: ["comment", "disable", "rate", "resourceId", "schedule", "target", "type"],
  replaceOn: ["resourceId", "target", "type"],
  compareWith: "state",
  defaults: (inputs) => ({ disable: false, ...inputs }),
  problems(inputs) {
    const id = inputs.resourceId;
    if (!known(id) || /^\d+-\d+$/.test(String(id))) return [];
    return [{ property: "resourceId", reason: "id must be <GUEST>-<JOBNUM>" }];
  },
  create(inputs, context) {
    return cluster(context, (pve) => {
      const id = text(inputs, "resourceId");
      assertPrivilege(pve, `/vms/${id.split("-")[0]}`, "VM.Replicate");
      const job = newJob(pve, id, inputs);
      pve.replications[id] = job;
      return { id, outputs: job };
    });
  },
  // Only 404 and a few phrases count as "gone" in the provider, and this is none of them (bpg,
  // api/client.go `validateResponseCode`): reading a job that somebody deleted is an error.
  read(id, _state, context) {
    const pve = context.world.state.proxmox;
    assertPrivilege(pve, `/vms/${id.split("-")[0]}`, "VM.Audit");
    const job = pve.replications[id];
    if (job === undefined) throw new Error(goneReplication(id));
    return { id, outputs: job };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      const job = pve.replications[id];
      if (job === undefined) throw new Error(`no such job '${id}'`);
      pve.replications[id] = { ...job, ...inputs };
      return pve.replications[id];
    });
  },
  // Proxmox only marks the job (pve-manager, API2/ReplicationConfig.pm `delete`). The guest's node
  // removes it in the background, after the copies on the target, so that both have to be up
  // (pve-guest-common, Replication.pm `replicate`). The provider waits for that without a limit
  // (bpg, replications.go `DeleteReplication`), and the engine's time limits do not reach it
  // (pulumi-terraform-bridge, pkg/pf/tfbridge/provider_delete.go).
  async delete(id, _state, context) {
    cluster(context, (pve) => {
      const job = pve.replications[id];
      if (job === undefined) throw new Error(`no such job '${id}'`);
      const { faults } = context;
      const off = [job.source, job.target].some((node) => faults.nodeDown(String(node)));
      if (off || faults.slowReplicationRemoval) job.removeJob = "full";
      else delete pve.replications[id];
    });
    while (context.world.state.proxmox.replications[id] !== undefined) await setTimeout(POLL_MS);
  },
};

/** pve-manager, API2/ReplicationConfig.pm `create`, in its order */
export function newJob(pve: ProxmoxState, id: string, inputs: Props): Props {
  const [guestId = "", jobnum] = id.split("-");
  const target = text(inputs, "target");
  const guest = guestOf(pve, guestId);
  if (guest === undefined) throw new Error(`Guest '${guestId}' does not exist.`);
  if (!pve.nodes.includes(target)) throw new Error(`Target '${target}' does not exist.`);
  if (guest.node === target) throw new Error("Source and target must not be identical");
  if (pve.replications[id] !== undefined) throw new Error(`replication job '${id}' already exists`);
  // pve-guest-common, ReplicationConfig.pm `write_config`
  const twice = Object.values(pve.replications).some(
    (job) => job.guest === guest.vmid && job.target === target,
  );
  if (twice) {
    throw new Error(`replication job for guest '${guestId}' to target '${target}' already exists`);
  }
  // pve-guest-common, ReplicationConfig.pm: the schedule is */15 unless it is given.
  const schedule = inputs.schedule ?? "*/15";
  return { ...inputs, schedule, guest: guest.vmid, jobnum: Number(jobnum), source: guest.node };
}

const backup: ResourceModel = {
  inputs: [
    "all",
    "bwlimit",
    "compress",
    "enabled",
    "excludes",
    "excludePaths",
    "fleecing",
    "ionice",
    "mailnotification",
    "mailtos",
    "maxfiles",
    "mode",
    "node",
    "notesTemplate",
    "pool",
    "protected",
    "pruneBackups",
    "remove",
    "repeatMissed",
    "resourceId",
    "schedule",
    "starttime",
    "storage",
    "vmids",
  ],
  replaceOn: ["resourceId"],
  compareWith: "state",
  create(inputs, context) {
    return cluster(context, (pve) => {
      const id = text(inputs, "resourceId");
      assertPrivilege(pve, "/", "Sys.Modify");
      // pve-manager, API2/Backup.pm `create_job`
      if (pve.backupJobs[id] !== undefined) throw new Error(`Job '${id}' already exists`);
      pve.backupJobs[id] = inputs;
      return { id, outputs: inputs };
    });
  },
  // As with replication jobs: HTTP 400 is not "gone" either (pve-manager, API2/Backup.pm `read_job`).
  read(id, _state, context) {
    const pve = context.world.state.proxmox;
    assertPrivilege(pve, "/", "Sys.Audit");
    const outputs = pve.backupJobs[id];
    if (outputs === undefined) {
      throw new Error(`Unable to Read Backup Job: error reading backup job: ${goneBackup(id)}`);
    }
    return { id, outputs };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      assertPrivilege(pve, "/", "Sys.Modify");
      if (pve.backupJobs[id] === undefined) throw new Error("no such vzdump job");
      pve.backupJobs[id] = inputs;
      return inputs;
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      assertPrivilege(pve, "/", "Sys.Modify");
      if (pve.backupJobs[id] === undefined) {
        throw new Error(
          `Unable to Delete Backup Job: error deleting backup job: ${goneBackup(id)}`,
        );
      }
      delete pve.backupJobs[id];
    });
  },
};

/** Replication and backup jobs. */
export const jobModels: Record<string, ResourceModel> = {
  "proxmoxve:index/replication:Replication": replication,
  "proxmoxve:backup/job:Job": backup,
};
