import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { localFolder, memberStore, writeWhole } from "../../lib/backup/store";
import type { MemberBackup, OpenedBackups } from "./types";

/** Name of the file; node exporter reads every `.prom` of its folder. */
const fileOf = (stack: string) => `homelab_backup_${stack.replaceAll(/[^A-Za-z0-9_]/g, "_")}.prom`;

/**
 * Writes the age of each member's backup for node exporter's textfile collector. A member that was
 * not asked this time keeps what is known of it.
 *
 * @param folder as the stack file has it
 */
export function writeMetrics(
  folder: string,
  stack: string,
  { folder: archives, keep, targets }: OpenedBackups,
  members: readonly MemberBackup[],
): void {
  const rows = targets.map(({ pair: { place }, member: { name: member } }) => {
    const store = memberStore(archives, { place, member }, keep);
    const done = members.find((one) => one.place === place && one.member === member);
    return {
      labels: `{stack="${stack}",address="${place}",member="${member}"}`,
      checked: (store.checkedAt()?.getTime() ?? 0) / 1000,
      failed: done?.outcome === "failed" ? 1 : 0,
      leftOut: store.archives().at(-1)?.leftOut.length ?? 0,
      bytes: store.archives().at(-1)?.bytes ?? 0,
    };
  });
  const gauge = (name: string, help: string, value: (row: (typeof rows)[number]) => number) => [
    `# HELP homelab_backup_${name} ${help}`,
    `# TYPE homelab_backup_${name} gauge`,
    ...rows.map((row) => `homelab_backup_${name}${row.labels} ${value(row)}`),
  ];
  const text = [
    ...gauge(
      "checked_timestamp_seconds",
      "When the member was last found backed up; 0: never.",
      ({ checked }) => Math.floor(checked),
    ),
    ...gauge("failed", "1 when the last attempt failed.", ({ failed }) => failed),
    ...gauge("left_out", "Paths that the newest archive does not have.", ({ leftOut }) => leftOut),
    ...gauge("bytes", "Size of the newest archive.", ({ bytes }) => bytes),
  ];
  const local = localFolder(folder);
  mkdirSync(local, { recursive: true, mode: 0o700 });
  // Nothing secret, and node exporter is another user.
  writeWhole(join(local, fileOf(stack)), Buffer.from(`${text.join("\n")}\n`), 0o644);
}
