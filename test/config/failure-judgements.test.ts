import { expect, test } from "vitest";
import { clusterModel } from "../../config/cluster-model";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { phaseInput } from "../../config/phase-input";
import { put, stackData } from "../support/clusters/stacks";

type Change = [path: (string | number)[], value: unknown];

function parsed(name: string, ...changes: Change[]) {
  const data = stackData(name);
  for (const [path, value] of changes) put(data, path, value);
  return parseStack(data);
}

const problems = (name: string, ...changes: Change[]) => {
  const found = parsed(name, ...changes);
  return found.stack ? [] : found.problems.map(problemText);
};

const domains: (string | number)[] = ["cluster", "failureDomains"];

test("rejects a domain that is named like something else that can fail, or names no node", () => {
  expect(
    problems("matrix", [
      domains,
      {
        oracle: { kind: "ups", nodes: ["oracle"] },
        "ceph-vm-disks": { kind: "rack", nodes: ["neo"] },
        corosync: { kind: "switch", nodes: ["neo"] },
      },
    ]),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cluster.failureDomains.oracle: "oracle" is the name of a node too, so \`homelab simulate --fail oracle\` could mean either; give the domain another name",
      "homelab:cluster.failureDomains.ceph-vm-disks: "ceph-vm-disks" is the name of a storage too, so \`homelab simulate --fail ceph-vm-disks\` could mean either; give the domain another name",
      "homelab:cluster.failureDomains.corosync: "corosync" is the name of the loss of corosync on every node too, so \`homelab simulate --fail corosync\` could mean either; give the domain another name",
    ]
  `);
  expect(
    problems("matrix", [domains, { ups: { kind: "ups", nodes: ["orcale"] } }]),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cluster.failureDomains.ups.nodes[0]: there is no node "orcale" in homelab:cluster.nodes; did you mean "oracle"?",
    ]
  `);
  expect(problems("matrix", [domains, { ups: { kind: "ups", nodes: [] } }])).toHaveLength(1);
  expect(problems("matrix", [domains, { ups: { kind: "cat", nodes: ["neo"] } }])).toHaveLength(1);
});

test("rejects a pending node that is not to have the storage, is listed twice or does not exist", () => {
  const pending = ["cluster", "storages", "local-zfs", "pending"];
  expect(problems("matrix", [pending, ["trinity", "neo", "trinity"]])).toMatchInlineSnapshot(`
    [
      "homelab:cluster.storages.local-zfs.pending[1]: neo is to get "local-zfs", but is not among its nodes (oracle, trinity, niobe); add it there, or take it out here",
      "homelab:cluster.storages.local-zfs.pending[2]: trinity is listed twice, and is reinstalled once; remove one",
    ]
  `);
  expect(problems("matrix", [pending, ["trinty"]])).toMatchInlineSnapshot(`
    [
      "homelab:cluster.storages.local-zfs.pending[0]: there is no node "trinty" in homelab:cluster.nodes; did you mean "trinity"?",
    ]
  `);
});

test("sound domains, memory and pending nodes reach the model", () => {
  const { stack } = parsed(
    "matrix",
    [domains, { ups: { kind: "ups", nodes: ["neo", "smith"] } }],
    [["cluster", "nodes", "neo", "memoryGb"], 64],
    [["cluster", "nodes", "smith", "cores"], 8],
    [["guests", "gitlab", "memoryMb"], 8192],
    [["guests", "gitlab", "cores"], 4],
    [["cluster", "scheduler"], "static"],
  );
  if (!stack) throw new Error("refused");
  expect(clusterModel(stack)).toMatchObject({
    domains: [{ name: "ups", kind: "ups", nodes: ["neo", "smith"] }],
    capacity: { neo: { memoryMb: 65_536, reservedMb: 2048 }, smith: { cores: 8 } },
    scheduler: "static",
  });
  expect(clusterModel(stack).guests.find(({ name }) => name === "gitlab")).toMatchObject({
    sid: "vm:1006",
    memoryMb: 8192,
    cores: 4,
  });
  expect(phaseInput(stack).pending).toEqual([
    { storage: "local-zfs", nodes: ["trinity", "oracle", "niobe"] },
  ]);
});
