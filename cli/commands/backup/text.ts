import { foreign } from "../../../model/foreign-text";
import { counted } from "../../../model/text";
import type { BackupReport, MemberBackup } from "./types";

/** What became of each member, a line each. */
export function backupText({ members, directory, metrics }: BackupReport): string[] {
  return [
    ...members.flatMap((one) => [
      `${one.member} (${one.place}): ${outcomeText(one)}`,
      ...one.leftOut.map(({ path, why }) => `  left out: /${foreign(path)} ${why}`),
    ]),
    `the backups are in ${directory}`,
    ...(metrics === undefined ? [] : [`homelab:backups.metrics: ${metrics}`]),
  ];
}

function outcomeText({ outcome, why, file, bytes = 0, entries = 0 }: MemberBackup): string {
  const size = `${counted(entries, "path")}, ${Math.ceil(bytes / 1024)} KB`;
  switch (outcome) {
    case "stored":
      return `stored as ${file} (${size})`;
    case "unchanged":
      return `unchanged since ${file} (${size})`;
    case "failed":
      return `no backup: ${why}`;
  }
}
