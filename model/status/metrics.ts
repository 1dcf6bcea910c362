import type { ClusterSnapshot } from "../cluster-snapshot";
import { type Metric, metricsText, one } from "../metrics-text";
import { votesNow } from "../placement/quorum";
import { dueBackups } from "./backups";
import type { StatusItem, StatusLevel } from "./types";

/** What one look found, for metrics. */
export interface StatusFigures {
  /** Name of the stack, with its site: several may write metrics on one host. */
  stack: string;
  /** Unix seconds. */
  takenAt: number;
  items: readonly StatusItem[];
  /** @default the cluster could not be read */
  cluster?: ClusterSnapshot;
  /** Connectors of each tunnel; of one that could not be asked, none. */
  tunnels: readonly {
    name: string;
    connectors?: number;
    hosts?: readonly { host: string; ready?: boolean }[];
  }[];
}

const LEVELS: readonly StatusLevel[] = ["problem", "unknown", "warning", "ok"];

/** The figures in the text format of Prometheus; what could not be read is left out, never guessed. */
export function statusMetrics(figures: StatusFigures): string {
  const { stack, takenAt, items, cluster, tunnels } = figures;
  const metrics: Metric[] = [
    one("homelab_status_timestamp_seconds", "When the status was taken.", takenAt),
    {
      name: "homelab_status_items",
      help: "Lines of the status by their level.",
      values: LEVELS.map((level) => ({
        labels: { level },
        value: items.filter((item) => item.level === level).length,
      })),
    },
    one("homelab_cluster_read", "1 while the Proxmox API answers.", cluster === undefined ? 0 : 1),
    ...(cluster ? clusterMetrics(cluster) : []),
    {
      name: "homelab_tunnel_connectors",
      help: "Connectors of a tunnel with a connection to Cloudflare.",
      values: tunnels.flatMap(({ name, connectors }) =>
        connectors === undefined ? [] : [{ labels: { tunnel: name }, value: connectors }],
      ),
    },
    {
      name: "homelab_tunnel_connector_ready",
      help: "1 while the host's connector is connected to Cloudflare; of a host that could not be asked, none.",
      values: tunnels.flatMap(({ name, hosts = [] }) =>
        hosts.flatMap(({ host, ready }) =>
          ready === undefined ? [] : [{ labels: { tunnel: name, host }, value: ready ? 1 : 0 }],
        ),
      ),
    },
  ];
  return metricsText(
    metrics.map((metric) => ({
      ...metric,
      values: metric.values.map(({ labels, value }) => ({ labels: { stack, ...labels }, value })),
    })),
  );
}

function clusterMetrics(cluster: ClusterSnapshot): Metric[] {
  const { quorate, nodes, ha, replication } = cluster;
  return [
    one("homelab_cluster_quorate", "1 while the asked node has a majority.", quorate ? 1 : 0),
    {
      name: "homelab_cluster_node_online",
      help: "1 while the cluster sees the node.",
      values: nodes.map(({ name, online }) => ({ labels: { node: name }, value: online ? 1 : 0 })),
    },
    ...votes(cluster),
    {
      name: "homelab_ha_resource_error",
      help: "1 while HA has given the resource up.",
      values: ha.status.services.map(({ sid, node, crmState, state }) => ({
        labels: { sid, node },
        value: [crmState, state].includes("error") ? 1 : 0,
      })),
    },
    ...replicationMetrics(replication),
    ...guestBackups(cluster),
  ];
}

/** Of guests in a backup job only: what is left of others grows old, and should. */
function guestBackups(cluster: ClusterSnapshot): Metric[] {
  const { archives } = cluster.backup;
  if (archives === undefined) return [];
  const good = new Map(
    archives.filter(({ bad }) => bad !== true).map(({ vmid, madeSec }) => [vmid, madeSec]),
  );
  const due = dueBackups(cluster).map(({ guest, limitSec }) => ({
    labels: { vmid: String(guest.vmid), guest: guest.name },
    made: good.get(guest.vmid) ?? 0,
    limitSec,
  }));
  return [
    {
      name: "homelab_guest_backup_timestamp_seconds",
      help: "When the newest good backup of a guest in a backup job was made; 0: there is none.",
      values: due.map(({ labels, made }) => ({ labels, value: made })),
    },
    {
      name: "homelab_guest_backup_limit_seconds",
      help: "Oldest that it may be by the schedules of its jobs.",
      values: due.flatMap(({ labels, limitSec }) =>
        Number.isFinite(limitSec) ? [{ labels, value: limitSec }] : [],
      ),
    },
  ];
}

function votes({ corosync, nodes }: ClusterSnapshot): Metric[] {
  if (!corosync) return [];
  const { held, needed } = votesNow({ nodes, corosync });
  return [
    one("homelab_cluster_votes_online", "Votes that are there.", held),
    one("homelab_cluster_votes_needed", "Votes that are a majority.", needed),
  ];
}

function replicationMetrics(jobs: ClusterSnapshot["replication"]): Metric[] {
  const told = jobs.flatMap(({ id, target, disabled, removing, last }) =>
    last && !disabled && !removing ? [{ labels: { job: id, target }, last }] : [],
  );
  return [
    {
      name: "homelab_zfs_replication_failures",
      help: "Failures in a row of a replication job.",
      values: told.map(({ labels, last }) => ({ labels, value: last.failCount })),
    },
    {
      name: "homelab_zfs_replication_last_sync_timestamp_seconds",
      help: "When a replication job went well last.",
      values: told.flatMap(({ labels, last: { syncSec } }) =>
        syncSec === undefined || syncSec === 0 ? [] : [{ labels, value: syncSec }],
      ),
    },
  ];
}
