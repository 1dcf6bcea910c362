import type { StatusItem } from "../status/types";

/** What is known of a member's backups. */
export interface BackupStanding {
  /** Section and name of the address: `traefikPairs.traefik`. */
  place: string;
  member: string;
  /** Unix seconds when it was last found backed up. @default there is no backup */
  checkedAt?: number;
  /** Archives that are kept. */
  archives: number;
  /** Paths that the newest archive does not have, for they could not be restored. */
  leftOut: number;
}

/** Intervals after which a backup is late: one that was missed may be made up for. */
const LATE = 2;

/** Intervals after which nobody seems to make backups any more. */
const FORGOTTEN = 7;

/** Seconds by which clocks may differ; a time further ahead makes an old backup look new. */
const CLOCK_SEC = 600;

/**
 * Whether every member has a backup that is young enough.
 *
 * @param everyHours hours between two backups
 * @param now Unix seconds
 */
export function judgeBackups(
  standings: readonly BackupStanding[],
  everyHours: number,
  now: number,
): StatusItem[] {
  return standings.map((standing) => judgeBackup(standing, everyHours * 3600, now));
}

function judgeBackup(standing: BackupStanding, everySec: number, now: number): StatusItem {
  const { place: subject, member, checkedAt, archives, leftOut } = standing;
  const fix = "run homelab backup, and see that its timer runs: docs/backup.md";
  if (checkedAt === undefined) {
    return { level: "warning", subject, text: `${member} has no backup`, fix };
  }
  if (checkedAt - now > CLOCK_SEC) {
    const ahead = ageText(checkedAt - now);
    return {
      level: "warning",
      subject,
      text: `the backup of ${member} is from ${ahead} ahead of this machine's clock, so its age is not known`,
      fix: "set the clock, then run homelab backup",
    };
  }
  const ageSec = Math.max(0, now - checkedAt);
  const text = `the backup of ${member} is ${ageText(ageSec)} old`;
  if (ageSec > LATE * everySec) {
    const level = ageSec > FORGOTTEN * everySec ? "problem" : "warning";
    return { level, subject, text: `${text}, expected ${ageText(everySec)} at most`, fix };
  }
  if (leftOut > 0) {
    const why = `${text}, and leaves ${leftOut} paths out that could not be restored`;
    return { level: "warning", subject, text: why, fix: "homelab backup names them" };
  }
  return { level: "ok", subject, text: `${text}; ${archives} kept` };
}

/** A time that has passed, in one unit. */
export function ageText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
