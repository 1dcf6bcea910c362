import type { WantedCluster } from "../audit/types";
import type { BackupJob, ClusterSnapshot, GuestSnapshot } from "../cluster-snapshot";
import { jobCovers } from "../storage/backup-coverage";
import { longestGapMinutes } from "../storage/calendar-interval";
import { duration, listed } from "../text";
import type { StatusItem } from "./types";

/** What a run may take, beside the time between two of them. */
const SLACK_SEC = 6 * 3600;

const SUBJECT = "guest backups";

/**
 * Age and success of the guests' backups: of each guest where the token may see what storages hold,
 * else of the last runs of the nodes. A guest in no job is the audit's business.
 */
export function judgeBackups(cluster: ClusterSnapshot, wanted: WantedCluster): StatusItem[] {
  const { runs, archives, archivesHidden } = cluster.backup;
  if (runs === undefined) return [];
  const known = new Set(wanted.guests.map(({ vmid }) => vmid));
  const due = dueBackups(cluster).filter(({ guest }) => known.has(guest.vmid));
  if (due.length === 0) return [];
  if (archives !== undefined) return ofGuests(cluster, due, archives);
  return ofRuns(cluster, due).map((item) =>
    item.level === "ok" && archivesHidden !== undefined
      ? { ...item, text: `${item.text}; not of each guest: ${archivesHidden}` }
      : item,
  );
}

/** A guest that a backup job covers. */
export interface Due {
  guest: GuestSnapshot;
  /** Oldest that its backup may be; Infinity where a schedule is none that can be worked out. */
  limitSec: number;
}

/** Guests that a backup job covers, each with the age that its backup may have. */
export function dueBackups({ guests, backup }: ClusterSnapshot): Due[] {
  const enabled = backup.jobs.filter(({ enabled: on }) => on);
  return guests
    .filter(({ template }) => !template)
    .flatMap((guest) => {
      const own = enabled.filter((job) => jobCovers(job, guest));
      return own.length > 0 ? [{ guest, limitSec: limitOf(own) }] : [];
    });
}

function limitOf(jobs: readonly BackupJob[]): number {
  const gaps = jobs.map(({ schedule }) =>
    schedule === undefined ? undefined : longestGapMinutes(schedule),
  );
  const shortest = Math.min(...gaps.map((gap) => gap ?? Number.POSITIVE_INFINITY));
  return shortest * 60 + SLACK_SEC;
}

function ofGuests(
  { takenAt }: ClusterSnapshot,
  due: readonly Due[],
  archives: NonNullable<ClusterSnapshot["backup"]["archives"]>,
): StatusItem[] {
  const found = due.map((one) => ({
    ...one,
    made: archives.find(({ vmid }) => vmid === one.guest.vmid),
  }));
  const names = (of: readonly { guest: GuestSnapshot }[]) =>
    listed(
      of.map(({ guest }) => guest.name),
      6,
    );
  const warn = (of: typeof found, text: string): StatusItem[] =>
    of.length === 0
      ? []
      : [
          {
            level: "warning",
            subject: SUBJECT,
            text: `${names(of)}: ${text}`,
            fix: "look at the last tasks of the backup jobs: Datacenter > Backup",
          },
        ];
  const none = found.filter(({ made }) => made === undefined);
  const old = found.filter(({ made, limitSec }) => made && takenAt - made.madeSec > limitSec);
  const bad = found.filter(({ made }) => made?.bad);
  const oldest = Math.max(0, ...found.map(({ made }) => (made ? takenAt - made.madeSec : 0)));
  const items = [
    ...warn(none, "in a backup job, and no backup is there"),
    ...warn(old, `the last backup is too old (the oldest ${duration(oldest)})`),
    ...warn(bad, "the verification of the last backup failed"),
  ];
  if (items.length > 0) return items;
  return [
    {
      level: "ok",
      subject: SUBJECT,
      text: `of ${due.length} guests, the oldest ${duration(oldest)} ago`,
    },
  ];
}

/** A job runs on every node that has guests of it. */
function ofRuns({ takenAt, backup, gaps }: ClusterSnapshot, due: readonly Due[]): StatusItem[] {
  const nodes = [...new Set(due.map(({ guest }) => guest.node))].sort();
  const silent = new Set(gaps.filter(({ unreachable }) => unreachable).map(({ node }) => node));
  const runs = (backup.runs ?? []).filter(({ endSec }) => endSec !== undefined);
  const items = nodes.flatMap((node): StatusItem[] => {
    if (silent.has(node)) return [];
    const limitSec = Math.min(
      ...due.filter(({ guest }) => guest.node === node).map((one) => one.limitSec),
    );
    const [last] = runs
      .filter((run) => run.node === node)
      .sort((a, b) => (b.endSec ?? 0) - (a.endSec ?? 0));
    const warn = (text: string): StatusItem[] => [
      {
        level: "warning",
        subject: SUBJECT,
        text: `on ${node}: ${text}`,
        fix: `look at its last tasks: ${node} > Task History, vzdump`,
      },
    ];
    if (!last) return Number.isFinite(limitSec) ? warn("no run is known, though a job is due") : [];
    const ageSec = takenAt - (last.endSec ?? takenAt);
    if (!/^(OK|WARNINGS)/.test(last.status ?? "")) {
      return warn(`the last run failed ${duration(ageSec)} ago: ${last.status ?? "no word"}`);
    }
    return ageSec > limitSec ? warn(`the last run is ${duration(ageSec)} old, too long ago`) : [];
  });
  if (items.length > 0) return items;
  const ages = runs.map(({ endSec = takenAt }) => takenAt - endSec);
  if (ages.length === 0) return [];
  const text = `the last run ended well ${duration(Math.min(...ages))} ago`;
  return [{ level: "ok", subject: SUBJECT, text }];
}
