import { expect, test } from "vitest";
import type { ClusterSnapshot } from "../../../model/cluster-snapshot";
import { judgeCluster } from "../../../model/status/cluster";
import { broken, guestIn, sound, takenAt, wanted } from "../audit/data";

const said = (cluster: ClusterSnapshot) =>
  judgeCluster(cluster, wanted()).map(({ level, subject, text }) => `${level} ${subject}: ${text}`);

test("of a sound cluster only its nodes are told", () => {
  expect(said(sound())).toEqual(["ok cluster: 3 of 3 nodes are online, with a majority"]);
});

const cases: [string, (cluster: ClusterSnapshot) => void, RegExp][] = [
  [
    "no majority",
    (cluster) => {
      cluster.quorate = false;
    },
    /^problem cluster: .*no quorum/,
  ],
  [
    "a guest away from home",
    (cluster) => {
      guestIn(cluster, "postgresql").node = "a";
    },
    /^warning .*postgresql on a \(home c\)/,
  ],
  [
    "a guest that does not run",
    (cluster) => {
      guestIn(cluster, "dns-1").running = false;
    },
    /^problem dns-1: does not run \(VMID 116, on b\)$/,
  ],
  [
    "a resource that HA gave up",
    (cluster) => {
      const service = cluster.ha.status.services.find(({ sid }) => sid === "ct:113");
      if (service) Object.assign(service, { crmState: "error", state: "error" });
    },
    /^problem postgresql/,
  ],
  [
    "replication that fails",
    (cluster) => {
      const job = cluster.replication[0];
      if (job) job.last = { failCount: 3, syncSec: takenAt - 90_000, error: "no space left" };
    },
    /replicat/,
  ],
  [
    "something that could not be read",
    (cluster) => {
      cluster.gaps.push({
        what: "backup jobs",
        reason: "403; grant Sys.Audit",
        unreachable: false,
      });
    },
    /^unknown .*backup jobs/,
  ],
  [
    "a node that is off",
    (cluster) => {
      const node = cluster.nodes[2];
      if (node) node.online = false;
      cluster.gaps.push({
        what: "node c",
        node: "c",
        reason: "node c is off; start it",
        unreachable: true,
      });
    },
    /^problem node c: /,
  ],
];

test.each(cases)("%s", (_what, change, expected) => {
  expect(said(broken(change)).join("\n")).toMatch(new RegExp(expected.source, "m"));
});

test("what the audit says of the next failure or of the past is no status", () => {
  const cluster = broken(({ ha }) => {
    ha.rules = [];
  });
  expect(said(cluster)).toEqual(said(sound()));
});
