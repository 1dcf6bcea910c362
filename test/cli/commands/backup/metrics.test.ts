import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeMetrics } from "../../../../cli/commands/backup/metrics";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backup-metrics-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (stack: string) => writeMetrics(folder, stack, { folder, keep: 1, targets: [] }, []);

test("stacks whose names are alike have a file each", () => {
  for (const stack of ["my-house", "my.house", "my_house"]) write(stack);
  expect(readdirSync(folder).sort()).toEqual([
    "homelab_backup_my-house.prom",
    "homelab_backup_my.house.prom",
    "homelab_backup_my_house.prom",
  ]);
});

test("the file of an earlier version goes, for node exporter refuses a value that it reads twice", () => {
  const earlier = join(folder, "homelab_backup_my_house.prom");
  writeFileSync(earlier, 'homelab_backup_failed{stack="my.house"} 0\n');
  // It may as well be of the stack that is called so.
  write("my-house");
  expect(readdirSync(folder)).toContain("homelab_backup_my_house.prom");
  write("my.house");
  expect(readdirSync(folder).sort()).toEqual([
    "homelab_backup_my-house.prom",
    "homelab_backup_my.house.prom",
  ]);
});
