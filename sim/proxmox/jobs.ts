import type { ResourceModel } from "../model";
import { known, type Props, text } from "../props";
import type { ProxmoxState } from "../world";
import { cluster, guestOf } from "./api";

const replication: ResourceModel = {
  importError: "Replication Not Found",
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
      const job = newJob(pve, id, inputs);
      pve.replications[id] = job;
      return { id, outputs: job };
    });
  },
  read(id, _state, context) {
    const job = context.world.state.proxmox.replications[id];
    return job && { id, outputs: job };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      const job = pve.replications[id];
      if (job === undefined) throw new Error(`no such job '${id}'`);
      pve.replications[id] = { ...job, ...inputs };
      return pve.replications[id];
    });
  },
  // Proxmox only marks the job and removes it in the background; until then its id is taken and
  // its guest cannot be deleted (pve-manager, API2/ReplicationConfig.pm `delete`).
  delete(id, _state, context) {
    cluster(context, (pve) => {
      const job = pve.replications[id];
      if (job === undefined) throw new Error(`no such job '${id}'`);
      if (context.faults.slowReplicationRemoval) job.removeJob = "full";
      else delete pve.replications[id];
    });
  },
};

/** pve-manager, API2/ReplicationConfig.pm `create`, in its order */
function newJob(pve: ProxmoxState, id: string, inputs: Props): Props {
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
  importError: "Backup Job Not Found",
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
      // pve-manager, API2/Backup.pm `create_job`
      if (pve.backupJobs[id] !== undefined) throw new Error(`Job '${id}' already exists`);
      pve.backupJobs[id] = inputs;
      return { id, outputs: inputs };
    });
  },
  read(id, _state, context) {
    const outputs = context.world.state.proxmox.backupJobs[id];
    return outputs && { id, outputs };
  },
  update(id, inputs, _before, context) {
    return cluster(context, (pve) => {
      if (pve.backupJobs[id] === undefined) throw new Error("no such vzdump job");
      pve.backupJobs[id] = inputs;
      return inputs;
    });
  },
  delete(id, _state, context) {
    cluster(context, (pve) => {
      delete pve.backupJobs[id];
    });
  },
};

/** Replication and backup jobs. */
export const jobModels: Record<string, ResourceModel> = {
  "proxmoxve:index/replication:Replication": replication,
  "proxmoxve:backup/job:Job": backup,
};
