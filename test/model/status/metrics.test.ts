import { expect, test } from "vitest";
import type { ClusterSnapshot } from "../../../model/cluster-snapshot";
import { statusMetrics } from "../../../model/status/metrics";
import { runTool } from "../../support/tools";
import { sound, takenAt } from "../audit/data";

/** Metrics of a cluster to which something happened, by their lines. */
function written(damage: (cluster: ClusterSnapshot) => void): Set<string> {
  const cluster = sound();
  damage(cluster);
  const tunnels = [{ name: "public", connectors: 3 }];
  const text = statusMetrics({ stack: "house", takenAt, items: [], cluster, tunnels });
  expect(runTool("promtool", ["check", "metrics"], { input: text })).toEqual({
    status: 0,
    output: "",
  });
  return new Set(withoutStack(text).split("\n"));
}

/** Every series says its stack; the rest of a line is what a case is about. */
function withoutStack(text: string): string {
  const values = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(values.filter((line) => !line.includes('{stack="house"'))).toEqual([]);
  return text.replaceAll(/\{stack="house"\}|(?<=\{)stack="house",/g, "");
}

const sid = sound().ha.status.services[0]?.sid ?? "";
const job = sound().replication[0]?.id ?? "";

test.each<[string, (cluster: ClusterSnapshot) => void, string[]]>([
  [
    "all is well",
    () => {},
    [
      `homelab_status_timestamp_seconds ${takenAt}`,
      "homelab_cluster_read 1",
      "homelab_cluster_quorate 1",
      "homelab_cluster_votes_online 3",
      "homelab_cluster_votes_needed 2",
      'homelab_tunnel_connectors{tunnel="public"} 3',
    ],
  ],
  [
    "a node is off",
    ({ nodes }) => Object.assign(nodes[0] ?? {}, { online: false }),
    ["homelab_cluster_votes_online 2", "homelab_cluster_votes_needed 2"],
  ],
  [
    "a quorum device is away",
    ({ corosync }) => Object.assign(corosync ?? {}, { qdevice: { State: "Disconnected" } }),
    ["homelab_cluster_votes_online 3", "homelab_cluster_votes_needed 3"],
  ],
  [
    "a quorum device is there",
    ({ corosync }) => Object.assign(corosync ?? {}, { qdevice: { State: "Connected" } }),
    ["homelab_cluster_votes_online 5", "homelab_cluster_votes_needed 3"],
  ],
  [
    "a quorum device is there, beside an even number of nodes",
    ({ corosync, nodes }) => {
      const gone = corosync?.nodes.pop();
      nodes.splice(0, nodes.length, ...nodes.filter(({ name }) => name !== gone?.name));
      Object.assign(corosync ?? {}, { qdevice: { State: "Connected" } });
    },
    ["homelab_cluster_votes_online 3", "homelab_cluster_votes_needed 2"],
  ],
  [
    "the majority is lost",
    (cluster) => Object.assign(cluster, { quorate: false }),
    ["homelab_cluster_quorate 0"],
  ],
  [
    "HA gave a resource up",
    ({ ha }) => Object.assign(ha.status.services[0] ?? {}, { crmState: "error", node: 'a"\\' }),
    [`homelab_ha_resource_error{sid="${sid}",node="a\\"\\\\"} 1`],
  ],
  [
    "a replication job fails",
    ({ replication }) => Object.assign(replication[0] ?? {}, { last: { failCount: 4 } }),
    [`homelab_zfs_replication_failures{job="${job}",target="${sound().replication[0]?.target}"} 4`],
  ],
])("%s", (_what, damage, expected) => {
  const lines = written(damage);
  expect(expected.filter((line) => !lines.has(line))).toEqual([]);
});

/** Lines of the cluster whose first guest is in one job, with what its storages hold. */
function backupLines(archives: NonNullable<ClusterSnapshot["backup"]["archives"]>) {
  const guest = sound().guests.find(({ template }) => !template);
  if (!guest) throw new Error("the cluster has no guest");
  const lines = written((cluster) => {
    const [job] = cluster.backup.jobs;
    if (!job) throw new Error("the cluster has no job");
    cluster.backup.jobs = [{ ...job, enabled: true }];
    cluster.backup.archives = archives;
  });
  return { guest, lines: [...lines].filter((line) => /^homelab_guest_backup_t/.test(line)) };
}

test("a guest in a job that has no backup is told as 0, and what is left of a guest that is gone not at all", () => {
  const { lines } = backupLines([{ vmid: 99_999, madeSec: 1, storage: "nas" }]);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every((line) => line.endsWith(" 0"))).toBe(true);
  expect(lines.join("\n")).not.toContain("99999");
});

test("a backup whose verification failed is none", () => {
  const { guest, lines } = backupLines([
    { vmid: sound().guests[0]?.vmid ?? 0, madeSec: 7, storage: "nas", bad: true },
  ]);
  expect(lines.find((line) => line.includes(`vmid="${guest.vmid}"`))).toMatch(/ 0$/);
});

test("what a cluster has twice is told once: the exporter would refuse everything", () => {
  const lines = written(({ nodes, ha }) => {
    nodes.push(...nodes);
    ha.status.services.push(...ha.status.services);
  });
  const series = [...lines].map((line) => line.replace(/ \S+$/, ""));
  expect(new Set(series).size).toBe(series.length);
});

test("of a cluster that was not read, nothing is written but that", () => {
  const items = [{ level: "unknown" as const, subject: "cluster", text: "not asked" }];
  const lines = withoutStack(statusMetrics({ stack: "house", takenAt, items, tunnels: [] }))
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  expect(lines).toEqual([
    `homelab_status_timestamp_seconds ${takenAt}`,
    'homelab_status_items{level="problem"} 0',
    'homelab_status_items{level="unknown"} 1',
    'homelab_status_items{level="warning"} 0',
    'homelab_status_items{level="ok"} 0',
    "homelab_cluster_read 0",
    "",
  ]);
});
