import { expect, test } from "vitest";
import {
  allFailures,
  type ClusterModel,
  cephCopies,
  type GuestModel,
  type Outcome,
  type ServiceLayer,
  type ServiceModel,
  simulate,
} from "../../model/resilience";

const nodes = ["n1", "n2", "n3", "n4", "n5"];

const cluster = (fields: Partial<ClusterModel> = {}): ClusterModel => ({
  nodes,
  storages: {
    shared: { kind: "shared", nodes },
    zfs: { kind: "zfs", nodes },
    local: { kind: "local", nodes },
  },
  guests: [],
  keepApart: [],
  keepTogether: [],
  backup: { everySec: 86_400, nodes: [] },
  services: [],
  ...fields,
});
const anywhere = { nodes: {}, strict: false };
const guest = (name: string, node: string, fields: Partial<GuestModel> = {}): GuestModel => ({
  name,
  node,
  storage: "shared",
  ha: anywhere,
  backup: true,
  ...fields,
});
const on = (...failed: string[]) => ({
  /** Status and new node of every guest. */
  places: (model: ClusterModel) =>
    Object.fromEntries(
      Object.entries(simulate(model, failed).guests).map(([name, { status, toNode }]) => [
        name,
        toNode ? `${status} ${toNode}` : status,
      ]),
    ),
});

test("HA takes the most preferred node that is left, then the one with the fewest guests", () => {
  const preferring = { nodes: { n1: 5, n2: 4, n3: 4, n4: 1 }, strict: true };
  const model = cluster({
    guests: [
      guest("a", "n1", { ha: preferring }),
      guest("b", "n1", { ha: preferring }),
      guest("busy", "n2"),
    ],
  });
  expect(on("n1").places(model)).toEqual({
    a: "restarts n3",
    b: "restarts n2",
    busy: "unaffected",
  });
  expect(on("n1", "n3").places(model)).toMatchObject({ a: "restarts n2", b: "restarts n2" });
});

test("a strict group waits when its nodes are gone, another one takes any node", () => {
  const places = (strict: boolean) =>
    on("n1", "n2").places(
      cluster({ guests: [guest("a", "n1", { ha: { nodes: { n1: 2, n2: 1 }, strict } })] }),
    );
  expect(places(true)).toEqual({ a: "waits" });
  expect(places(false)).toEqual({ a: "restarts n3" });
});

test("a guest that is kept apart waits when only the other's node is left for it", () => {
  const pair = { nodes: { n1: 1, n2: 1 }, strict: true };
  const guests = [guest("a", "n1", { ha: pair }), guest("b", "n2", { ha: pair })];
  expect(on("n1").places(cluster({ guests, keepApart: [["a", "b"]] }))).toEqual({
    a: "waits",
    b: "unaffected",
  });
  expect(on("n1").places(cluster({ guests }))).toMatchObject({ a: "restarts n2" });
  const { guests: outcomes } = simulate(cluster({ guests, keepApart: [["a", "b"]] }), ["n1"]);
  expect(outcomes.a?.reason).toMatchInlineSnapshot(
    `"only n2 is left for it, and it is kept apart from b: it waits for n1"`,
  );
});

test("guests that are kept apart restart on different nodes, those kept together on one", () => {
  const guests = [guest("a", "n1"), guest("b", "n2"), guest("busy", "n3")];
  expect(on("n1", "n2").places(cluster({ guests, keepApart: [["a", "b"]] }))).toMatchObject({
    a: "restarts n4",
    b: "restarts n5",
  });
  const neighbours = [guest("a", "n1"), guest("b", "n1")];
  expect(on("n1").places(cluster({ guests: neighbours }))).toEqual({
    a: "restarts n2",
    b: "restarts n3",
  });
  expect(on("n1").places(cluster({ guests: neighbours, keepTogether: [["a", "b"]] }))).toEqual({
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
      "shared-ha | restarts | n2 | 120-301 | 0 | HA fences n1, then starts it on n2 from the shared disk",
      "shared-only | stopped | - | never | 0 | it is not under HA: nothing starts it until n1 returns",
      "shared-device | stopped | - | never | 0 | it never moves (usb stick): off until n1 returns",
      "zfs-ha | restarts | n2 | 120-301 | 900 | HA fences n1, then starts it on n2 from its replica, at most 15 min old",
      "zfs-no-ha | stopped | - | never | 0 | it is not under HA: nothing starts it until n1 returns",
      "zfs-elsewhere | waits | - | never | 0 | it may run on n1 and n3 only, and no node that is left for it has its disk: it waits for n1",
      "zfs-alone | restore | - | 3600-28800 | 86400 | its only disk was on n1: restore from the last backup, at most 24 h old",
      "local-ha | restore | - | 3600-28800 | 86400 | its only disk was on n1: restore from the last backup, at most 24 h old",
      "local-no-backup | restore | - | never | Infinity | its only disk was on n1, and no backup covers it: its data is gone unless the node returns",
    ]
  `);
});

test("the reason says when the backups are on a lost node themselves", () => {
  const model = cluster({
    guests: [guest("a", "n1", { storage: "local" })],
    backup: { everySec: 3600, nodes: ["n1"] },
  });
  expect(simulate(model, ["n1"]).guests.a?.reason).toMatchInlineSnapshot(
    `"its only disk was on n1: restore from the last backup, at most 1 h old; the backups are on n1 too, which must return first"`,
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
  expect(on("n1", "n2", "n3").places(model)).toEqual({
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
  expect(status(model(["n5"], ["n1", "n2", "n3", "n4"]), "n1", "n2", "n3")).toBe("restore");
  expect(simulate(model(["n5"], nodes), ["n5"]).cephQuorum).toBe(false);
  expect(simulate(cluster(), ["n5"]).cephQuorum).toBeNull();
});

const layer = (kind: ServiceLayer["kind"], places: string[], more: Partial<ServiceLayer> = {}) => ({
  what: kind === "pods" ? "worker" : "host",
  kind,
  members: places.map((node, index) => ({ name: `h${index + 1}`, node })),
  failoverSec: [2, 4] as [number, number],
  ...more,
});
const service = (name: string, ...layers: ServiceLayer[]): ServiceModel => ({
  name,
  layers,
  needs: [],
});
const outcomeOf = (
  services: ServiceModel[],
  name: string,
  failed: string[],
  more = {},
): Outcome => {
  const found = simulate(cluster({ services, ...more }), failed).services[name];
  if (!found) throw new Error(`no outcome of ${name}`);
  return found;
};

test("a virtual address moves when its holder dies, and is degraded when its last backup dies", () => {
  const pair = [service("pair", layer("address", ["n1", "n2"]))];
  expect(outcomeOf(pair, "pair", ["n1"])).toMatchInlineSnapshot(`
    {
      "nextLoss": [
        "n2",
      ],
      "reason": "h1 down: h2 on n2 takes the address within 4 s; the loss of n2 next takes it down",
      "rpoSec": 0,
      "rtoSec": [
        2,
        4,
      ],
      "status": "failover",
      "toNode": "n2",
    }
  `);
  expect(outcomeOf(pair, "pair", ["n2"])).toMatchInlineSnapshot(`
    {
      "nextLoss": [
        "n1",
      ],
      "reason": "h1 keeps the address; h2 down; the loss of n1 next takes it down",
      "rpoSec": 0,
      "rtoSec": [
        0,
        0,
      ],
      "status": "degraded",
    }
  `);
  expect(outcomeOf(pair, "pair", ["n3"])).toMatchObject({ status: "unaffected" });
  expect(outcomeOf(pair, "pair", ["n1", "n2"])).toMatchObject({ status: "stopped", rtoSec: null });
  const three = [service("three", layer("address", ["n1", "n2", "n3"]))];
  expect(outcomeOf(three, "three", ["n3"])).toMatchObject({ status: "unaffected", rtoSec: [0, 0] });
  expect(outcomeOf(three, "three", ["n3"]).nextLoss).toBeUndefined();
});

test("an address whose members all died is back with the first guest that HA restarts", () => {
  const members = [
    { name: "a", node: "n1", guest: "a" },
    { name: "b", node: "n2", guest: "b" },
  ];
  const guests = [guest("a", "n1", { storage: "local" }), guest("b", "n2")];
  const pair = [service("pair", { ...layer("address", []), members })];
  expect(outcomeOf(pair, "pair", ["n1", "n2"], { guests })).toMatchObject({
    status: "restarts",
    toNode: "n3",
    rtoSec: [120, 305],
  });
});

test("redundancy that HA restores elsewhere is not lost, unless both end on one node", () => {
  const members = [
    { name: "a", node: "n1", guest: "a" },
    { name: "b", node: "n2", guest: "b" },
  ];
  const pair = [service("pair", { ...layer("any", []), members })];
  const guests = [guest("a", "n1"), guest("b", "n2")];
  const lost = outcomeOf(pair, "pair", ["n1"], { guests });
  expect(lost).toMatchObject({ status: "failover", rtoSec: [2, 4] });
  expect(lost.nextLoss).toBeUndefined();
  const narrow = { nodes: { n1: 1, n2: 1 }, strict: true };
  const crowded = [guest("a", "n1", { ha: narrow }), guest("b", "n2", { ha: narrow })];
  expect(outcomeOf(pair, "pair", ["n1"], { guests: crowded }).nextLoss).toEqual(["n2"]);
});

test("an API without a majority of its servers is down although its address lives", () => {
  const api = [
    service("api", layer("address", ["n4", "n5"]), layer("majority", ["n1", "n2", "n3"])),
  ];
  expect(outcomeOf(api, "api", ["n1"])).toMatchObject({
    status: "failover",
    nextLoss: ["n2", "n3"],
  });
  expect(outcomeOf(api, "api", ["n1", "n2"])).toMatchObject({ status: "stopped", rtoSec: null });
  expect(outcomeOf(api, "api", ["n1", "n4"]).reason).toMatchInlineSnapshot(
    `"h1 down: h2 on n5 takes the address within 4 s; h1 down: 2 of 3 hosts left, noticed within 4 s; the loss of n2, n3 or n5 next takes it down"`,
  );
});

test("an even number of API servers tolerates no more than the odd number below", () => {
  const api = [service("api", layer("majority", ["n1", "n2", "n3", "n4"]))];
  expect(outcomeOf(api, "api", ["n1"]).status).toBe("failover");
  expect(outcomeOf(api, "api", ["n1", "n2"]).status).toBe("stopped");
});

test("pods go on elsewhere, or are replaced after minutes if the lost workers may have had all", () => {
  const workers = ["n1", "n1", "n2", "n3", "n4"];
  const ingress = (replicas: number) => [
    service("api", layer("majority", ["n1", "n2", "n3"])),
    service("web", layer("pods", workers, { replicas, api: "api" })),
  ];
  expect(outcomeOf(ingress(3), "web", ["n1"])).toMatchInlineSnapshot(`
    {
      "reason": "h1 and h2 down: at least 1 pod of 3 runs on another worker",
      "rpoSec": 0,
      "rtoSec": [
        2,
        4,
      ],
      "status": "failover",
    }
  `);
  expect(outcomeOf(ingress(2), "web", ["n1"])).toMatchInlineSnapshot(`
    {
      "reason": "h1 and h2 down: all 2 pods may have been there, and Kubernetes replaces them elsewhere only after about 5.7 min",
      "rpoSec": 0,
      "rtoSec": [
        340,
        360,
      ],
      "status": "restarts",
    }
  `);
  // Two of three API servers are gone as well: nobody replaces the pods.
  expect(outcomeOf(ingress(3), "web", ["n1", "n2"])).toMatchInlineSnapshot(`
    {
      "reason": "h1, h2 and h3 down: all 3 pods may have been there, and without its API Kubernetes replaces none: h1 and h2 down, until h1 is back: nothing starts it until n1 returns",
      "rpoSec": 0,
      "rtoSec": null,
      "status": "waits",
    }
  `);
});

test("a service shares the fate of what it needs", () => {
  const services = [
    { ...service("tunnel", layer("pods", ["n4", "n5"], { replicas: 2 })), needs: ["web"] },
    service("web", layer("address", ["n1", "n2"])),
  ];
  expect(outcomeOf(services, "tunnel", ["n1"])).toMatchInlineSnapshot(`
    {
      "nextLoss": [
        "n2",
      ],
      "reason": "needs web: h1 down: h2 on n2 takes the address within 4 s; the loss of n2 next takes it down",
      "rpoSec": 0,
      "rtoSec": [
        2,
        4,
      ],
      "status": "failover",
      "toNode": "n2",
    }
  `);
  expect(outcomeOf(services, "tunnel", ["n1", "n2"]).status).toBe("stopped");
});

test("what survives any one node is degraded once the cluster hangs on its last vote", () => {
  const guests = [guest("a", "n1"), guest("b", "n2"), guest("c", "n3")];
  const members = guests.slice(0, 2).map(({ name, node }) => ({ name, node, guest: name }));
  const pair = [service("pair", { ...layer("any", []), members })];
  const small = {
    nodes: ["n1", "n2", "n3"],
    guests,
    storages: { shared: { kind: "shared" as const, nodes } },
  };
  expect(outcomeOf(pair, "pair", ["n3"], small)).toMatchInlineSnapshot(`
    {
      "nextLoss": [
        "n1",
        "n2",
      ],
      "reason": "nothing that it stands on is hit; the loss of n1 or n2 next takes it down, as the cluster then has no quorum",
      "rpoSec": 0,
      "rtoSec": [
        0,
        0,
      ],
      "status": "degraded",
    }
  `);
});

test("a service that never had redundancy is not called degraded", () => {
  const members = [{ name: "a", node: "n1", guest: "a" }];
  const single = [service("a", { ...layer("any", []), members })];
  const guests = [guest("a", "n1")];
  expect(outcomeOf(single, "a", ["n2", "n3"], { guests }).status).toBe("unaffected");
  expect(outcomeOf(single, "a", ["n1"], { guests })).toMatchObject({
    status: "restarts",
    reason: "HA fences n1, then starts it on n2 from the shared disk",
  });
});

test("rejects a node that is not in the cluster", () => {
  expect(() => simulate(cluster(), ["n9"])).toThrowErrorMatchingInlineSnapshot(
    `[Error: node "n9" cannot fail, the cluster has n1, n2, n3, n4 and n5; name one of them]`,
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

test("every double loss of 50 nodes with 1000 guests is judged in seconds", () => {
  const many = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const guests = Array.from({ length: 1000 }, (_, index) =>
    guest(`g${index}`, `n${index % 50}`, {
      storage: "zfs",
      replica: { nodes: [`n${(index + 1) % 50}`, `n${(index + 7) % 50}`], everySec: 900 },
    }),
  );
  const services = guests.map(({ name, node }, index) =>
    // Every tenth has a partner, so that redundancy is looked into as well.
    service(name, {
      ...layer("any", []),
      members: [
        { name, node, guest: name },
        ...(index % 10 === 0 ? [{ name: "x", node: `n${(index + 3) % 50}` }] : []),
      ],
    }),
  );
  const storages = { zfs: { kind: "zfs" as const, nodes: many } };
  const start = performance.now();
  const reports = allFailures(cluster({ nodes: many, storages, guests, services }), 2);
  expect(performance.now() - start).toBeLessThan(15_000);
  expect(reports).toHaveLength(1225);
  const counts = new Map<string, number>();
  for (const { guests: outcomes } of reports) {
    for (const { status } of Object.values(outcomes)) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  }
  // 20 guests on each lost node; their two replicas never both die with it.
  expect(Object.fromEntries(counts)).toEqual({
    unaffected: 1225 * 960,
    restarts: 1225 * 40,
  });
}, 30_000);
