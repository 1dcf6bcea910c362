import { expect, test } from "vitest";
import { canFail, failingNames } from "../../../model/resilience/failure-domains";
import { explain } from "../../../model/resilience/resilience";
import { cluster, guest } from "../../support/clusters/clusters";

const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n + 1}`);

/** A guest under HA on every node, on a storage that all reach. */
const house = (count: number, quorumDevice: boolean) =>
  cluster({
    nodes: names(count),
    storages: { shared: { kind: "shared", nodes: names(count) } },
    guests: names(count).map((node) => guest(`on-${node}`, node)),
    quorumDevice,
  });

// corosync-qdevice(8): of equal sides the device votes for that of the lowest node id; one vote with an
// even number of nodes, one fewer than there are nodes with an odd one.
test.each([
  { nodes: 2, device: true, failed: ["corosync"], quorum: true, left: ["n1"] },
  { nodes: 2, device: true, failed: ["corosync:n1"], quorum: true, left: ["n1"] },
  { nodes: 2, device: true, failed: ["corosync:n2"], quorum: true, left: ["n1"] },
  { nodes: 2, device: true, failed: ["corosync", "n1"], quorum: true, left: ["n2"] },
  { nodes: 2, device: true, failed: ["corosync", "qdevice"], quorum: false, left: [] },
  { nodes: 2, device: false, failed: ["corosync"], quorum: false, left: [] },
  { nodes: 3, device: true, failed: ["corosync"], quorum: true, left: ["n1"] },
  { nodes: 3, device: true, failed: ["corosync:n1"], quorum: true, left: ["n2", "n3"] },
  { nodes: 4, device: true, failed: ["corosync"], quorum: false, left: [] },
  { nodes: 4, device: true, failed: ["corosync:n1"], quorum: true, left: ["n2", "n3", "n4"] },
])("$nodes nodes, device $device, without $failed: quorum $quorum, left $left", (given) => {
  const { state } = explain(house(given.nodes, given.device), given.failed);
  expect(state.quorum).toBe(given.quorum);
  expect(state.survivors.filter((node) => !state.fenced.has(node))).toEqual(given.left);
});

test("a node by itself has no corosync that could fail", () => {
  const alone = house(1, false);
  expect(failingNames(alone)).toEqual(["n1", "disks:n1", "shared", "backups"]);
  expect(canFail(alone, "corosync")).toBe(false);
  expect(canFail(alone, "corosync:n1")).toBe(false);
});
