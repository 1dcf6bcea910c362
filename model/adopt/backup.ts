import type { BackupJob, GuestSnapshot } from "../cluster-snapshot";
import { calendarEventMistake } from "../storage/calendar-event";
import { isStackName, stackName } from "./names";
import type { DraftGroup, Section, Source } from "./types";

/** What the stack file says of backups. */
export interface AdoptedBackup {
  section: Section;
  /** HA ids of the guests with `backup: true`. */
  saved: ReadonlySet<string>;
}

const OUTSIDE = "outside-ha-backup";

/** What a job may say besides guests, storage and schedule to be one that `HaGroup` would make. */
const usual: Record<string, (value: unknown) => boolean> = {
  type: () => true,
  digest: () => true,
  "next-run": () => true,
  mode: (value) => value === "snapshot",
  compress: (value) => value === "zstd",
  "repeat-missed": (value) => value === 1 || value === "1" || value === true,
};

/**
 * Backup as the stack file states it: jobs that this program made are its own again; as soon as one
 * is another's, all of them stay as they are and the file only names them.
 */
export function adoptBackup(source: Source, groups: readonly DraftGroup[]): AdoptedBackup {
  const { jobs } = source.cluster.backup;
  const guests = source.cluster.guests.filter(({ sid }) => source.names.has(sid));
  const grouped = new Set(groups.flatMap(({ sids }) => sids));
  const members = new Map([
    ...groups.map(({ name, sids }) => [`${name}-backup`, new Set(sids)] as const),
    [OUTSIDE, new Set(guests.map(({ sid }) => sid).filter((sid) => !grouped.has(sid)))] as const,
  ]);
  const ours = jobs.length > 0 && jobs.every((job) => isOurs(job, jobs[0], guests, members));
  const active = jobs.filter(({ enabled }) => enabled);
  for (const job of jobs) {
    if (ours) continue;
    const why = job.enabled
      ? `it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it`
      : "it is switched off";
    source.left.push({ what: `backup job ${job.id}`, why });
  }
  const saved = guests.filter((guest) => active.some((job) => covers(job, guest)));
  return {
    section: {
      ...placeAndTime(source, active),
      ...(!ours && active.length > 0 && { existingJobs: active.map(({ id }) => id) }),
    },
    saved: new Set(saved.map(({ sid }) => sid)),
  };
}

function isOurs(
  job: BackupJob,
  first: BackupJob | undefined,
  guests: readonly GuestSnapshot[],
  members: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const own = members.get(job.id);
  const plain = job.enabled && !job.all && job.exclude.length === 0 && job.vmids.length > 0;
  if (!own || !plain || job.pool !== undefined || job.node !== undefined) return false;
  if (job.storage === undefined || !isStackName(job.storage)) return false;
  if (job.schedule === undefined || calendarEventMistake(job.schedule) !== undefined) return false;
  if (job.storage !== first?.storage || job.schedule !== first?.schedule) return false;
  const sidOf = new Map(guests.map(({ vmid, sid }) => [vmid, sid]));
  const same = Object.keys(usual).slice(3);
  return (
    job.vmids.every((vmid) => own.has(sidOf.get(vmid) ?? "")) &&
    Object.entries(job.raw).every(([key, value]) => usual[key]?.(value) === true) &&
    same.every((key) => key in job.raw)
  );
}

function covers(job: BackupJob, { vmid, node, pool }: GuestSnapshot): boolean {
  if (job.node !== undefined && job.node !== node) return false;
  if (job.pool !== undefined) return job.pool === pool && !job.exclude.includes(vmid);
  return job.all ? !job.exclude.includes(vmid) : job.vmids.includes(vmid);
}

/** Storage and schedule, which a stack file must state. */
function placeAndTime(source: Source, active: readonly BackupJob[]): Section {
  const [job] = active;
  const usable = source.cluster.storages.find(({ content }) => content.includes("backup"))?.name;
  const storage = stackName(job?.storage ?? usable ?? "backup", new Set(), "backup");
  const time = job?.schedule;
  const schedule =
    time !== undefined && calendarEventMistake(time) === undefined ? time : undefined;
  const guessed = [
    ...(job?.storage === storage ? [] : ["storage"]),
    ...(schedule === undefined ? ["schedule"] : []),
  ];
  if (guessed.length > 0) {
    const text = `${guessed.join(" and ")}: no backup job says it in a form that can be taken over; correct it before a guest gets \`backup: true\`.`;
    source.notes.push({ path: ["cluster", "backup"], text });
  }
  return { storage, schedule: schedule ?? "02:00" };
}
