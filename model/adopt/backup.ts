import type { BackupJob } from "../cluster-snapshot";
import { STORAGE_ID } from "../names";
import { jobCovers } from "../storage/backup-coverage";
import { calendarEventMistake } from "../storage/calendar-event";
import { listed } from "../text";
import { keptName } from "./names";
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
  const sidOf = new Map(guests.map(({ vmid, sid }) => [vmid, sid]));
  const grouped = new Set(groups.flatMap(({ sids }) => sids));
  const members = new Map<string, ReadonlySet<string>>([
    ...groups.map(({ name, sids }) => [`${name}-backup`, new Set(sids)] as const),
    [OUTSIDE, new Set(guests.map(({ sid }) => sid).filter((sid) => !grouped.has(sid)))] as const,
  ]);
  const foreign = jobs.filter((job) => !isOurs(job, jobs[0], members.get(job.id), sidOf));
  const ours = jobs.length > 0 && foreign.length === 0;
  const active = jobs.filter(({ enabled }) => enabled);
  for (const job of jobs) {
    if (ours) continue;
    const kept =
      "homelab:cluster.backup.existingJobs names it, and this stack makes none beside it";
    const why = job.enabled
      ? `${foreignness(job, foreign, members.get(job.id), sidOf)}; ${kept}`
      : "it is switched off";
    source.left.push({ what: `backup job ${job.id}`, why });
  }
  const saved = guests.filter((guest) => active.some((job) => jobCovers(job, guest)));
  return {
    section: {
      ...placeAndTime(source, active),
      ...(!ours && active.length > 0 && { existingJobs: active.map(({ id }) => id) }),
    },
    saved: new Set(saved.map(({ sid }) => sid)),
  };
}

/** Why a job stays as it is; one that is whole stays for the sake of another. */
function foreignness(
  job: BackupJob,
  foreign: readonly BackupJob[],
  own: ReadonlySet<string> | undefined,
  sidOf: ReadonlyMap<number, string>,
): string {
  if (!foreign.includes(job)) {
    const others = listed(foreign.map(({ id }) => id));
    return `a stack file takes all backup jobs or none, and ${others} cannot be taken`;
  }
  const strangers = job.vmids.filter((vmid) => own && !own.has(sidOf.get(vmid) ?? ""));
  if (strangers.length > 0) {
    return `it saves ${listed(strangers.map((vmid) => sidOf.get(vmid) ?? `${vmid}`))}, which its HA group does not take over`;
  }
  return "it is not one that an HaGroup makes";
}

function isOurs(
  job: BackupJob,
  first: BackupJob | undefined,
  own: ReadonlySet<string> | undefined,
  sidOf: ReadonlyMap<number, string>,
): boolean {
  const plain = job.enabled && !job.all && job.exclude.length === 0 && job.vmids.length > 0;
  if (!own || !plain || job.pool !== undefined || job.node !== undefined) return false;
  if (job.storage === undefined || !STORAGE_ID.test(job.storage)) return false;
  if (job.schedule === undefined || calendarEventMistake(job.schedule) !== undefined) return false;
  if (job.storage !== first?.storage || job.schedule !== first?.schedule) return false;
  const same = Object.keys(usual).slice(3);
  return (
    job.vmids.every((vmid) => own.has(sidOf.get(vmid) ?? "")) &&
    Object.entries(job.raw).every(([key, value]) => usual[key]?.(value) === true) &&
    same.every((key) => key in job.raw)
  );
}

/** Storage and schedule, which a stack file must state. */
function placeAndTime(source: Source, active: readonly BackupJob[]): Section {
  const [job] = active;
  const usable = source.cluster.storages.find(({ content }) => content.includes("backup"))?.name;
  const storage = keptName(job?.storage ?? usable ?? "backup", STORAGE_ID, new Set(), "backup");
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
