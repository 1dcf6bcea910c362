import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { parseStackFile } from "../../../config/file/parse-file";
import { simulate } from "../../../model/resilience/resilience";

const head = (nodes: number) => `config:
  homelab:cluster:
    name: example
    pveVersion: 9
    nodes:
${Array.from({ length: nodes }, (_, at) => `      node${at + 1}: { address: 192.0.2.1${at + 1} }`).join("\n")}
    segments:
      lan: { cidr: 192.0.2.0/24 }
    storages:
      nas: { kind: shared, nodes: [${Array.from({ length: nodes }, (_, at) => `node${at + 1}`).join(", ")}] }
    backup: { storage: backup, schedule: "02:00" }
`;

/** What becomes of the guests of a stack file after a loss. */
function outcomes(nodes: number, rest: string, ...failed: string[]) {
  const { parsed } = parseStackFile(head(nodes) + rest);
  if (!parsed.stack) throw new Error(JSON.stringify(parsed.problems));
  const { guests } = simulate(clusterModel(parsed.stack), failed);
  return (name: string) => {
    const { status, toNode, reason } = guests[name] ?? {};
    return { place: toNode ?? status, reason };
  };
}

test("a non-strict rule and keep-apart: no node of the class is left, and HA tries no other class", () => {
  const stack = `  homelab:guests:
    dns-1: { vmid: 101, type: ct, purpose: DNS, node: node1, address: 192.0.2.21, storage: nas, serves: dns }
    dns-2: { vmid: 102, type: ct, purpose: DNS, node: node2, address: 192.0.2.22, storage: nas, serves: dns }
  homelab:haGroups:
    names:
      guests: [dns-1, dns-2]
      nodes: { node1: 1, node2: 1 }
      keepApart: [[dns-1, dns-2]]
`;
  const { place, reason } = outcomes(3, stack, "node1")("dns-1");
  expect(place).toBe("waits");
  expect(reason).toMatchInlineSnapshot(
    `"only node2 is left for it, and it is kept apart from dns-2; node3 would be free, but HA tries no lower priority while a node of a higher one is there: it waits for node1"`,
  );
});

test("who is kept together with a guest is kept apart from the same others", () => {
  const stack = `  homelab:guests:
    app: { vmid: 101, type: ct, purpose: app, node: node1, storage: nas }
    db: { vmid: 102, type: ct, purpose: db, node: node1, storage: nas }
    db-replica: { vmid: 103, type: ct, purpose: db replica, node: node2, storage: nas }
    x1: { vmid: 104, type: ct, purpose: x, node: node3, storage: nas }
    x2: { vmid: 105, type: ct, purpose: x, node: node3, storage: nas }
  homelab:haGroups:
    all:
      guests: [app, db, db-replica, x1, x2]
      nodes: { node1: 1, node2: 1, node3: 1 }
      keepTogether: [[app, db]]
      keepApart: [[db, db-replica]]
`;
  const of = outcomes(3, stack, "node1");
  // node2 has fewer guests, but the replica is there.
  expect([of("app").place, of("db").place]).toEqual(["node3", "node3"]);
});

test("guests of two lost nodes are recovered in the order of their ids, not node by node", () => {
  const stack = `  homelab:guests:
    a: { vmid: 100, type: ct, purpose: a, node: node5, storage: nas }
    b: { vmid: 200, type: vm, purpose: b, node: node4, storage: nas }
    x2: { vmid: 302, type: vm, purpose: x, node: node3, storage: nas }
    x3: { vmid: 303, type: vm, purpose: x, node: node3, storage: nas }
  homelab:haGroups:
    all:
      guests: [a, b, x2, x3]
      nodes: { node1: 1, node2: 1, node3: 1, node4: 1, node5: 1 }
`;
  const of = outcomes(5, stack, "node4", "node5");
  expect([of("a").place, of("b").place]).toEqual(["node1", "node2"]);
});
