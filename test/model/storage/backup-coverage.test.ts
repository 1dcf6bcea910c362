import { expect, test } from "vitest";
import type { BackupJob } from "../../../model/cluster-snapshot";
import { jobCovers } from "../../../model/storage/backup-coverage";
import { container } from "../audit/data";

const job: BackupJob = { id: "j", enabled: true, all: false, vmids: [], exclude: [], raw: {} };
const guest = { ...container(110, "web", "a"), pool: "prod/web" };

test.each<[string, Partial<BackupJob>, boolean]>([
  ["everybody", { all: true }, true],
  ["everybody but it", { all: true, exclude: [110] }, false],
  ["those that it names", { vmids: [109, 110] }, true],
  ["others", { vmids: [109] }, false],
  ["nobody", {}, false],
  ["only those of another node", { all: true, node: "b" }, false],
  ["its pool", { pool: "prod/web" }, true],
  // The pools below a pool do not count, and a pool leaves nobody out.
  ["the pool above its own", { pool: "prod" }, false],
  ["its pool, and excludes it", { pool: "prod/web", exclude: [110] }, true],
])("a job of %s: %j", (_what, more, covers) => {
  expect(jobCovers({ ...job, ...more }, guest)).toBe(covers);
});
