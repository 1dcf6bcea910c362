import { audit } from "../audit/audit";
import type { WantedCluster } from "../audit/types";
import type { ClusterSnapshot } from "../cluster-snapshot";
import type { StatusItem } from "./types";

/** Checks of the audit that speak of the present state; the others are about the next failure or the past. */
const present = new Set([
  "node-unreachable",
  "quorum",
  "corosync-links",
  "ceph-health",
  "ha-manager",
  "ha-resource-state",
  "pair-short-of-member",
  "replication-fails",
  "differs-from-stack-file",
  "not-read",
]);

/** Of these, what the audit only notes is worth a word now. */
const told = new Set(["differs-from-stack-file", "not-read"]);

/** How it stands with the cluster itself: nodes, majority, HA, replication, and where the guests run. */
export function judgeCluster(cluster: ClusterSnapshot, wanted: WantedCluster): StatusItem[] {
  const online = cluster.nodes.filter((node) => node.online).length;
  const summary: StatusItem = {
    level: "ok",
    subject: "cluster",
    text: `${online} of ${cluster.nodes.length} nodes are online, with a majority`,
  };
  return [
    // Without one the audit says what it means.
    ...(cluster.quorate ? [summary] : []),
    ...audit({ cluster, wanted })
      .filter(({ rule, severity }) => present.has(rule) && (severity !== "note" || told.has(rule)))
      .map(
        ({ rule, severity, subject, message, fix }): StatusItem => ({
          level: rule === "not-read" ? "unknown" : severity === "critical" ? "problem" : "warning",
          subject,
          text: message,
          fix,
        }),
      ),
    ...stopped(cluster, wanted),
  ];
}

/** Guests of the stack file that are there and do not run. */
function stopped(cluster: ClusterSnapshot, wanted: WantedCluster): StatusItem[] {
  const found = new Map(cluster.guests.map((guest) => [guest.vmid, guest]));
  return wanted.guests.flatMap(({ name, vmid }): StatusItem[] => {
    const guest = found.get(vmid);
    if (!guest || guest.stateUnknown || guest.running) return [];
    const text = `does not run (VMID ${vmid}, on ${guest.node})`;
    return [{ level: "problem", subject: name, text, fix: `look at its log on ${guest.node}` }];
  });
}
