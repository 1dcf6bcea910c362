import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Metric, metricsText } from "../../../model/metrics-text";
import { localFolder, memberStore } from "../../lib/backup/store";
import { replaceFile } from "../../lib/replace-file";
import type { MemberBackup, OpenedBackups } from "./types";

/** Name of the file, with the stack's own, which another stack cannot have; node exporter reads every `.prom`. */
const fileOf = (stack: string) => `homelab_backup_${stack}.prom`;

/** Removes the file that an earlier version wrote for this stack: node exporter refuses a value that it reads twice. */
function removeEarlier(folder: string, stack: string): void {
  const name = fileOf(stack.replaceAll(/[^A-Za-z0-9_]/g, "_"));
  const path = join(folder, name);
  if (name === fileOf(stack) || !existsSync(path)) return;
  if (readFileSync(path, "utf8").includes(`stack="${stack}"`)) rmSync(path);
}

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
  const rows = targets.map((target) => {
    const { place } = target.pair;
    const { name: member } = target.member;
    const store = memberStore(archives, target, keep);
    const done = members.find((one) => one.place === place && one.member === member);
    const newest = store.archives().at(-1);
    return {
      labels: { stack, address: place, member },
      checked: Math.floor((store.checkedAt()?.getTime() ?? 0) / 1000),
      failed: done?.outcome === "failed" ? 1 : 0,
      leftOut: newest?.leftOut.length ?? 0,
      bytes: newest?.bytes ?? 0,
    };
  });
  const gauge = (
    name: string,
    help: string,
    value: (row: (typeof rows)[number]) => number,
  ): Metric => ({
    name: `homelab_backup_${name}`,
    help,
    values: rows.map((row) => ({ labels: row.labels, value: value(row) })),
  });
  const text = metricsText([
    gauge(
      "checked_timestamp_seconds",
      "When the member was last found backed up; 0: never.",
      ({ checked }) => checked,
    ),
    gauge("failed", "1 when the last attempt failed.", ({ failed }) => failed),
    gauge("left_out", "Paths that the newest archive does not have.", ({ leftOut }) => leftOut),
    gauge("bytes", "Size of the newest archive.", ({ bytes }) => bytes),
  ]);
  const local = localFolder(folder);
  mkdirSync(local, { recursive: true, mode: 0o700 });
  removeEarlier(local, stack);
  // Nothing secret, and node exporter is another user.
  replaceFile(join(local, fileOf(stack)), text, 0o644);
}
