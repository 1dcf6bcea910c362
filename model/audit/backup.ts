import type { GuestSnapshot } from "../cluster-snapshot";
import { jobCovers } from "../storage/backup-coverage";
import { listed } from "../text";
import { type AuditContext, type AuditFinding, shownGuest } from "./types";

/** Guests without a backup, and guests whose backup depends on where they run. */
export function judgeBackup({ cluster, wanted }: AuditContext): AuditFinding[] {
  const { jobs, notCovered } = cluster.backup;
  const none = new Set(notCovered);
  const dropped = new Set(wanted?.guests.filter(({ backup }) => !backup).map(({ sid }) => sid));
  const guests = cluster.guests.filter(({ template, sid }) => !template && !dropped.has(sid));
  const enabled = jobs.filter((job) => job.enabled);
  const bare = guests.filter(({ vmid }) => none.has(vmid));
  // Proxmox counts a job that is switched off as one that covers (API2/Cluster/BackupInfo.pm).
  const off = guests.filter(
    (guest) =>
      !none.has(guest.vmid) &&
      jobs.some((job) => !job.enabled && jobCovers(job, guest)) &&
      !enabled.some((job) => jobCovers(job, guest)),
  );
  const tied = guests.filter((guest) => {
    const own = enabled.filter((job) => jobCovers(job, guest));
    return own.length > 0 && own.every((job) => job.node !== undefined);
  });
  // A stack file that relies on the jobs of others makes none.
  const made = new Set(wanted?.existingBackupJobs ? [] : wanted?.guests.map(({ sid }) => sid));
  const stated = ({ sid }: GuestSnapshot) => made.has(sid);
  const found = (who: readonly GuestSnapshot[], what: string, fix: string): AuditFinding[] =>
    who.length === 0
      ? []
      : [
          {
            rule: "without-backup",
            severity: "warning",
            subject: listed(who.map(({ name }) => name)),
            message: `${what}: ${listed(who.map(shownGuest), 20)}`,
            fix,
          },
        ];
  return [
    ...found(bare.filter(stated), "in no backup job", "apply the stack file: pulumi up"),
    ...found(
      bare.filter((guest) => !stated(guest)),
      "in no backup job",
      wanted?.existingBackupJobs
        ? `add them to ${listed(wanted.existingBackupJobs)}: Datacenter > Backup`
        : "add them to a job: Datacenter > Backup",
    ),
    ...found(
      off,
      "only in backup jobs that are switched off, which Proxmox itself counts as covered",
      "switch the job on: Datacenter > Backup",
    ),
    ...found(
      tied,
      "only in backup jobs of one node: after HA moves them they have no backup",
      "take the node out of the job, so that it follows the guest",
    ),
  ];
}
