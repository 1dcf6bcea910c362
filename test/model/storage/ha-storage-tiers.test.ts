import { expect, test } from "vitest";
import { simulate } from "../../../model/resilience/resilience";
import { storageTiers } from "../../../model/storage/tiers";
import { matrix } from "../../support/clusters/matrix";

test("the three tiers of matrix with what the loss of a node costs each", () => {
  const rows = storageTiers(matrix(true)).map(({ guests, ...row }) => ({
    ...row,
    guests: guests.length,
  }));
  expect(rows).toEqual([
    { tier: "zfs-replicated", rtoSec: [115, 225], rpoSec: 60, guests: 6 },
    { tier: "ceph", rtoSec: [115, 225], rpoSec: 0, guests: 10 },
    { tier: "pinned", rtoSec: [3600, 28800], rpoSec: 86400, guests: 4 },
  ]);
});

test("before the ZFS phase the critical guests are as local as the pinned ones", () => {
  const rows = storageTiers(matrix(false));
  expect(rows[0]).toMatchObject({ tier: "local", rtoSec: [3600, 28800], rpoSec: 86400 });
});

test.each([true, false])(
  "a tier says what the simulation of the node's loss says (ZFS: %s)",
  (zfs) => {
    const cluster = matrix(zfs);
    const outcomes = Object.assign(
      {},
      ...cluster.nodes.map((node) => {
        const report = simulate(cluster, [`disks:${node}`]).guests;
        const own = cluster.guests.filter((guest) => guest.node === node);
        return Object.fromEntries(own.map(({ name }) => [name, report[name]]));
      }),
    );
    for (const { guests, rtoSec, rpoSec } of storageTiers(cluster)) {
      for (const guest of guests) expect(outcomes[guest], guest).toMatchObject({ rtoSec, rpoSec });
    }
  },
);

test("without HA shared storage waits for its node, and without a backup all is lost", () => {
  const guest = { node: "a", backup: false };
  const rows = storageTiers({
    ...matrix(true),
    nodes: ["a", "b"],
    storages: { nas: { kind: "shared", nodes: ["a", "b"] }, lvm: { kind: "local", nodes: ["a"] } },
    guests: [
      { ...guest, name: "waits", storage: "nas" },
      { ...guest, name: "stick", storage: "nas", immovable: "USB stick" },
      { ...guest, name: "lost", storage: "lvm" },
    ],
  });
  expect(rows).toEqual([
    { tier: "shared", rtoSec: null, rpoSec: 0, guests: ["waits"] },
    { tier: "pinned", rtoSec: null, rpoSec: 0, guests: ["stick"] },
    { tier: "local", rtoSec: [3600, 28800], rpoSec: null, guests: ["lost"] },
  ]);
});
