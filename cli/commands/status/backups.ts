import { type BackupStanding, judgeBackups } from "../../../model/backup/age";
import type { StatusItem } from "../../../model/status/types";
import { listed } from "../../../model/text";
import { memberStore, stackFolder } from "../../lib/backup/store";
import { backupTargets } from "../../lib/backup/targets";
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
  const standings = targets.map((target): BackupStanding => {
    const store = memberStore(folder, target, backups.keep);
    const archives = store.archives();
    const checkedAt = store.checkedAt();
    return {
      place: target.pair.place,
      member: target.member.name,
      archives: archives.length,
      leftOut: archives.at(-1)?.leftOut.length ?? 0,
      ...(checkedAt !== undefined && { checkedAt: Math.floor(checkedAt.getTime() / 1000) }),
    };
  });
  return judgeBackups(standings, backups.everyHours, Math.floor(Date.now() / 1000));
}
