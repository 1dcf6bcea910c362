import { expect, test } from "vitest";
import { type ClusterModel, explain, simulate } from "../../../model/resilience/resilience";
import { timeline } from "../../../model/resilience/timeline";
import { cluster, guest, layer, service } from "../../support/clusters/clusters";

const texts = (model: ClusterModel, name: string) =>
  timeline(model, explain(model, [name])).map(({ text }) => text);

const address = service("web", layer("address", ["n1", "n5"]));

test("a partition: the side without a majority is cut off, and resets itself where HA is armed", () => {
  const model = cluster({
    guests: [guest("ha", "n1"), guest("plain", "n2", { ha: undefined }), guest("other", "n5")],
    services: [address],
  });
  const { corosyncQuorum, guests } = simulate(model, ["partition:n1,n2"]);
  expect([corosyncQuorum, guests.ha?.status, guests.plain?.status, guests.other?.status]).toEqual([
    true,
    "restarts",
    "stopped",
    "unaffected",
  ]);
  expect(guests.plain?.reason).toContain("only its side");
  // The other side, named instead, is the same cut.
  expect(simulate(model, ["partition:n3,n4,n5"]).guests).toEqual(guests);
});

test("an address with members on both sides has two masters until the watchdog, or without end", () => {
  const twice = (guests: ClusterModel["guests"], name: string) =>
    texts(cluster({ guests, services: [address] }), name).find((text) => text.includes("twice"));
  expect(twice([guest("ha", "n1")], "partition:n1,n2")).toContain("until n1 resets itself");
  expect(twice([], "partition:n1,n2")).toContain("for as long as the cut lasts");
  expect(twice([], "partition:n2")).toBeUndefined();
  expect(twice([], "n1")).toBeUndefined();
});

test("two equal halves both lose quorum; a QDevice keeps one of them", () => {
  const four = (quorumDevice: boolean) =>
    cluster({ nodes: ["n1", "n2", "n3", "n4"], storages: {}, quorumDevice });
  expect(simulate(four(false), ["partition:n1,n2"]).corosyncQuorum).toBe(false);
  expect(simulate(four(true), ["partition:n1,n2"]).corosyncQuorum).toBe(true);
  expect(simulate(four(true), ["qdevice", "partition:n1,n2"]).corosyncQuorum).toBe(false);
  for (const name of ["partition:n1,n2,n3,n4", "partition:n9", "partition:"]) {
    expect(() => simulate(four(true), [name])).toThrow("cannot fail");
  }
});

test("one node's corosync link: with HA it resets itself, without HA all runs on", () => {
  const model = cluster({ guests: [guest("ha", "n1"), guest("plain", "n2", { ha: undefined })] });
  expect(simulate(model, ["corosync:n1"]).guests.ha).toMatchObject({ status: "restarts" });
  const calm = simulate(model, ["corosync:n2"]);
  expect([calm.corosyncQuorum, calm.guests.plain?.status, calm.guests.ha?.status]).toEqual([
    true,
    "unaffected",
    "unaffected",
  ]);
  expect(texts(model, "corosync:n2").some((text) => text.includes("no watchdog is armed"))).toBe(
    true,
  );
  // Its vote is gone, and HA starts nothing on it.
  const only = { nodes: { n1: 2, n2: 1 }, strict: true };
  const bound = cluster({ guests: [guest("bound", "n1", { ha: only })] });
  expect(simulate(bound, ["n1"]).guests.bound?.toNode).toBe("n2");
  expect(simulate(bound, ["corosync:n2", "n1"]).guests.bound?.status).toBe("waits");
});

test("certificates that have run out take the pair down, and what needs it", () => {
  const certificates = { web: "web" };
  const needs = { ...service("shop", layer("any", ["n2"])), needs: ["web"] };
  const model = cluster({ services: [address, needs], certificates });
  const { services } = simulate(model, ["certificate:web"]);
  expect([services.web?.status, services.shop?.status]).toEqual(["stopped", "stopped"]);
  expect(() => simulate(model, ["certificate:shop"])).toThrow("cannot fail");
});
