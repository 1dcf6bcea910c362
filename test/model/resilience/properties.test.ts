import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClusterModel, type GuestModel, simulate } from "../../../model/resilience/resilience";
import { cluster, guest, nodes } from "../../support/clusters/clusters";

const someNodes = fc.uniqueArray(fc.constantFrom(...nodes), { minLength: 1, maxLength: 4 });

const anyGuest = (index: number): fc.Arbitrary<GuestModel> =>
  fc
    .record({
      node: fc.constantFrom(...nodes),
      storage: fc.constantFrom("shared", "zfs", "local"),
      listed: someNodes,
      strict: fc.boolean(),
      underHa: fc.boolean(),
      replicas: someNodes,
    })
    .map(({ node, storage, listed, strict, underHa, replicas }) =>
      guest(`g${index}`, node, {
        storage,
        ha: underHa
          ? { nodes: Object.fromEntries(listed.map((name, rank) => [name, rank])), strict }
          : undefined,
        replica: { nodes: replicas.filter((name) => name !== node), everySec: 900 },
      }),
    );

const anyCluster: fc.Arbitrary<ClusterModel> = fc
  .tuple(...[0, 1, 2, 3, 4, 5].map(anyGuest))
  .chain((guests) =>
    fc
      .uniqueArray(fc.constantFrom(...guests.map(({ name }) => name)), {
        minLength: 2,
        maxLength: 3,
      })
      .map((apart) => cluster({ guests, keepApart: [apart] })),
  );

test("HA starts a guest only where it may run, where its disk is, and apart from its others", () => {
  let restarts = 0;
  fc.assert(
    fc.property(anyCluster, someNodes, (model, failed) => {
      const { guests, corosyncQuorum } = simulate(model, failed);
      for (const { name, node, storage, ha, replica } of model.guests) {
        const outcome = guests[name];
        if (outcome?.status !== "restarts") continue;
        restarts += 1;
        const to = outcome.toNode ?? "";
        expect(corosyncQuorum).toBe(true);
        expect(failed).not.toContain(to);
        if (ha?.strict) expect(Object.keys(ha.nodes)).toContain(to);
        // A running one that HA moves takes its disk along.
        if (storage !== "shared" && failed.includes(node)) {
          expect(replica?.nodes).toContain(to);
        }
        const others = model.keepApart.flat().includes(name) ? model.keepApart.flat() : [];
        for (const other of model.guests) {
          if (other.name === name || !other.ha || !others.includes(other.name)) continue;
          const its = guests[other.name];
          if (its?.status === "unaffected") expect(to).not.toBe(other.node);
          if (its?.status === "restarts") expect(to).not.toBe(its.toNode);
        }
      }
    }),
  );
  expect(restarts).toBeGreaterThan(0);
});

test("a guest whose node and storage are not hit goes on, unless quorum is lost", () => {
  fc.assert(
    fc.property(anyCluster, someNodes, (model, failed) => {
      const { guests, corosyncQuorum } = simulate(model, failed);
      for (const { name, node } of model.guests) {
        if (failed.includes(node)) expect(guests[name]?.status).not.toBe("unaffected");
        else if (corosyncQuorum && !model.keepApart.flat().includes(name)) {
          // One that is kept apart may be moved when the node that kept it waiting is gone.
          expect(guests[name]?.status).toBe("unaffected");
        }
      }
    }),
  );
});
