import type { HaResourceSnapshot, ReplicationJob } from "../cluster-snapshot";
import { plainInterval } from "../storage/calendar-interval";
import { type Section, type Source, vmidOf } from "./types";

const usable = ({ disabled, removing }: ReplicationJob): boolean => !disabled && !removing;

/** Replication of a group by the jobs that there are; none where none of its guests has one. */
export function adoptReplication(
  { cluster, names }: Source,
  resources: readonly HaResourceSnapshot[],
): Section | undefined {
  const jobsOf = (sid: string) =>
    cluster.replication.filter((job) => job.vmid === vmidOf(sid) && usable(job));
  const all = resources.flatMap(({ sid }) => jobsOf(sid));
  if (all.length === 0) return undefined;
  // The slowest of the plain intervals; what runs at certain hours keeps its own schedule.
  const plain = all.flatMap(({ schedule }) => plainInterval(schedule) ?? []);
  const everyMinutes = plain.length > 0 ? Math.max(...plain) : 1440;
  const usual = `*/${everyMinutes}`;
  const jobs = resources.map(({ sid }) => [
    names.get(sid) ?? sid,
    jobsOf(sid).map(({ id, target, schedule }) => ({
      number: Number(id.split("-")[1]),
      target,
      ...((everyMinutes >= 60 || schedule !== usual) && { schedule }),
    })),
  ]);
  return { everyMinutes, jobs: Object.fromEntries(jobs) };
}

/** Tells the jobs that no group has taken. */
export function tellReplication({ cluster, left }: Source, taken: ReadonlySet<string>): void {
  for (const job of cluster.replication) {
    const own = [...taken].some((sid) => vmidOf(sid) === job.vmid);
    if (usable(job) && own) continue;
    const why = job.removing
      ? "it is being removed"
      : job.disabled
        ? "it is switched off"
        : "its guest is in no HA group of the stack file";
    left.push({ what: `replication job ${job.id}`, why });
  }
}
