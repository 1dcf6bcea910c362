import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeRules } from "../../../model/placement/ha-rules";
import { type ClusterModel, type GuestModel, simulate } from "../../../model/resilience/resilience";
import { cluster as modelOf } from "../../support/clusters/clusters";
import {
  type LiteralCluster,
  type LiteralGuest,
  type LiteralRule,
  literalPlaces,
  refused,
} from "./literal-manager";

/** Clusters that are compared; `HOMELAB_LITERAL_RUNS=1000` compares as many as were asked for. */
const RUNS = Number(process.env.HOMELAB_LITERAL_RUNS ?? 150);
const SEED = 20_260_402;

const nodeNames = ["node1", "node2", "node3", "node4", "node5", "node6"];

const anyGuest = (nodes: string[]) => (index: number) =>
  fc
    .record({
      type: fc.constantFrom("ct", "vm"),
      node: fc.constantFrom(...nodes),
      managed: fc.boolean().map((one) => one || index % 4 !== 0),
      failback: fc.boolean(),
      maxRelocate: fc.integer({ min: 0, max: 3 }),
      memoryMb: fc.constantFrom(512, 1024, 2048, 4096),
      cores: fc.integer({ min: 1, max: 4 }),
      // Most have a disk that every node reaches; some have replicas on a few.
      replicas: fc.option(fc.subarray(nodes), { freq: 4 }),
    })
    .map(({ type, replicas, ...guest }): LiteralGuest => {
      const disks = replicas ? [...new Set([guest.node, ...replicas])] : nodes;
      return { sid: `${type}:${100 + index}`, ...guest, disks, storageNodes: nodes };
    });

const anyRule =
  (nodes: string[], sids: string[]) =>
  (index: number): fc.Arbitrary<LiteralRule> =>
    fc
      .record({
        kind: fc.constantFrom("node" as const, "together" as const, "apart" as const),
        sids: fc.subarray(sids, { minLength: 2, maxLength: Math.min(4, sids.length) }),
        listed: fc.subarray(nodes, { minLength: 1 }),
        priorities: fc.array(fc.integer({ min: 0, max: 2 }), {
          minLength: nodes.length,
          maxLength: nodes.length,
        }),
        ranked: fc.boolean(),
        strict: fc.boolean(),
      })
      .map(({ kind, sids: some, listed, priorities, ranked, strict }) => {
        const id = `rule-${index}`;
        if (kind !== "node") return { id, kind, sids: some };
        const prioritised = listed.map((node, at) => [node, ranked ? (priorities[at] ?? 0) : 1]);
        return { id, kind, sids: some, nodes: Object.fromEntries(prioritised), strict };
      });

const anyCluster: fc.Arbitrary<LiteralCluster> = fc
  .record({ size: fc.integer({ min: 3, max: 6 }), guests: fc.integer({ min: 3, max: 14 }) })
  .chain(({ size, guests }) => {
    const nodes = nodeNames.slice(0, size);
    return fc
      .tuple(...Array.from({ length: guests }, (_, index) => anyGuest(nodes)(index)))
      .chain((some) => {
        const sids = some.filter(({ managed }) => managed).map(({ sid }) => sid);
        const rules: fc.Arbitrary<LiteralRule[]> =
          sids.length < 2
            ? fc.constant([])
            : fc.tuple(...[0, 1, 2, 3, 4].map(anyRule(nodes, sids)));
        return fc.record({
          guests: fc.constant(some),
          nodes: fc.tuple(
            ...nodes.map((name) =>
              fc.record({
                name: fc.constant(name),
                memoryMb: fc.constantFrom(65_536, 131_072, 262_144),
                cores: fc.constantFrom(16, 32, 64),
              }),
            ),
          ),
          rules,
          scheduler: fc.constantFrom("basic" as const, "static" as const),
          countOutside: fc.boolean(),
        });
      });
  });

/** Only rules that Proxmox takes, each in turn. */
function feasible({ rules, nodes }: LiteralCluster): LiteralRule[] {
  const names = nodes.map(({ name }) => name);
  const taken: LiteralRule[] = [];
  for (const rule of rules) {
    if (!refused([...taken, rule], names)) taken.push(rule);
  }
  return taken;
}

/** The same cluster for the model. */
function model(cluster: LiteralCluster): ClusterModel {
  const names = cluster.nodes.map(({ name }) => name);
  const sets = (kind: "together" | "apart") =>
    cluster.rules.filter((rule) => rule.kind === kind).map(({ sids }) => sids);
  const guests = cluster.guests.map(
    ({ sid, node, managed, failback, maxRelocate, disks, memoryMb, cores }): GuestModel => {
      const rule = cluster.rules.find((one) => one.kind === "node" && one.sids.includes(sid));
      const everywhere = disks.length === names.length;
      return {
        name: `guest-${sid}`,
        sid,
        node,
        storage: everywhere ? "shared" : "zfs",
        backup: true,
        memoryMb,
        cores,
        ...(managed && {
          ha: { nodes: rule?.nodes ?? {}, strict: rule?.strict ?? false, failback, maxRelocate },
        }),
        ...(!everywhere && {
          replica: { nodes: disks.filter((other) => other !== node), everySec: 60 },
        }),
      };
    },
  );
  const named = (of: string[][]) => of.map((set) => set.map((sid) => `guest-${sid}`));
  return modelOf({
    nodes: names,
    guests,
    storages: {
      shared: { kind: "shared", nodes: names },
      zfs: { kind: "zfs", nodes: names },
    },
    keepTogether: named(sets("together")),
    keepApart: named(sets("apart")),
    scheduler: cluster.scheduler,
    outsideHaCounts: cluster.countOutside,
    capacity: Object.fromEntries(cluster.nodes.map(({ name, ...capacity }) => [name, capacity])),
  });
}

/** Where the model has every guest under HA. */
function modelPlaces(cluster: LiteralCluster, lost: string[]): Record<string, string> {
  const { guests } = simulate(model(cluster), lost);
  return Object.fromEntries(
    cluster.guests
      .filter(({ managed }) => managed)
      .map(({ sid, node }) => {
        const outcome = guests[`guest-${sid}`];
        const { status = "unaffected", toNode = node } = outcome ?? {};
        const placed = status === "unaffected" || status === "restarts";
        return [sid, placed ? toNode : status];
      }),
  );
}

/** Losses that leave a majority: without one nothing is recovered. */
function losses(nodes: string[]): string[][] {
  const singles = nodes.map((node) => [node]);
  const doubles = nodes.flatMap((a, index) => nodes.slice(index + 1).map((b) => [a, b]));
  return nodes.length < 5 ? singles : [...singles, ...doubles];
}

test("the model puts every guest where the literal HA manager puts it", () => {
  const seen = { losses: 0, moved: 0, waits: 0, error: 0, rules: 0, followed: 0 };
  fc.assert(
    fc.property(anyCluster, (drawn) => {
      const cluster = { ...drawn, rules: feasible(drawn) };
      seen.rules += cluster.rules.length;
      // The healthy cluster: what HA would move without any loss has been moved.
      const home = literalPlaces(cluster, []);
      if (home === undefined) return;
      const guests = cluster.guests.map((guest) => {
        const node = home[guest.sid] ?? guest.node;
        const disks =
          guest.disks.length === cluster.nodes.length
            ? guest.disks
            : [...new Set([node, ...guest.disks])];
        return { ...guest, node, disks };
      });
      const settled = { ...cluster, guests };
      for (const lost of losses(settled.nodes.map(({ name }) => name))) {
        const expected = literalPlaces(settled, lost);
        if (expected === undefined) continue;
        seen.losses += 1;
        for (const { sid, node } of guests) {
          const place = expected[sid];
          if (place === "waits" || place === "error") seen[place] += 1;
          else if (place !== undefined && place !== node) {
            seen[lost.includes(node) ? "moved" : "followed"] += 1;
          }
        }
        expect(modelPlaces(settled, lost), `loss of ${lost.join(" and ")}`).toEqual(expected);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  if (process.env.HOMELAB_LITERAL_RUNS) process.stdout.write(`${JSON.stringify(seen)}\n`);
  // The generator reaches what it is made for.
  for (const [what, count] of Object.entries(seen)) {
    if (what !== "followed") expect(count, what).toBeGreaterThan(20);
  }
}, 600_000);

test("the model refuses exactly the sets of rules that the literal one refuses", () => {
  let [refusals, rest] = [0, 0];
  fc.assert(
    fc.property(anyCluster, ({ rules, nodes }) => {
      const names = nodes.map(({ name }) => name);
      const findings = judgeRules(
        rules.map(({ id, kind, sids, nodes: listed, strict }) => ({
          name: id,
          resources: sids,
          ...(kind === "node"
            ? { type: "node-affinity" as const, nodes: listed ?? {}, strict: strict === true }
            : {
                type: "resource-affinity" as const,
                affinity: kind === "together" ? ("positive" as const) : ("negative" as const),
              }),
        })),
        names,
      );
      // Beyond Proxmox: strict rules of guests that are kept apart leave fewer nodes than guests.
      const own = findings.filter(({ message }) => !message.includes("would never run"));
      const verdict = refused(rules, names);
      if (verdict) refusals += 1;
      else rest += 1;
      expect(own.length > 0).toBe(verdict);
    }),
    { numRuns: 300, seed: SEED },
  );
  expect(Math.min(refusals, rest)).toBeGreaterThan(10);
}, 600_000);
