import { expect, test } from "vitest";
import {
  allFailures,
  type ClusterModel,
  cephCopies,
  simulate,
} from "../../../model/resilience/resilience";
import { cluster, guest, nodes, places } from "../../support/clusters/clusters";

test("HA takes the most preferred node that is left, then the one with the fewest guests", () => {
  const preferring = { nodes: { n1: 5, n2: 4, n3: 4, n4: 1 }, strict: true };
  const model = cluster({
    guests: [
      guest("a", "n1", { ha: preferring }),
      guest("b", "n1", { ha: preferring }),
      guest("busy", "n2"),
    ],
  });
  expect(places(model, "n1")).toEqual({
    a: "restarts n3",
    b: "restarts n2",
    busy: "unaffected",
  });
  expect(places(model, "n1", "n3")).toMatchObject({ a: "restarts n2", b: "restarts n2" });
});

test("a strict group waits when its nodes are gone, another one takes any node", () => {
  const grouped = (strict: boolean) =>
    places(
      cluster({ guests: [guest("a", "n1", { ha: { nodes: { n1: 2, n2: 1 }, strict } })] }),
      "n1",
      "n2",
    );
  expect(grouped(true)).toEqual({ a: "waits" });
  expect(grouped(false)).toEqual({ a: "restarts n3" });
});

test("a guest that is kept apart waits when only the other's node is left for it", () => {
  const pair = { nodes: { n1: 1, n2: 1 }, strict: true };
  const guests = [guest("a", "n1", { ha: pair }), guest("b", "n2", { ha: pair })];
  expect(places(cluster({ guests, keepApart: [["a", "b"]] }), "n1")).toEqual({
    a: "waits",
    b: "unaffected",
  });
  expect(places(cluster({ guests }), "n1")).toMatchObject({ a: "restarts n2" });
  const { guests: outcomes } = simulate(cluster({ guests, keepApart: [["a", "b"]] }), ["n1"]);
  expect(outcomes.a?.reason).toMatchInlineSnapshot(
    `"only n2 is left for it, and it is kept apart from b: it waits for n1"`,
  );
});

test("guests that are kept apart restart on different nodes, those kept together on one", () => {
  const guests = [guest("a", "n1"), guest("b", "n2"), guest("busy", "n3")];
  expect(places(cluster({ guests, keepApart: [["a", "b"]] }), "n1", "n2")).toMatchObject({
    a: "restarts n4",
    b: "restarts n5",
  });
  const neighbours = [guest("a", "n1"), guest("b", "n1")];
  expect(places(cluster({ guests: neighbours }), "n1")).toEqual({
    a: "restarts n2",
    b: "restarts n3",
  });
  expect(places(cluster({ guests: neighbours, keepTogether: [["a", "b"]] }), "n1")).toEqual({
    a: "restarts n2",
    b: "restarts n2",
  });
});

test("a disk decides what a lost node means", () => {
  const replica = { nodes: ["n2"], everySec: 900 };
  const model = cluster({
    guests: [
      guest("shared-ha", "n1"),
      guest("shared-only", "n1", { ha: undefined }),
      guest("shared-device", "n1", { ha: undefined, immovable: "usb stick" }),
      guest("zfs-ha", "n1", { storage: "zfs", replica }),
      guest("zfs-no-ha", "n1", { storage: "zfs", replica, ha: undefined }),
      guest("zfs-elsewhere", "n1", {
        storage: "zfs",
        replica,
        ha: { nodes: { n1: 1, n3: 1 }, strict: true },
      }),
      guest("zfs-alone", "n1", { storage: "zfs" }),
      guest("local-ha", "n1", { storage: "local" }),
      guest("local-no-backup", "n1", { storage: "local", ha: undefined, backup: false }),
    ],
  });
  const { guests } = simulate(model, ["n1"]);
  const table = Object.entries(guests).map(([name, { status, toNode, rtoSec, rpoSec, reason }]) =>
    [name, status, toNode ?? "-", rtoSec?.join("-") ?? "never", rpoSec, reason].join(" | "),
  );
  expect(table).toMatchInlineSnapshot(`
    [
      "shared-ha | restarts | n3 | 115-225 | 0 | HA fences n1, then starts it on n3 from the shared disk",
      "shared-only | stopped | - | never | 0 | it is not under HA: nothing starts it until n1 returns",
      "shared-device | stopped | - | never | 0 | it never moves (usb stick): off until n1 returns",
      "zfs-ha | error | - | never | 0 | HA puts it on n5, where its disk is not, so it does not start: HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started",
      "zfs-no-ha | stopped | - | never | 0 | it is not under HA: nothing starts it until n1 returns; its replica on n2, at most 15 min old, can be started by hand",
      "zfs-elsewhere | error | - | never | 0 | HA puts it on n3, where its disk is not, so it does not start: HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started",
      "zfs-alone | error | - | never | 0 | HA puts it on n4, where its disk is not, so it does not start: HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started",
      "local-ha | error | - | never | 0 | HA puts it on n2, where its disk is not, so it does not start: HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started",
      "local-no-backup | stopped | - | never | 0 | its only disk is on n1, unharmed: off until n1 returns",
    ]
  `);
});

test("the reason says when the backups are on a lost node themselves", () => {
  const model = cluster({
    guests: [guest("a", "n1", { storage: "local" })],
    backup: { everySec: 3600, nodes: ["n1"] },
  });
  expect(simulate(model, ["n1"]).guests.a?.reason).toMatchInlineSnapshot(
    `"HA puts it on n2, where its disk is not, so it does not start: HA gives up (state "error") and does nothing until a person sets it to disabled, mends the cause and sets it to started"`,
  );
});

test("without quorum nodes with HA guests reset themselves, others go on", () => {
  const model = cluster({
    guests: [
      guest("lost", "n1"),
      guest("armed", "n4"),
      guest("neighbour", "n4", { ha: undefined }),
      guest("free", "n5", { ha: undefined }),
    ],
  });
  expect(simulate(model, ["n1", "n2"]).corosyncQuorum).toBe(true);
  const report = simulate(model, ["n1", "n2", "n3"]);
  expect(report.corosyncQuorum).toBe(false);
  expect(places(model, "n1", "n2", "n3")).toEqual({
    lost: "waits",
    armed: "stopped",
    neighbour: "stopped",
    free: "unaffected",
  });
  expect(report.guests.lost?.reason).toMatchInlineSnapshot(
    `"the cluster has 2 of 5 votes and needs 3: HA starts nothing until a node returns"`,
  );
});

test("half of the votes is no quorum", () => {
  const quorum = (names: string[], ...failed: string[]) =>
    simulate(cluster({ nodes: names, storages: {}, guests: [] }), failed).corosyncQuorum;
  expect(quorum(["a", "b"], "a")).toBe(false);
  expect(quorum(["a", "b", "c", "d"], "a")).toBe(true);
  expect(quorum(["a", "b", "c", "d"], "a", "b")).toBe(false);
});

test("of two nodes either may die while a QDevice votes", () => {
  const two = cluster({
    nodes: ["a", "b"],
    storages: { shared: { kind: "shared", nodes: ["a", "b"] } },
    guests: [guest("web", "a")],
  });
  const lost = simulate(two, ["a"]);
  expect([lost.corosyncQuorum, lost.guests.web?.status]).toEqual([false, "waits"]);
  expect(lost.guests.web?.reason).toMatchInlineSnapshot(
    `"the cluster has 1 of 2 votes and needs 2: HA starts nothing until a node returns"`,
  );
  const voted = { ...two, quorumDevice: true };
  const saved = simulate(voted, ["a"]);
  expect([saved.corosyncQuorum, saved.guests.web?.status]).toEqual([true, "restarts"]);
  expect(simulate(voted, ["a", "b"]).corosyncQuorum).toBe(false);
});

test("Ceph defaults to the copies that its hosts can carry", () => {
  expect([1, 2, 3, 5].map((hosts) => cephCopies(hosts))).toEqual([
    { copies: 1, minCopies: 1 },
    { copies: 2, minCopies: 1 },
    { copies: 3, minCopies: 2 },
    { copies: 3, minCopies: 2 },
  ]);
});

test("Ceph stops for want of monitors or of OSD nodes, and loses data with as many nodes as copies", () => {
  const ceph = { kind: "ceph", nodes, copies: 3, minCopies: 2 } as const;
  const model = (monitors: string[], osdNodes: string[]) =>
    cluster({
      storages: { ceph: { ...ceph, monitors, osdNodes } },
      guests: [guest("a", "n5", { storage: "ceph", ha: undefined })],
    });
  const status = (of: ClusterModel, ...failed: string[]) => simulate(of, failed).guests.a?.status;
  expect(status(model(["n1", "n2", "n3"], ["n3", "n4", "n5"]), "n1")).toBe("unaffected");
  expect(status(model(["n1", "n2", "n3"], ["n3", "n4", "n5"]), "n1", "n2")).toBe("frozen");
  expect(status(model(["n5"], ["n1", "n2", "n3"]), "n1")).toBe("unaffected");
  expect(status(model(["n5"], ["n1", "n2", "n3"]), "n1", "n2")).toBe("frozen");
  expect(status(model(["n5"], ["n1", "n2", "n3", "n4"]), "n1", "n2", "n3")).toBe("frozen");
  const gone = ["disks:n1", "disks:n2", "disks:n3"];
  expect(status(model(["n5"], ["n1", "n2", "n3", "n4"]), ...gone)).toBe("restore");
  expect(simulate(model(["n5"], nodes), ["n5"]).cephQuorum).toBe(false);
  expect(simulate(cluster(), ["n5"]).cephQuorum).toBeNull();
});

test("rejects a node that is not in the cluster", () => {
  expect(() => simulate(cluster(), ["n9"])).toThrowErrorMatchingInlineSnapshot(
    `[Error: "n9" cannot fail, the cluster has n1, n2, n3, n4, n5, disks:n1, disks:n2, disks:n3, disks:n4 and 9 more; name one of them]`,
  );
});

test("rejects a guest on a node or storage that is not in the model", () => {
  expect(() =>
    simulate(cluster({ guests: [guest("a", "n1", { storage: "nfs" })] }), []),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: guest "a" names node "n1" and storage "nfs"; both must be in the model]`,
  );
});

test("every single and every double loss, each once", () => {
  expect(allFailures(cluster(), 1).map(({ failed }) => failed.join())).toEqual(nodes);
  const pairs = allFailures(cluster(), 2).map(({ failed }) => failed.join("+"));
  expect(pairs).toHaveLength(10);
  expect(new Set(pairs).size).toBe(10);
});
