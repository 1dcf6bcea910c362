import { z } from "zod";
import type { BackupJob, ClusterSnapshot, ReplicationJob } from "../../model/cluster-snapshot";
import { backupItem, notCoveredItem, replicationItem } from "./answers";
import type { Proxmox } from "./client";

/** Reads the replication jobs; how they went is told by the nodes. */
export async function readReplication(client: Proxmox): Promise<ReplicationJob[]> {
  const items = await client.get("/cluster/replication", z.array(replicationItem));
  return items
    .map((item) => ({
      id: item.id,
      vmid: item.guest ?? Number(item.id.split("-")[0]),
      ...(item.source !== undefined && { source: item.source }),
      target: item.target,
      schedule: item.schedule ?? "*/15",
      disabled: item.disable ?? false,
      removing: item.remove_job !== undefined,
      ...(item.comment !== undefined && { comment: item.comment }),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Reads the backup jobs, and which guests none of them names. */
export async function readBackup(client: Proxmox): Promise<ClusterSnapshot["backup"]> {
  const [jobs, notCovered] = await Promise.all([
    client.get("/cluster/backup", z.array(backupItem)),
    client.get("/cluster/backup-info/not-backed-up", z.array(notCoveredItem)),
  ]);
  return {
    jobs: jobs.map(backupJob).sort((a, b) => (a.id < b.id ? -1 : 1)),
    notCovered: notCovered.map(({ vmid }) => vmid).sort((a, b) => a - b),
  };
}

function backupJob(item: z.output<typeof backupItem>): BackupJob {
  const { id, enabled, all, vmid, exclude, pool, node, storage, schedule, ...raw } = item;
  return {
    id,
    // Not stated means on (pve-guest-common, Jobs/VZDump).
    enabled: enabled ?? true,
    all: all ?? false,
    vmids: (vmid ?? []).map(Number),
    exclude: (exclude ?? []).map(Number),
    ...(pool !== undefined && { pool }),
    ...(node !== undefined && { node }),
    ...(storage !== undefined && { storage }),
    ...(schedule !== undefined && { schedule }),
    raw,
  };
}
