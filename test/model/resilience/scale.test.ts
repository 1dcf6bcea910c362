import { expect, test } from "vitest";
import { allFailures } from "../../../model/resilience/resilience";
import { cluster, guest, layer, service } from "../../support/clusters/clusters";

test("every double loss of 50 nodes with 1000 guests is judged", () => {
  const many = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const guests = Array.from({ length: 1000 }, (_, index) =>
    guest(`g${index}`, `n${index % 50}`, {
      storage: "zfs",
      replica: { nodes: [`n${(index + 1) % 50}`, `n${(index + 7) % 50}`], everySec: 900 },
      ha: {
        nodes: Object.fromEntries([0, 1, 7].map((step) => [`n${(index + step) % 50}`, 1])),
        strict: true,
      },
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
  const reports = allFailures(cluster({ nodes: many, storages, guests, services }), 2);
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
