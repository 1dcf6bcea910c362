import type { BackupJob, GuestSnapshot } from "../cluster-snapshot";

/**
 * Whether a backup job takes a guest along: by its pool, else by its list, else all but those that it
 * excludes. A pool does not count the pools below it, and leaves nobody out
 * (pve-manager, VZDump.pm `get_included_guests`; API2Tools.pm `get_resource_pool_guest_members`).
 */
export function jobCovers(job: BackupJob, { vmid, node, pool }: GuestSnapshot): boolean {
  if (job.node !== undefined && job.node !== node) return false;
  if (job.pool !== undefined) return job.pool === pool;
  if (job.vmids.length > 0) return job.vmids.includes(vmid);
  return job.all && !job.exclude.includes(vmid);
}
