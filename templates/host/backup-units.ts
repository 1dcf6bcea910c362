import { word } from "../text";
import { unit } from "./systemd";

/** The run of a backup on the machine that keeps it. */
export interface BackupService {
  /** Program with its arguments. */
  command: readonly string[];
  /** Working directory. */
  folder: string;
  /** File with the passphrase of the stack's secrets; root's alone. */
  credential: string;
}

/** Seconds after which a backup that hangs is ended; every member has its own deadlines below that. */
const LONGEST_SEC = 900;

/** Seconds by which runs are spread, so that many stacks do not begin at once. */
const SPREAD_SEC = 600;

/**
 * `homelab-backup-<stack>.service`. The passphrase is handed over by systemd in memory and stands in no
 * unit, environment or command line.
 */
export function backupService({ command, folder, credential }: BackupService): string {
  return unit("Backs up what makes the members of the pairs; made by homelab backup --units.", {
    Unit: {
      Description: "Backup of the members of the pairs",
      Wants: "network-online.target",
      After: "network-online.target",
    },
    Service: {
      Type: "oneshot",
      WorkingDirectory: word(folder, "folder"),
      LoadCredential: `passphrase:${word(credential, "credential")}`,
      Environment: "PULUMI_CONFIG_PASSPHRASE_FILE=%d/passphrase",
      ExecStart: command.map((part) => word(part, "command")).join(" "),
      TimeoutStartSec: LONGEST_SEC,
      Nice: 10,
      UMask: "0077",
    },
  });
}

/** `homelab-backup-<stack>.timer`; a run that was missed is made up for. */
export function backupTimer(everyHours: number): string {
  return unit("Starts the backup; made by homelab backup --units.", {
    Unit: { Description: "Backup of the members of the pairs, regularly" },
    Timer: {
      OnBootSec: "10min",
      OnUnitActiveSec: `${word(everyHours, "hours")}h`,
      RandomizedDelaySec: SPREAD_SEC,
      AccuracySec: "1min",
    },
    Install: { WantedBy: "timers.target" },
  });
}
