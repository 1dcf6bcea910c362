import type { HaResourceSnapshot, ReplicationJob } from "../cluster-snapshot";
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
  // The slowest: the interval is what may be lost.
  const everyMinutes = Math.max(...all.map(({ schedule }) => minutesOf(schedule)));
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

/** Minutes between two runs of the usual calendar events; a day for any other. */
function minutesOf(schedule: string): number {
  const [, minutes] = /^(?:\*:0?)?[*0]\/(\d+)$/.exec(schedule) ?? [];
  if (minutes !== undefined) return Math.min(Math.max(Number(minutes), 1), 60);
  const [, hours] = /^[*0]\/(\d+):\d+$/.exec(schedule) ?? [];
  if (hours !== undefined) return Math.min(Math.max(Number(hours), 1), 24) * 60;
  return /^\*:\d+$/.test(schedule) ? 60 : 1440;
}
