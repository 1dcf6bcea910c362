import type { ClusterSnapshot, NodeSnapshot } from "../cluster-snapshot";
import { listed } from "../text";
import { type AuditContext, type AuditFinding, ago, type Boot } from "./types";

const DAY = 86_400;
/** An unclean reboot longer ago than this is history. */
const RECENT_SEC = 30 * DAY;
/** How far the clocks here and there may be apart; a start counts as this boot's own within it. */
const SLACK_SEC = 300;
/** The longest shutdown of all guests that is taken for part of a clean one. */
const SHUTDOWN_SEC = 3600;
/** Nodes that fall within this time fell together: corosync's token, the watchdog's minute, boot. */
const TOGETHER_SEC = 900;

/**
 * The last start of a node and whether it was shut down before it, from its tasks: a node that is
 * shut down stops all guests first (`stopall`), one that is not has only the `startall` of the start
 * before (pve-manager, services/pve-guests.service).
 *
 * @returns nothing when the tasks do not reach back that far
 */
function bootFromTasks(
  { tasks, uptimeSec }: Pick<NodeSnapshot, "tasks" | "uptimeSec">,
  takenAt: number,
): Boot | undefined {
  if (!tasks || uptimeSec === undefined) return undefined;
  const startSec = takenAt - uptimeSec;
  const [last] = tasks
    .filter((task) => task.startSec < startSec + (task.type === "stopall" ? SLACK_SEC : -SLACK_SEC))
    .sort((a, b) => b.startSec - a.startSec);
  if (!last) return undefined;
  const ended = last.endSec ?? last.startSec;
  const clean = last.type === "stopall" && startSec - ended < SHUTDOWN_SEC;
  return { startSec, clean };
}

/** Unclean starts of each node, newest first; the same start seen twice counts once. */
function uncleanBoots({ cluster, hosts }: AuditContext): Map<string, Boot[]> {
  return new Map(
    cluster.nodes.map((node) => {
      const fromHost = hosts.find((host) => host.node === node.name)?.boots;
      const fromTasks = bootFromTasks(node, cluster.takenAt);
      const boots = fromHost ?? (fromTasks ? [fromTasks] : []);
      return [node.name, boots.filter(({ clean }) => !clean)];
    }),
  );
}

/** Nodes that went down without being shut down, and nodes that did so at once. */
export function judgeBoots(context: AuditContext): AuditFinding[] {
  const { cluster } = context;
  const unclean = uncleanBoots(context);
  const single = [...unclean].flatMap(([node, boots]): AuditFinding[] => {
    const [last] = boots;
    if (!last) return [];
    const recent = boots.filter(({ startSec }) => cluster.takenAt - startSec < RECENT_SEC);
    const times = recent.length > 1 ? `${recent.length} times in 30 days, last ` : "";
    return [
      {
        rule: "unclean-reboot",
        severity: recent.length > 0 ? "critical" : "note",
        subject: `node ${node}`,
        message: `it went down without being shut down ${times}${ago(cluster.takenAt, last.startSec)} (up again ${clock(last.startSec)})`,
        fix: `find the cause: memory and file-system errors below, power, heat, a reset by the watchdog (on ${node}: journalctl -b -1 -n 100)`,
      },
    ];
  });
  return [...single, ...together(context, unclean)];
}

/** All nodes that carry HA resources reset themselves when corosync fails for all at once. */
function together(context: AuditContext, unclean: ReadonlyMap<string, Boot[]>): AuditFinding[] {
  const starts = [...unclean]
    .flatMap(([node, boots]) => boots.map(({ startSec }) => ({ node, startSec })))
    .filter(({ startSec }) => context.cluster.takenAt - startSec < RECENT_SEC)
    .sort((a, b) => b.startSec - a.startSec);
  for (const first of starts) {
    const group = starts.filter(
      ({ startSec }) => startSec <= first.startSec && first.startSec - startSec < TOGETHER_SEC,
    );
    const nodes = [...new Set(group.map(({ node }) => node))].sort();
    if (nodes.length < 2) continue;
    const signs = signsOfFencing(context, nodes);
    return [
      {
        rule: "nodes-fell-together",
        severity: "critical",
        subject: listed(nodes.map((node) => `node ${node}`)),
        message: `${listed(nodes)} went down within ${TOGETHER_SEC / 60} minutes ${ago(context.cluster.takenAt, first.startSec)}: ${signs.length > 0 ? "corosync was lost, and the watchdog reset every node that carried HA resources" : "either power, or corosync was lost for all at once and the watchdog reset every node that carried HA resources"}`,
        fix: "give corosync a network of its own and a second link; look at the switch at that time",
        ...(signs.length > 0 && { evidence: signs }),
      },
    ];
  }
  return [];
}

/** Words of corosync and of the watchdog that tell a reset by fencing from a loss of power. */
const fencing =
  /watchdog expired|watchdog is about to expire|did not stop watchdog|Token has not been received|link: \d+ is down|host: \d+ has no active links|quorum lost|lost lock 'ha_agent/;

function signsOfFencing({ hosts, cluster }: AuditContext, nodes: readonly string[]): string[] {
  return nodes.flatMap((node) => {
    const lines = logOf({ hosts, cluster }, node).filter((line) => fencing.test(line));
    return lines.slice(-2).map((line) => `${node}: ${line}`);
  });
}

/** Lines that a node has told, over SSH or through the API. */
export function logOf(
  { hosts, cluster }: { hosts: AuditContext["hosts"]; cluster: Pick<ClusterSnapshot, "nodes"> },
  node: string,
): string[] {
  return (
    hosts.find((host) => host.node === node)?.log ??
    cluster.nodes.find(({ name }) => name === node)?.journal ??
    []
  );
}

/** A moment in UTC, for messages. */
function clock(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
