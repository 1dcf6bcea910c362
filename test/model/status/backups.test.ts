import { expect, test } from "vitest";
import type { ClusterSnapshot } from "../../../model/cluster-snapshot";
import { judgeBackups } from "../../../model/status/backups";
import { sound, takenAt, wanted } from "../audit/data";

const HOUR = 3600;

/** A sound cluster with one nightly job, and whatever is known of its backups. */
function cluster(known: Partial<ClusterSnapshot["backup"]>): ClusterSnapshot {
  const found = sound();
  const job = {
    id: "nightly",
    enabled: true,
    all: true,
    vmids: [],
    exclude: [],
    schedule: "02:00",
  };
  found.backup = { jobs: [{ ...job, raw: {} }], notCovered: [], ...known };
  return found;
}

const said = (of: ClusterSnapshot) =>
  judgeBackups(of, wanted()).map(({ level, subject, text }) => `${level} ${subject}: ${text}`);

const guests = () => {
  const known = new Set(wanted().guests.map(({ vmid }) => vmid));
  return sound().guests.filter(({ vmid }) => known.has(vmid));
};
const archives = (ageHours: number) =>
  guests().map(({ vmid }) => ({ vmid, storage: "nas", madeSec: takenAt - ageHours * HOUR }));
const runs = (ageHours: number, status = "OK") =>
  [...new Set(guests().map(({ node }) => node))].map((node) => ({
    node,
    startSec: takenAt - ageHours * HOUR - 60,
    endSec: takenAt - ageHours * HOUR,
    status,
  }));

test("backups of last night are good news, for guests and for runs", () => {
  expect(said(cluster({ runs: runs(10), archives: archives(10) }))).toEqual([
    `ok guest backups: of ${guests().length} guests, the oldest 10 h ago`,
  ]);
  expect(said(cluster({ runs: runs(10) }))).toEqual([
    "ok guest backups: the last run ended well 10 h ago",
  ]);
});

test("a backup older than its schedule and six hours is named with its guest", () => {
  const [first, ...rest] = archives(10);
  if (!first) throw new Error("no guest");
  const limit = archives(29).slice(0, 1);
  expect(said(cluster({ runs: [], archives: [...limit, ...rest] }))[0]).toMatch(/^ok/);
  const old = archives(31).slice(0, 1);
  const name = guests()[0]?.name;
  expect(said(cluster({ runs: [], archives: [...old, ...rest] }))).toEqual([
    `warning guest backups: ${name}: the last backup is too old (the oldest 31 h)`,
  ]);
  expect(said(cluster({ runs: [], archives: rest }))).toEqual([
    `warning guest backups: ${name}: in a backup job, and no backup is there`,
  ]);
  expect(said(cluster({ runs: [], archives: [{ ...first, bad: true }, ...rest] }))).toEqual([
    `warning guest backups: ${name}: the verification of the last backup failed`,
  ]);
});

test("a run that failed, is too old or never was is named with its node", () => {
  const nodes = [...new Set(guests().map(({ node }) => node))];
  expect(said(cluster({ runs: runs(2, "job errors") }))).toHaveLength(nodes.length);
  expect(said(cluster({ runs: runs(2, "job errors") }))[0]).toMatch(
    /^warning guest backups: on \w+: the last run failed 2 h ago: job errors$/,
  );
  expect(said(cluster({ runs: runs(40) }))[0]).toMatch(/the last run is 40 h old, too long ago$/);
  expect(said(cluster({ runs: [] }))[0]).toMatch(/no run is known, though a job is due$/);
  expect(said(cluster({ runs: runs(2, "WARNINGS: 1") }))[0]).toMatch(/^ok/);
});

test("a newer run counts, and one that goes on does not", () => {
  const going = runs(0).map(({ node, startSec }) => ({ node, startSec }));
  expect(said(cluster({ runs: [...going, ...runs(3), ...runs(20, "job errors")] }))).toEqual([
    "ok guest backups: the last run ended well 3 h ago",
  ]);
});

test("what the token may not see is said, and what was not read is not judged", () => {
  const hidden = cluster({
    runs: runs(3),
    archivesHidden: "the API token lacks VM.Backup on /vms",
  });
  expect(said(hidden)).toEqual([
    "ok guest backups: the last run ended well 3 h ago; not of each guest: the API token lacks VM.Backup on /vms",
  ]);
  expect(said(cluster({}))).toEqual([]);
});

test("a job that is switched off, and a schedule over years, set no limit", () => {
  const off = cluster({ runs: [] });
  for (const job of off.backup.jobs) job.enabled = false;
  expect(said(off)).toEqual([]);
  const rare = cluster({ runs: [], archives: archives(5000) });
  for (const job of rare.backup.jobs) job.schedule = "2027-01-01";
  expect(said(rare)[0]).toMatch(/^ok/);
});
