import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { pendingStorages } from "../../../config/phase-input";
import { clusterToday } from "../../../model/phases/today";
import { type Outcome, simulate } from "../../../model/resilience/resilience";
import { cephGuests, matrix, oracleGuests } from "../../support/clusters/matrix";
import { stackData, stackOf } from "../../support/clusters/stacks";

const HOUR = 3600;
const allCephGuests = Object.values(cephGuests).flat();

/** One line of the owner's failure table. */
interface Row {
  failure: string;
  /** "After ZFS" unless it says today. */
  today?: true;
  /** Every set of nodes that the line speaks of. */
  failed: string[][];
  /** The guests that it speaks of, given the failed nodes. */
  guests: (failed: string[]) => string[];
  behaviour: Outcome["status"];
  toNode?: string;
  /** As the owner wrote it. */
  rto: "30-60 s" | "~2 min" | "0" | "hours" | "no recovery";
  rpoSec: number;
}

const rows: Row[] = [
  {
    failure: "any one Ceph node",
    failed: [["trinity"], ["neo"], ["smith"]],
    guests: ([node = ""]) => cephGuests[node] ?? [],
    behaviour: "restarts",
    rto: "30-60 s",
    rpoSec: 0,
  },
  {
    failure: "two Ceph nodes",
    failed: [
      ["trinity", "neo"],
      ["trinity", "smith"],
      ["neo", "smith"],
    ],
    guests: () => allCephGuests,
    behaviour: "frozen",
    rto: "no recovery",
    rpoSec: 0,
  },
  {
    failure: "three Ceph nodes",
    failed: [["disks:trinity", "disks:neo", "disks:smith"]],
    guests: () => allCephGuests,
    behaviour: "restore",
    rto: "hours",
    rpoSec: 24 * HOUR,
  },
  {
    failure: "oracle (after ZFS)",
    failed: [["oracle"]],
    guests: () => oracleGuests,
    behaviour: "restarts",
    toNode: "trinity",
    rto: "~2 min",
    rpoSec: 60,
  },
  {
    failure: "trinity",
    failed: [["trinity"]],
    guests: () => oracleGuests,
    behaviour: "unaffected",
    rto: "0",
    rpoSec: 0,
  },
  {
    failure: "niobe",
    failed: [["niobe"]],
    guests: () => ["monitoring-stack"],
    behaviour: "restarts",
    toNode: "trinity",
    rto: "~2 min",
    rpoSec: 60,
  },
  {
    failure: "oracle + trinity, or niobe + trinity",
    failed: [
      ["disks:oracle", "disks:trinity"],
      ["disks:niobe", "disks:trinity"],
    ],
    guests: ([first]) => (first === "disks:oracle" ? oracleGuests : ["monitoring-stack"]),
    behaviour: "restore",
    rto: "hours",
    rpoSec: 24 * HOUR,
  },
  {
    failure: "oracle or niobe today (no ZFS)",
    today: true,
    failed: [["disks:oracle"], ["disks:niobe"]],
    guests: ([node]) => (node === "disks:oracle" ? oracleGuests : ["monitoring-stack"]),
    behaviour: "restore",
    rto: "hours",
    rpoSec: 24 * HOUR,
  },
];

function expectRto(rto: Row["rto"], actual: Outcome["rtoSec"]) {
  switch (rto) {
    // The owner's 30 to 60 s is not possible: the manager waits 60 s before it fences, and then for
    // the lock of the node (120 s). The row's behaviour and RPO stand.
    case "30-60 s":
    case "~2 min":
      return expect(actual).toEqual([115, 225]);
    case "0":
      return expect(actual).toEqual([0, 0]);
    case "hours":
      return expect(actual).toEqual([HOUR, 8 * HOUR]);
    case "no recovery":
      return expect(actual).toBeNull();
  }
}

test.each(rows)("$failure: $behaviour, RTO $rto", (row) => {
  const cluster = matrix(row.today !== true);
  for (const failed of row.failed) {
    const report = simulate(cluster, failed);
    const guests = row.guests(failed);
    expect(guests.length).toBeGreaterThan(0);
    for (const name of guests) {
      const outcome = report.guests[name];
      expect(outcome, name).toMatchObject({ status: row.behaviour, rpoSec: row.rpoSec });
      expectRto(row.rto, outcome?.rtoSec ?? null);
      if (row.toNode) expect(outcome?.toNode).toBe(row.toNode);
    }
  }
});

const stated = clusterModel(stackOf(stackData("matrix")));
const pending = pendingStorages(stackOf(stackData("matrix")));

test.each(rows)("the stack file of matrix: $failure: $behaviour, RTO $rto", (row) => {
  const cluster = row.today ? clusterToday(stated, pending) : stated;
  const onCeph = cluster.guests.filter(
    ({ storage, immovable }) => storage === "ceph-vm-disks" && immovable === undefined,
  );
  for (const failed of row.failed) {
    const report = simulate(cluster, failed);
    // The file gives each guest on Ceph a home of its own; smith is nobody's.
    const guests =
      row.failure === "any one Ceph node"
        ? onCeph.filter(({ node }) => node === failed[0]).map(({ name }) => name)
        : row.guests(failed);
    if (failed.join() !== "smith") expect(guests.length).toBeGreaterThan(0);
    for (const name of guests) {
      const outcome = report.guests[name];
      if (failed.includes("disks:smith")) {
        // The table forgets that the backups are on smith, one of the three.
        expect(outcome).toMatchObject({ status: "restore", rtoSec: null });
        expect(outcome?.reason).toContain("the backups were on smith too");
        continue;
      }
      expect(outcome, name).toMatchObject({ status: row.behaviour, rpoSec: row.rpoSec });
      expectRto(row.rto, outcome?.rtoSec ?? null);
      if (row.toNode) expect(outcome?.toNode).toBe(row.toNode);
    }
  }
});

test("today the Ceph rows of the stack file are the same", () => {
  for (const row of rows.slice(0, 3)) {
    for (const failed of row.failed) {
      const [now, then] = [
        simulate(clusterToday(stated, pending), failed),
        simulate(stated, failed),
      ];
      for (const name of allCephGuests) expect(now.guests[name]).toEqual(then.guests[name]);
    }
  }
});

test("the guests of one lost Ceph node restart on the most preferred node that is left", () => {
  const places = (node: string) =>
    cephGuests[node]?.map((guest) => simulate(matrix(true), [node]).guests[guest]?.toNode);
  expect(places("trinity")).toEqual(["neo", "neo", "neo", "neo"]);
  expect(places("neo")).toEqual(["trinity", "trinity", "trinity", "trinity"]);
  expect(places("smith")).toEqual(["trinity", "trinity"]);
});

test("before ZFS the Ceph rows are the same", () => {
  for (const row of rows.slice(0, 3)) {
    for (const failed of row.failed) {
      const report = simulate(matrix(false), failed);
      for (const name of row.guests(failed)) {
        expect(report.guests[name]?.status).toBe(row.behaviour);
      }
    }
  }
});

test("immovable guests are never moved, and come back from a backup when their local disk is gone", () => {
  const { guests } = simulate(matrix(true), ["disks:neo"]);
  expect(guests["gpu-workstation"]).toMatchObject({ status: "restore", rpoSec: 24 * HOUR });
  expect(guests["game-server"]).toMatchObject({ status: "restore", rpoSec: 24 * HOUR });
  expect(guests["iot-management"]?.status).toBe("unaffected");
});

test("two lost Ceph nodes leave tier 1 alone, three take the cluster's quorum and tier 1 with it", () => {
  const two = simulate(matrix(true), ["neo", "smith"]);
  expect(two).toMatchObject({ corosyncQuorum: true, cephQuorum: false });
  expect(oracleGuests.map((name) => two.guests[name]?.status)).toEqual(
    oracleGuests.map(() => "unaffected"),
  );
  const three = simulate(matrix(true), ["trinity", "neo", "smith"]);
  expect(three).toMatchObject({ corosyncQuorum: false, cephQuorum: false });
  expect(three.guests["vyos-router"]?.status).toBe("stopped");
  // Today nothing on oracle is under HA, so its watchdog is not armed.
  const today = simulate(matrix(false), ["trinity", "neo", "smith"]);
  expect(today.guests["vyos-router"]?.status).toBe("unaffected");
});

test("with smith's OSDs still pending, trinity and neo together carry every copy", () => {
  const cluster = matrix(true);
  const ceph = cluster.storages["ceph-vm-disks"];
  if (ceph?.kind !== "ceph") throw new Error("ceph-vm-disks is not Ceph");
  cluster.storages["ceph-vm-disks"] = {
    ...ceph,
    osdNodes: ["trinity", "neo"],
    copies: 2,
    minCopies: 1,
  };
  const status = (...failed: string[]) => simulate(cluster, failed).guests.dokku?.status;
  expect(status("trinity")).toBe("unaffected");
  expect(status("trinity", "smith")).toBe("frozen");
  expect(status("trinity", "neo")).toBe("frozen");
  expect(status("disks:trinity", "disks:neo")).toBe("restore");
});

test("the reasons are sentences for the owner", () => {
  const reason = (guest: string, ...failed: string[]) =>
    simulate(matrix(true), failed).guests[guest]?.reason;
  expect([
    reason("vyos-router", "oracle"),
    reason("vyos-router", "trinity"),
    reason("vyos-router", "oracle", "trinity"),
    reason("vyos-router", "disks:oracle", "disks:trinity"),
    reason("vyos-router", "trinity", "neo", "smith"),
    reason("dokku", "smith"),
    reason("dokku", "trinity", "neo"),
    reason("dokku", "trinity", "neo", "smith"),
    reason("dokku", "disks:trinity", "disks:neo", "disks:smith"),
    reason("gpu-workstation", "neo"),
    reason("gpu-workstation", "disks:neo"),
    reason("gpu-workstation", "oracle"),
  ]).toMatchInlineSnapshot(`
    [
      "HA fences oracle, then starts it on trinity from its replica, at most 60 s old",
      "its node is not hit; until trinity returns it has no replica there, and the loss of oracle would mean restore from backup",
      "it may run on oracle and trinity only, and none of them is left: it waits for oracle",
      "every copy of its disk was on oracle and trinity: restore from the last backup, at most 24 h old",
      "the cluster has 2 of 5 votes and needs 3: oracle carries HA guests and resets itself after 60 s, and nothing starts there without quorum",
      "HA fences smith, then starts it on trinity from the shared disk",
      "Ceph has 1 of 3 monitors and needs 2: every disk there hangs until one returns",
      "smith is off, and Ceph has 0 of 3 monitors and needs 2: every disk there hangs until one returns",
      "Ceph keeps 3 copies and lost 3 of 3 nodes with OSDs, so some data has no copy left: restore from the last backup, at most 24 h old; the cluster must have quorum again first",
      "it never moves (GPU of neo): off until neo returns",
      "its only disk was on neo: restore from the last backup, at most 24 h old",
      "neither its node nor its disk is hit",
    ]
  `);
});
