import type { RefusedEntry } from "../../../model/backup/archive";
import type { BackupTarget } from "../../lib/backup/targets";

/** What became of one member. */
export interface MemberBackup {
  place: string;
  member: string;
  /** `failed`: there is no new archive, and the old ones stay. */
  outcome: "stored" | "unchanged" | "failed";
  /** Why it failed. */
  why?: string;
  /** File of the newest archive. */
  file?: string;
  bytes?: number;
  entries?: number;
  /** Paths that could not be restored, and are not in the archive. */
  leftOut: RefusedEntry[];
}

/** The backups of a stack; `--json` prints exactly this. */
export interface BackupReport {
  stack: string;
  directory: string;
  /** Whether every member has a whole backup. */
  ok: boolean;
  members: MemberBackup[];
  /** Why the metrics were not written. @default they were */
  metrics?: string;
}

/** Where the backups of a stack lie, and of whom. */
export interface OpenedBackups {
  folder: string;
  keep: number;
  targets: BackupTarget[];
}
