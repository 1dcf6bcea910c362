import { type Props, texts } from "../../props";
import type { ProxmoxState } from "../../world";
import { turnJobs } from "../api";
import { maySee } from "./privileges";
import type { Site } from "./site";
import { type ApiWorld, flag, kindOf } from "./world";

// pve-manager, PVE/API2/ReplicationConfig.pm, Replication.pm, Backup.pm and Cluster/BackupInfo.pm.

/** The file as it is: after a failover it still names the old source and target. */
export function replicationJobs({ pve, site }: ApiWorld) {
  return Object.entries(pve.replications)
    .filter(([id]) => maySee(site, `/vms/${id.split("-")[0]}`, "VM.Audit"))
    .map(replicationJob);
}

function replicationJob([id, job]: [string, Props]) {
  return {
    id,
    type: "local",
    guest: Number(id.split("-")[0]),
    jobnum: Number(id.split("-")[1]),
    target: job.target,
    source: job.source,
    schedule: job.schedule ?? "*/15",
    ...(job.disable === true && { disable: 1 }),
    ...(job.removeJob !== undefined && { remove_job: job.removeJob }),
  };
}

export function replicationStatus(
  { pve, site, now }: ApiWorld,
  node: string,
  guest: string | null,
) {
  turnJobs(pve, node);
  return Object.entries(pve.replications)
    .filter(([id]) => guest === null || id.split("-")[0] === guest)
    .filter(([id]) => pve.guests[id.split("-")[0] ?? ""]?.node === node)
    .filter(([id]) => maySee(site, `/vms/${id.split("-")[0]}`, "VM.Audit"))
    .map(([id, job]) => ({
      ...replicationJob([id, job]),
      vmtype: "lxc",
      last_sync: now - 60,
      last_try: now - 60,
      next_sync: now + 840,
      duration: 3.2,
      fail_count: 0,
      ...site.replication[id],
    }));
}

export function backupJob([id, job]: [string, Props]) {
  const vmids = texts(job, "vmids");
  return {
    id,
    type: "vzdump",
    enabled: flag(job.enabled !== false),
    storage: job.storage,
    schedule: job.schedule,
    mode: job.mode ?? "snapshot",
    ...(job.compress !== undefined && { compress: job.compress }),
    ...(job.repeatMissed !== undefined && { "repeat-missed": flag(job.repeatMissed) }),
    ...(job.all === true && { all: 1 }),
    ...(vmids.length > 0 && { vmid: vmids.join(",") }),
    ...(texts(job, "excludes").length > 0 && { exclude: texts(job, "excludes").join(",") }),
  };
}

/** A job that is switched off counts as well (API2/Cluster/BackupInfo.pm `get_included_vmids`). */
export function notBackedUp(pve: ProxmoxState) {
  const jobs = Object.values(pve.backupJobs);
  const covered = (vmid: number) =>
    jobs.some((job) =>
      job.all === true
        ? !texts(job, "excludes").includes(String(vmid))
        : texts(job, "vmids").includes(String(vmid)),
    );
  return Object.values(pve.guests)
    .filter(({ vmid }) => !covered(vmid))
    .map((guest) => ({ vmid: guest.vmid, type: kindOf(guest), name: guest.name }));
}

/** What the token may not see is left out (pve-storage, Storage.pm `check_volume_access`). */
export function backupsIn(site: Site, storage: string) {
  const place = `/storage/${storage}`;
  return (site.archives?.[storage] ?? []).filter(
    ({ vmid }) =>
      maySee(site, place, "Datastore.Allocate") ||
      (maySee(site, place, "Datastore.AllocateSpace") && maySee(site, `/vms/${vmid}`, "VM.Backup")),
  );
}
