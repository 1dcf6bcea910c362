import { expect, test } from "vitest";
import { findingText } from "../../../model/finding";
import { clusterVotes, judgeQuorum, votesLeft } from "../../../model/placement/quorum";

test.each([
  { nodes: 1, device: false, total: 1, needed: 1, survives: 0 },
  { nodes: 2, device: false, total: 2, needed: 2, survives: 0 },
  { nodes: 3, device: false, total: 3, needed: 2, survives: 1 },
  { nodes: 4, device: false, total: 4, needed: 3, survives: 1 },
  { nodes: 5, device: false, total: 5, needed: 3, survives: 2 },
  // pve-admin-guide, "Supported Setups": an even cluster survives one node more with the device.
  { nodes: 2, device: true, total: 3, needed: 2, survives: 1 },
  { nodes: 4, device: true, total: 5, needed: 3, survives: 2 },
  { nodes: 6, device: true, total: 7, needed: 4, survives: 3 },
  // N-1 votes: any one node together with the device is enough.
  { nodes: 3, device: true, total: 5, needed: 3, survives: 2 },
  { nodes: 5, device: true, total: 9, needed: 5, survives: 4 },
])("$nodes nodes, device $device: quorum outlives $survives nodes", (row) => {
  const votes = clusterVotes(row.nodes, row.device);
  expect([votes.total, votes.needed]).toEqual([row.total, row.needed]);
  const quorate = (left: number) => votesLeft(votes, left) >= votes.needed;
  expect(quorate(row.nodes - row.survives)).toBe(true);
  expect(quorate(row.nodes - row.survives - 1)).toBe(false);
});

test("warns of two nodes without a device, and of a device that an odd number does not need", () => {
  const reported = (nodes: string[], device: boolean) =>
    judgeQuorum(nodes, device).map((found) => `${found.severity}: ${findingText(found)}`);
  expect([
    ...reported(["pve1", "pve2"], false),
    ...reported(["pve1", "pve2", "pve3"], true),
  ]).toMatchInlineSnapshot(`
    [
      "warning: with 2 nodes both of the 2 votes are needed: whichever of pve1 and pve2 dies takes quorum with it, HA starts nothing and the other node resets itself if it carries HA guests; add a third node, or a QDevice on a host outside the cluster, stated as homelab:cluster.quorumDevice",
      "warning: a QDevice has 2 of 5 votes in a cluster of 3 nodes: while it is away, one more loss takes quorum, which 3 nodes alone would survive; leave it out; Proxmox advises it for an even number of nodes only",
    ]
  `);
  expect(reported(["pve1"], false)).toEqual([]);
  expect(reported(["pve1", "pve2"], true)).toEqual([]);
  expect(reported(["pve1", "pve2", "pve3"], false)).toEqual([]);
  expect(reported(["pve1", "pve2", "pve3", "pve4"], false)).toEqual([]);
});
