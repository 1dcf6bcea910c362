import type { Alert, MonitoringFacts } from "./types";

/** Runs of the status that may be missed before its figures are old. */
const MISSED_RUNS = 3;

/** Connectors without which the next failure takes a tunnel down. */
const LEAST_CONNECTORS = 2;

const HOUR_SEC = 3600;

/** Backups of the members' own files; two in a row have to be missed before one is old. */
function memberBackupAlerts(
  stack: string,
  everyHours: number,
  forSec: number,
): Omit<Alert, "place">[] {
  const own = `stack="${stack}"`;
  const common = { place: "backups", forSec, severity: "warning" as const };
  return [
    {
      ...common,
      name: "MemberBackupOld",
      // A backup that never ran has written nothing.
      expr: `time() - homelab_backup_checked_timestamp_seconds{${own}} > ${2 * everyHours * HOUR_SEC} or absent(homelab_backup_checked_timestamp_seconds{${own}}) unless on () absent(homelab_status_timestamp_seconds)`,
      summary:
        "{{ if $labels.member }}{{ $labels.member }} of {{ $labels.address }} has no backup for long{{ else }}nothing tells of any backup of a member{{ end }}",
      description: "The timer of `homelab backup` does not run, or its runs fail.",
    },
    {
      ...common,
      name: "MemberBackupFails",
      expr: `homelab_backup_failed{${own}} == 1`,
      summary: "the backup of {{ $labels.member }} of {{ $labels.address }} failed",
      description: "The log of `homelab backup` says why; the archive before it is still there.",
    },
  ];
}

/** The alerts about what no member knows; none while nothing writes it. */
export function clusterAlerts(facts: MonitoringFacts): Alert[] {
  const { status, tunnels, memberBackups } = facts;
  if (!status) return [];
  const alert = (parts: Omit<Alert, "place"> & { place?: string }): Alert => ({
    place: "cluster",
    ...parts,
  });
  const backupAge = "time() - homelab_guest_backup_timestamp_seconds";
  const twice = Math.ceil(status.everySec + 2 * facts.scrapeSec);
  return [
    alert({
      name: "StatusOld",
      expr: `(time() - homelab_status_timestamp_seconds > ${MISSED_RUNS * status.everySec}) or absent(homelab_status_timestamp_seconds)`,
      forSec: 2 * facts.scrapeSec,
      severity: "warning",
      summary: "`homelab status --prometheus FILE` has not run",
      description: "Nothing is known of HA, majority, replication and tunnels: see its timer.",
    }),
    alert({
      name: "ClusterNotRead",
      expr: "homelab_cluster_read == 0",
      // One run may meet a node that restarts.
      forSec: twice,
      severity: "warning",
      summary: "the Proxmox API did not answer `homelab status`",
      description: "The node that is asked is down, or the token is not valid any more.",
    }),
    alert({
      name: "QuorumLost",
      expr: "homelab_cluster_quorate == 0",
      forSec: 0,
      severity: "critical",
      summary: "the cluster has no majority",
      description: "Nothing can be started or changed, and nodes with guests under HA reset.",
      runbook: "quorum-lost",
    }),
    alert({
      name: "QuorumMarginGone",
      expr: "homelab_cluster_votes_online - homelab_cluster_votes_needed < 1",
      forSec: twice,
      severity: "warning",
      summary: "the cluster has {{ $value }} votes more than a majority",
      description: "The loss of one more vote stops the cluster.",
      runbook: "quorum-lost",
    }),
    alert({
      name: "HaResourceInError",
      expr: "homelab_ha_resource_error == 1",
      forSec: 0,
      severity: "critical",
      summary: "HA gave {{ $labels.sid }} on {{ $labels.node }} up",
      description:
        "HA neither starts nor moves it any more until it was disabled and enabled again.",
      runbook: "ha-error",
    }),
    alert({
      name: "GuestReplicationFails",
      expr: "homelab_zfs_replication_failures > 0",
      // Proxmox tries again after five minutes.
      forSec: 360 + twice,
      severity: "warning",
      summary: "replication {{ $labels.job }} to {{ $labels.target }} fails",
      description: "After a failure of its node the guest would start from an older copy.",
      runbook: "stale-replica",
    }),
    alert({
      name: "GuestBackupOld",
      place: "backups",
      // A job that runs once a week leaves older ones, and is well.
      expr: `${backupAge} > ${facts.thresholds.backupHours * HOUR_SEC} and homelab_guest_backup_timestamp_seconds != 0 unless on (vmid) (${backupAge} <= on (vmid) homelab_guest_backup_limit_seconds)`,
      forSec: twice,
      severity: "warning",
      summary: "the newest backup of {{ $labels.guest }} ({{ $labels.vmid }}) is too old",
      description: `It is older than ${facts.thresholds.backupHours} h: see the last runs of its backup job.`,
    }),
    alert({
      name: "GuestBackupMissing",
      place: "backups",
      expr: "homelab_guest_backup_timestamp_seconds == 0",
      // A new guest waits for the next run of its job.
      forSec: facts.thresholds.backupHours * HOUR_SEC,
      severity: "warning",
      summary: "{{ $labels.guest }} ({{ $labels.vmid }}) has no good backup",
      description: "A backup job covers it, and no storage has a good backup of it.",
    }),
    ...(memberBackups
      ? memberBackupAlerts(facts.stack, memberBackups.everyHours, twice).map(alert)
      : []),
    ...(tunnels.length > 0
      ? [
          alert({
            name: "TunnelNotRead",
            place: "tunnels",
            expr: `(${tunnels.map(({ name }) => `absent(homelab_tunnel_connectors{tunnel="${name}"})`).join(" or ")}) unless on () absent(homelab_status_timestamp_seconds)`,
            forSec: twice,
            severity: "warning",
            summary: "nobody counts the connectors of tunnel {{ $labels.tunnel }}",
            description:
              "`homelab status` could ask neither Cloudflare nor kubectl, so a tunnel that is down is not noticed: see what it says of the tunnel.",
          }),
          alert({
            name: "TunnelConnectorsFew",
            place: "tunnels",
            expr: `homelab_tunnel_connectors < ${LEAST_CONNECTORS}`,
            forSec: twice,
            severity: "warning",
            summary: "tunnel {{ $labels.tunnel }} has {{ $value }} connectors",
            description: "The loss of one more takes its names down.",
            runbook: "tunnel-down",
          }),
          ...(tunnels.some(({ hosts = 0 }) => hosts > 0)
            ? [
                alert({
                  name: "TunnelConnectorDown",
                  place: "tunnels",
                  expr: "homelab_tunnel_connector_ready == 0",
                  forSec: twice,
                  severity: "warning",
                  summary:
                    "cloudflared on {{ $labels.host }} does not hold tunnel {{ $labels.tunnel }} open",
                  description:
                    "Its unit does not run, or is not connected to Cloudflare: journalctl -u cloudflared-NAME on the host.",
                  runbook: "tunnel-down",
                }),
              ]
            : []),
        ]
      : []),
  ];
}
