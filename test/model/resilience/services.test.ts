import { expect, test } from "vitest";
import { guest, layer, nodes, outcomeOf, service } from "../../support/clusters/clusters";

test("a virtual address moves when its holder dies, and is degraded when its last backup dies", () => {
  const pair = [service("pair", layer("address", ["n1", "n2"]))];
  expect(outcomeOf(pair, "pair", ["n1"])).toMatchInlineSnapshot(`
    {
      "nextLoss": [
        "n2",
      ],
      "reason": "h1 down: h2 on n2 takes the address within 4 s; the loss of n2 next takes it down",
      "rpoSec": 0,
      "rtoBasis": "bound",
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
    toNode: "n4",
    rtoSec: [115, 229],
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
      "rtoBasis": "bound",
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
      "rtoBasis": "bound",
      "rtoSec": [
        340,
        354,
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
      "rtoBasis": "bound",
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

test("on its last vote, a node without any part of the service is fatal too", () => {
  const four = ["n1", "n2", "n3", "n4"];
  const guests = ["a", "b", "c", "d"].map((name, at) => guest(name, four[at] ?? ""));
  const members = guests.slice(0, 2).map(({ name, node }) => ({ name, node, guest: name }));
  const pair = [service("pair", { ...layer("any", []), members })];
  const storages = { shared: { kind: "shared" as const, nodes: four } };
  const small = { nodes: four, guests, storages };
  expect(outcomeOf(pair, "pair", ["n4"], small)).toMatchObject({
    status: "degraded",
    nextLoss: ["n1", "n2", "n3"],
    reason: expect.stringMatching(/n1, n2 or n3 next .* then has no quorum$/),
  });
  // With a vote to spare, or without guests under HA whose nodes reset themselves, it is not.
  const five = { nodes, guests, storages: { shared: { kind: "shared" as const, nodes } } };
  expect(outcomeOf(pair, "pair", ["n4"], five).nextLoss).toBeUndefined();
  const manual = guests.map(({ ha: _, ...rest }) => rest);
  expect(outcomeOf(pair, "pair", ["n4"], { ...small, guests: manual }).nextLoss).toBeUndefined();
});

test("quorum is not named where the next loss takes the last place itself", () => {
  const members = [
    { name: "a", node: "n1" },
    { name: "b", node: "n2" },
  ];
  const pair = [service("pair", { ...layer("any", []), members })];
  const small = { nodes: ["n1", "n2", "n3"], storages: {} };
  const { nextLoss, reason } = outcomeOf(pair, "pair", ["n2"], small);
  expect(nextLoss).toEqual(["n1"]);
  expect(reason).toMatch(/the loss of n1 next takes it down$/);

  // Nor where one layer would go with its last place anyway, and another for lack of quorum.
  const guests = [guest("a", "n1"), guest("c", "n3")];
  const carried = guests.map(({ name, node }) => ({ name, node, guest: name }));
  const layers = [
    layer("any", ["n1", "n2"]),
    layer("any", ["n2", "n3"]),
    { ...layer("any", []), members: carried },
  ];
  const storages = { shared: { kind: "shared" as const, nodes: small.nodes } };
  const three = outcomeOf([service("three", ...layers)], "three", ["n2"], {
    ...small,
    guests,
    storages,
  });
  expect(three.nextLoss).toEqual(["n1", "n3"]);
  expect(three.reason).toMatch(/the loss of n1 or n3 next takes it down$/);
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
