import { type BackupStanding, judgeBackups } from "../../../model/backup/age";
import { foreign } from "../../../model/foreign-text";
import type { StatusItem } from "../../../model/status/types";
import { errorText, listed } from "../../../model/text";
import { memberStore, stackFolder } from "../../lib/backup/store";
import { type BackupTarget, backupTargets } from "../../lib/backup/targets";
import type { OpenedStack } from "../../lib/members";

/** How old the backups of the members are, as this machine has them. */
export function backupItems({ name, config, resolved }: OpenedStack): StatusItem[] {
  const targets = backupTargets(resolved, resolved.ssh.user);
  const { backups } = config;
  if (backups === undefined) {
    // What this stack writes it can write again; what only the members have it cannot.
    const own = targets.filter(({ source }) => source).map(({ pair }) => pair.place);
    if (own.length === 0) return [];
    return [
      {
        level: "warning",
        subject: "backups",
        text: `nobody backs up the files that people wrote on the members of ${listed(own)}`,
        fix: "set homelab:backups: docs/backup.md",
      },
    ];
  }
  const folder = stackFolder(backups.directory, name);
  const standings: BackupStanding[] = [];
  const unread: StatusItem[] = [];
  for (const target of targets) {
    try {
      standings.push(standingOf(folder, target, backups.keep));
    } catch (error) {
      const { pair, member } = target;
      const text = `the backups of ${member.name} cannot be read: ${foreign(errorText(error))}`;
      const fix = "run this as who makes the backups, or look at that file";
      unread.push({ level: "unknown", subject: pair.place, text, fix });
    }
  }
  const now = Math.floor(Date.now() / 1000);
  return [...unread, ...judgeBackups(standings, backups.everyHours, now)];
}

function standingOf(folder: string, target: BackupTarget, keep: number): BackupStanding {
  const store = memberStore(folder, target, keep);
  const archives = store.archives();
  const checkedAt = store.checkedAt();
  return {
    place: target.pair.place,
    member: target.member.name,
    archives: archives.length,
    leftOut: archives.at(-1)?.leftOut.length ?? 0,
    ...(checkedAt !== undefined && { checkedAt: Math.floor(checkedAt.getTime() / 1000) }),
  };
}
