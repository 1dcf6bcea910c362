import { expect, test } from "vitest";
import { explain, simulate } from "../../../model/resilience/resilience";
import { singlePoints } from "../../../model/resilience/single-points";
import { timeline } from "../../../model/resilience/timeline";
import { cluster, guest, layer, nodes, outcomeOf, service } from "../../support/clusters/clusters";
import { matrix } from "../../support/clusters/matrix";

const domains = [
  { name: "rack", kind: "rack" as const, nodes: ["n1", "n2"] },
  { name: "ups", kind: "ups" as const, nodes: ["n1", "n2"] },
  { name: "switch", kind: "switch" as const, nodes: ["n1", "n2"] },
];
const guests = [
  guest("shared", "n1"),
  guest("pair", "n1", {
    storage: "zfs",
    replica: { nodes: ["n2"], everySec: 60 },
    ha: { nodes: { n1: 1, n2: 1 }, strict: true },
  }),
  guest("far", "n1", {
    storage: "zfs",
    replica: { nodes: ["n3"], everySec: 60 },
    ha: { nodes: { n1: 1, n3: 1 }, strict: true },
  }),
  guest("plain", "n2", { storage: "local", ha: undefined }),
];
const model = cluster({ guests, domains });
const fate = (failed: string[], name: string, more = model) => {
  const { status, toNode } = simulate(more, failed).guests[name] ?? {};
  return toNode ? `${status} ${toNode}` : status;
};
const fates = (...failed: string[]) => guests.map(({ name }) => fate(failed, name));

test("a rack takes the disks with it, a power supply and a switch do not", () => {
  expect(fates("rack")).toEqual(["restarts n4", "restore", "restarts n3", "restore"]);
  expect(fates("ups")).toEqual(["restarts n4", "waits", "restarts n3", "stopped"]);
  expect(fates("switch")).toEqual(["restarts n4", "waits", "restarts n3", "stopped"]);
  expect(fates("rack")).toEqual(fates("disks:n1", "disks:n2"));
  expect(fates("ups")).toEqual(fates("n1", "n2"));
  expect(simulate(model, ["ups"]).guests.pair?.reason).toBe(
    "it may run on n1 and n2 only, and none of them is left: it waits for n1",
  );
});

test("a node that is cut off resets itself only if it carries guests under HA", () => {
  const resets = (failed: string[]) =>
    timeline(model, explain(model, failed))
      .map(({ text }) => text)
      .filter((text) => text.includes("watchdog resets"));
  expect(resets(["switch"])).toEqual([
    "n1 carries guests under HA and has no quorum: its watchdog resets it",
  ]);
  expect(resets(["ups"])).toEqual([]);
  expect(simulate(model, ["switch"]).guests.plain?.reason).toBe(
    "it runs on, but n2 is cut off: nobody reaches it",
  );
});

test("what a switch cuts off is gone for its services", () => {
  const two = [service("s", layer("any", ["n1", "n2"])), service("t", layer("any", ["n1", "n3"]))];
  expect(outcomeOf(two, "s", ["switch"], { domains }).status).toBe("stopped");
  expect(outcomeOf(two, "t", ["switch"], { domains }).status).toBe("failover");
});

test("a switch with most of the nodes takes quorum away, and the others reset themselves", () => {
  const wide = cluster({
    guests: [guest("left", "n4")],
    domains: [{ name: "switch", kind: "switch", nodes: ["n1", "n2", "n3"] }],
  });
  expect(simulate(wide, ["switch"])).toMatchObject({
    corosyncQuorum: false,
    guests: { left: { status: "stopped" } },
  });
});

test("Ceph behind a switch or without power freezes, and loses nothing", () => {
  const three = matrix(true);
  three.domains = [{ name: "sw", kind: "switch", nodes: ["trinity", "neo", "smith"] }];
  expect(simulate(three, ["sw"])).toMatchObject({
    cephQuorum: false,
    guests: { dokku: { status: "frozen" } },
  });
  expect(simulate(three, ["trinity", "neo", "smith"]).guests.dokku?.status).toBe("frozen");
  const burnt = ["disks:trinity", "disks:neo", "disks:smith"];
  expect(simulate(three, burnt).guests.dokku?.status).toBe("restore");
});

test("the loss of Ceph's quorum alone freezes its guests and no others", () => {
  const report = simulate(matrix(true), ["ceph-vm-disks"]);
  expect(report).toMatchObject({ corosyncQuorum: true, cephQuorum: false });
  expect(report.guests.dokku?.status).toBe("frozen");
  expect(report.guests["vyos-router"]?.status).toBe("unaffected");
});

test("when every node loses corosync, those with guests under HA reset themselves, and the others go on", () => {
  const report = simulate(model, ["corosync"]);
  expect(report.corosyncQuorum).toBe(false);
  expect(report.guests.shared?.reason).toBe(
    "corosync has failed on every node: n1 carries HA guests and resets itself after 60 s, and nothing starts there without quorum",
  );
  expect(report.guests.plain?.status).toBe("unaffected");
});

test("a node that fails with its domain and by itself fails once, with its disks", () => {
  expect(fate(["ups", "disks:n2"], "plain")).toBe("restore");
  expect(fate(["switch", "ups"], "plain")).toBe("stopped");
});

test("single points of failure: nodes, domains, storages and guests, and none where a partner is", () => {
  const services = [
    service("alone", { ...layer("any", []), members: [{ name: "g", node: "n4", guest: "plain" }] }),
    service("pair", layer("address", ["n1", "n2"])),
    { ...service("above", layer("any", ["n3", "n4"])), needs: ["alone"] },
  ];
  const whole = cluster({ guests, domains: domains.slice(0, 1), services });
  expect(
    singlePoints(whole).map(({ kind, name, services: down }) => [kind, name, ...down]),
  ).toEqual([
    ["node", "n2", "alone", "above"],
    ["rack", "rack", "alone", "pair", "above"],
    ["guest", "plain", "alone", "above"],
  ]);
  const sound = cluster({ services: [service("pair", layer("address", ["n1", "n2"]))] });
  expect(singlePoints(sound)).toEqual([]);
});

test("a storage that all members of a service share is a single point of failure", () => {
  const both = [guest("a", "n1"), guest("b", "n2")];
  const dns = service("dns", {
    ...layer("any", []),
    members: both.map(({ name, node }) => ({ name, node, guest: name })),
  });
  expect(singlePoints(cluster({ guests: both, services: [dns] }))).toEqual([
    { kind: "storage", name: "shared", services: ["dns"] },
  ]);
});

test("rejects a name that is nothing that can fail", () => {
  expect(() => simulate(cluster({ nodes, domains }), ["rak"])).toThrowErrorMatchingInlineSnapshot(
    `[Error: "rak" cannot fail, the cluster has n1, n2, n3, n4, n5, disks:n1, disks:n2, disks:n3, disks:n4 and 12 more; name one of them]`,
  );
});
