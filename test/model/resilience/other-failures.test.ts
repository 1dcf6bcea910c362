import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { parseStack } from "../../../config/parse";
import { type ClusterModel, simulate } from "../../../model/resilience/resilience";
import { cluster, guest, layer, service } from "../../support/clusters/clusters";
import { put, stackData, stackOf } from "../../support/clusters/stacks";

const fate = (model: ClusterModel, name: string, ...failed: string[]) => {
  const { status, toNode, rtoSec, rpoSec } = simulate(model, failed).guests[name] ?? {};
  return { status, toNode, rtoSec, rpoSec };
};

test("a dead guest is started again on its node by HA, a hung one by nobody", () => {
  const model = cluster({ guests: [guest("ha", "n1"), guest("plain", "n1", { ha: undefined })] });
  expect(fate(model, "ha", "ha")).toEqual({
    status: "restarts",
    toNode: "n1",
    rtoSec: [5, 25],
    rpoSec: 0,
  });
  expect(fate(model, "ha", "hung:ha").status).toBe("stopped");
  expect(fate(model, "plain", "plain").status).toBe("stopped");
  expect(fate(model, "plain", "ha").status).toBe("unaffected");
});

test("a pool that dies in a living node is no reason for HA: a person starts the replica", () => {
  const replica = { nodes: ["n2"], everySec: 60 };
  const model = cluster({
    guests: [
      guest("replicated", "n1", { storage: "zfs", replica }),
      guest("alone", "n1", { storage: "zfs" }),
      guest("other", "n1"),
      guest("elsewhere", "n2", { storage: "zfs" }),
    ],
  });
  const of = (name: string) => fate(model, name, "zfs@n1");
  expect(of("replicated")).toMatchObject({ status: "stopped", rtoSec: null, rpoSec: 60 });
  expect(of("alone")).toMatchObject({ status: "restore", rpoSec: 86_400 });
  expect([of("other").status, of("elsewhere").status]).toEqual(["unaffected", "unaffected"]);
});

test("what needs something outside is down with it, at any distance", () => {
  const outside = (name: string, ...needs: string[]) => ({ name, layers: [], needs });
  const model = cluster({
    services: [
      outside("internet"),
      outside("cloudflare", "internet"),
      { ...service("tunnel", layer("any", ["n1", "n2"])), needs: ["cloudflare"] },
      service("local", layer("any", ["n1", "n2"])),
    ],
    outside: ["internet", "cloudflare"],
  });
  const down = (...failed: string[]) =>
    Object.entries(simulate(model, failed).services)
      .filter(([, { status }]) => status === "stopped")
      .map(([name]) => name);
  expect(down("internet")).toEqual(["internet", "cloudflare", "tunnel"]);
  expect(down("cloudflare")).toEqual(["cloudflare", "tunnel"]);
  expect(down("n3")).toEqual([]);
});

test("the quorum device alone is no loss, and with one of two nodes it takes quorum", () => {
  const two = cluster({
    nodes: ["a", "b"],
    storages: { shared: { kind: "shared", nodes: ["a", "b"] } },
    guests: [guest("web", "a")],
    quorumDevice: true,
  });
  expect(simulate(two, ["qdevice"]).corosyncQuorum).toBe(true);
  expect(simulate(two, ["qdevice", "b"]).corosyncQuorum).toBe(false);
  expect(() => simulate({ ...two, quorumDevice: false }, ["qdevice"])).toThrow("cannot fail");
});

test("no restore is promised from backups that are gone, on the lost node, unknown, or its own", () => {
  const alone = guest("alone", "n1", { storage: "local", ha: undefined });
  const store = guest("store", "n5", { storage: "local", ha: undefined });
  const model = (backup: Partial<ClusterModel["backup"]>) =>
    cluster({ guests: [alone, store], backup: { everySec: 86_400, nodes: [], ...backup } });
  const promised = { status: "restore", rtoSec: [3600, 28_800], rpoSec: 86_400 };
  const nothing = { status: "restore", rtoSec: null, rpoSec: Number.POSITIVE_INFINITY };
  expect(fate(model({}), "alone", "disks:n1")).toMatchObject(promised);
  expect(fate(model({}), "alone", "disks:n1", "backups")).toMatchObject(nothing);
  expect(fate(model({ stated: false }), "alone", "disks:n1")).toMatchObject(nothing);
  const onFive = model({ nodes: ["n5"], guest: "store" });
  expect(fate(onFive, "alone", "disks:n1")).toMatchObject(promised);
  expect(fate(onFive, "store", "disks:n5")).toMatchObject(nothing);
  expect(fate(onFive, "alone", "disks:n1", "disks:n5")).toMatchObject(nothing);
  // A directory of every node: each has the backups of its own guests.
  const each = model({ nodes: ["n1", "n2", "n5"], ownNode: true });
  expect(fate(each, "alone", "disks:n1")).toMatchObject(nothing);
  expect(fate(each, "store", "disks:n1")).toMatchObject({ status: "unaffected" });
  // The node with the backups comes back, and they with it.
  expect(fate(onFive, "alone", "disks:n1", "n5")).toMatchObject({ rtoSec: null, rpoSec: 86_400 });
});

test("without quorum a restore has to wait until the cluster has it again", () => {
  const reason = simulate(clusterModel(stackOf(stackData("matrix"))), [
    "disks:trinity",
    "disks:neo",
    "disks:oracle",
  ]).guests.keycloak?.reason;
  expect(reason).toContain("the cluster must have quorum again first");
});

const messages = (name: "homelab" | "matrix", ...changes: [(string | number)[], unknown][]) => {
  const data = stackData(name);
  for (const [path, value] of changes) put(data, path, value);
  const parsed = parseStack(data);
  return ("problems" in parsed ? parsed.problems : parsed.warnings).map(({ message }) => message);
};

test("backups must be somewhere that can hold them, and not beside what they protect", () => {
  const about = (text: string, found: string[]) => found.filter((one) => one.includes(text));
  expect(about("backup", messages("homelab"))).toEqual([]);
  const pool: [(string | number)[], unknown] = [["cluster", "backup", "storage"], "local-zfs"];
  expect(
    about("a ZFS pool, which holds disks and no backups", messages("homelab", pool)),
  ).toHaveLength(1);
  const beside: [(string | number)[], unknown] = [["cluster", "backup", "on"], "proxmox3"];
  expect(about("the backups are on proxmox3", messages("homelab", beside))).toHaveLength(1);
  const wrong: [(string | number)[], unknown] = [["cluster", "backup", "on"], "proxmx3"];
  expect(about('there is no guest or node "proxmx3"', messages("homelab", wrong))).toHaveLength(1);
});

test("a backup storage of which nobody knows where it is, or that is on the nodes, is a warning", () => {
  const on: [(string | number)[], unknown] = [["cluster", "backup", "on"], undefined];
  const declared = (storage: object): [(string | number)[], unknown] => [
    ["cluster", "storages", "backup"],
    storage,
  ];
  const about = (...changes: [(string | number)[], unknown][]) =>
    messages("homelab", on, ...changes).filter((one) => one.startsWith('"backup"'));
  const nodes = ["proxmox", "proxmox2"];
  expect(about()).toMatchInlineSnapshot(`
    [
      ""backup" is not in homelab:cluster.storages, so nobody knows on which node the backups are, and no restore is promised; declare the storage there, or state cluster.backup.on: a node, a guest, or outside",
    ]
  `);
  expect(about(declared({ kind: "local", nodes }))).toMatchInlineSnapshot(`
    [
      ""backup" is local, so the backups are on the node of each guest, and lost with its disks; keep them on a storage outside the nodes they protect, or state cluster.backup.on",
    ]
  `);
  expect(about(declared({ kind: "shared", nodes }))).toEqual([]);
  expect(messages("homelab").filter((one) => one.startsWith('"backup"'))).toEqual([]);
});

test("needs that are nothing, and needs in a circle, are refused", () => {
  expect(messages("matrix", [["guests", "gitlab", "needs"], ["vios-router"]])).toContain(
    'there is no service or outside thing "vios-router"; did you mean "vyos-router"?',
  );
  expect(messages("matrix", [["guests", "vyos-router", "needs"], ["internet"]])).toContain(
    '"vyos-router" needs "internet", which needs "vyos-router"; take one out',
  );
});

test("a pair of databases is no failover unless it says that one takes over", () => {
  const pair = (replicated?: boolean): [(string | number)[], unknown][] => [
    [["guests", "influxdb", "serves"], "store"],
    [["guests", "postgresql", "serves"], "store"],
    ...(replicated === undefined
      ? []
      : [
          [["guests", "influxdb", "replicated"], replicated] as [(string | number)[], unknown],
          [["guests", "postgresql", "replicated"], replicated] as [(string | number)[], unknown],
        ]),
  ];
  const said = (replicated?: boolean) =>
    messages("homelab", ...pair(replicated)).filter((one) => one.includes("no failover"));
  const model = (replicated?: boolean) => {
    const data = stackData("homelab");
    for (const [path, value] of pair(replicated)) put(data, path, value);
    return clusterModel(stackOf(data));
  };
  const status = (replicated?: boolean) => {
    const stack = model(replicated);
    const node = stack.guests.find(({ name }) => name === "postgresql")?.node ?? "";
    return simulate(stack, [node]).services.store?.status;
  };
  expect([said().length, said(true).length, said(false).length]).toEqual([1, 0, 0]);
  expect([status(), status(true), status(false)]).toEqual(["restarts", "failover", "restarts"]);
  // Other pairs are what they were: nobody has to say anything of DNS.
  expect(messages("homelab").filter((one) => one.includes("no failover"))).toEqual([]);
  expect(simulate(model(), ["proxmox3"]).services.dns?.status).toBe("failover");
});

test("after a crash the recovery of a database comes on top", () => {
  const model = clusterModel(stackOf(stackData("homelab")));
  const reasons = simulate(model, ["proxmox3"]).guests;
  expect(reasons.postgresql?.reason).toContain("crash recovery of its database comes on top");
  expect(reasons.zigbee2mqtt?.reason).not.toContain("crash recovery");
});

test("without quorum it is said also where the backups are lost", () => {
  const nodes = ["disks:trinity", "disks:neo", "disks:oracle", "backups"];
  const model = clusterModel(stackOf(stackData("matrix")));
  const { status, rtoSec, reason } = simulate(model, nodes).guests.keycloak ?? {};
  expect([status, rtoSec]).toEqual(["restore", null]);
  expect(reason).toMatch(/the backups are gone as well; the cluster must have quorum again first$/);
});
