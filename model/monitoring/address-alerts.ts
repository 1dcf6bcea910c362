import { withPort } from "../network/address";
import { JOBS, MEMBER_METRICS_FILE } from "./jobs";
import { moveSeenSec, rollOutSeenSec, stopSeenSec } from "./timing";
import type { Alert, MonitoringFacts, WatchedAddress } from "./types";

/** Window in which changes of state are counted. */
export const FLAP_WINDOW_SEC = 600;

/** Seconds that a planned reboot of a host may take. */
export const REBOOT_SEC = 180;

/** Runs of the writer that may be missed before what a member says is old. */
const MISSED_WRITES = 8;

const DAY_SEC = 86_400;

/** The alerts about one virtual address and its members. */
export function addressAlerts(facts: MonitoringFacts, address: WatchedAddress): Alert[] {
  return [
    ...holderAlerts(facts, address),
    ...memberAlerts(facts, address),
    ...contentAlerts(facts, address),
  ];
}

/** Makes alerts of one address. */
function alertOf(place: string) {
  return (alert: Omit<Alert, "place">): Alert => ({ ...alert, place });
}

function holderAlerts(facts: MonitoringFacts, address: WatchedAddress): Alert[] {
  const { place, vip } = address;
  const own = `place="${place}"`;
  const alert = alertOf(place);
  const held = `sum by (place) (homelab_member_has_address{${own}})`;
  const probed = `probe_success{job="${JOBS.addresses}",${own}}`;
  const { transitions } = facts.thresholds;
  return [
    alert({
      name: "AddressWithoutHolder",
      // A member that is not scraped may have it; then the probe decides.
      expr: `${held} == 0 unless on (place) (min by (place) (up{job="${JOBS.members}",${own}}) == 0 and on (place) max by (place) (${probed}) == 1)`,
      forSec: moveSeenSec(facts, address),
      severity: "critical",
      summary: `no member has ${vip} of ${place}`,
      description: `Nobody answers at ${vip}. A failover takes at most ${shown(address.moveSec)}, which is over.`,
      runbook: "address-missing",
    }),
    alert({
      name: "AddressOnTwoMembers",
      expr: `${held} > 1`,
      forSec: moveSeenSec(facts, address),
      severity: "critical",
      summary: `{{ $value }} members have ${vip} of ${place}`,
      description:
        "The members do not hear each other's adverts, or a killed keepalived left the address behind. Connections break at random.",
      runbook: "two-masters",
    }),
    alert({
      name: "AddressUnreachable",
      expr: `${probed} == 0`,
      forSec: moveSeenSec(facts, address),
      severity: "critical",
      summary: `${withPort(vip, address.port)} of ${place} takes no connections`,
      description: `The probe from the monitoring host fails for longer than a failover takes (at most ${shown(address.moveSec)}).`,
      runbook: "address-missing",
    }),
    alert({
      name: "AddressFlapping",
      expr: `increase(homelab_keepalived_transitions_total{${own}}[${FLAP_WINDOW_SEC}s]) >= ${transitions}`,
      forSec: 0,
      severity: "warning",
      summary: `${vip} of ${place} moves to and fro`,
      description: `keepalived on {{ $labels.member }} changed its state {{ $value | printf "%.0f" }} times in ten minutes: a check that fails now and then, or adverts that arrive late.`,
      runbook: "member-unhealthy",
    }),
  ];
}

function memberAlerts(facts: MonitoringFacts, address: WatchedAddress): Alert[] {
  const { place, vip } = address;
  const own = `place="${place}"`;
  const alert = alertOf(place);
  const up = `up{job="${JOBS.members}",${own}}`;
  const written = `node_textfile_mtime_seconds{file=~".*${MEMBER_METRICS_FILE.replace(".", "[.]")}",${own}}`;
  const { patience = 1, scrapeSec, writeSec } = facts;
  return [
    alert({
      name: "MemberDown",
      expr: `${up} == 0`,
      forSec: Math.ceil(REBOOT_SEC * patience + 2 * scrapeSec),
      severity: "warning",
      summary: `{{ $labels.member }} of ${place} cannot be scraped`,
      description:
        "The host is down, its network is cut, or prometheus-node-exporter does not run.",
      runbook: "member-unhealthy",
    }),
    alert({
      name: "MemberUnhealthy",
      expr: `homelab_member_healthy{${own}} == 0`,
      forSec: stopSeenSec(facts, address),
      severity: "warning",
      summary: `${address.daemon} on {{ $labels.member }} of ${place} is not healthy`,
      description: `A unit is not active or ${address.daemon} does not answer its health check, for longer than a planned restart takes.`,
      runbook: "member-unhealthy",
    }),
    alert({
      name: "RedundancyLost",
      // A member that is not scraped counts as not ready.
      expr: `(sum by (place) (homelab_member_ready{${own}}) or sum by (place) (${up} * 0)) < 2`,
      forSec: rollOutSeenSec(facts, address),
      severity: "critical",
      summary: `only {{ $value }} of ${address.members.length} members can have ${vip} of ${place}`,
      description:
        "The next failure is an outage: the other members are down, not healthy, drained or in FAULT.",
      runbook: "member-unhealthy",
    }),
    alert({
      name: "MemberMetricsOld",
      // A writer that never ran has no file whose age could be told.
      expr: `time() - ${written} > ${MISSED_WRITES * writeSec} or (${up} == 1 unless on (place, member) ${written})`,
      forSec: Math.ceil(2 * scrapeSec),
      severity: "warning",
      summary: `{{ $labels.member }} of ${place} writes no metrics`,
      description:
        "homelab-member-metrics.service does not run there, so the other alerts about this member see an old state.",
      runbook: "member-unhealthy",
    }),
  ];
}

function contentAlerts(facts: MonitoringFacts, address: WatchedAddress): Alert[] {
  const { place, replication } = address;
  const own = `place="${place}"`;
  const alert = alertOf(place);
  const { patience = 1, scrapeSec, writeSec } = facts;
  const { certificateDays } = facts.thresholds;
  const soon = Math.ceil(writeSec + 2 * scrapeSec);
  return [
    ...(replication
      ? [
          alert({
            name: "ReplicationStopped",
            expr: `homelab_member_unit_active{unit="lsyncd.service",${own}} == 0`,
            // lsyncd is started again ten seconds after it ended.
            forSec: Math.ceil(10 + soon),
            severity: "warning",
            summary: `lsyncd on {{ $labels.member }} of ${place} does not run`,
            description: "Edited files and renewed certificates stay on the first member.",
            runbook: "replication-stopped",
          }),
          alert({
            name: "ReplicationLate",
            expr: `time() - homelab_replication_started_timestamp_seconds{${own}} > ${2 * replication.fullSyncSec}`,
            forSec: soon,
            severity: "warning",
            summary: `${place}: no full copy for twice its interval`,
            description: `lsyncd compares all files every ${replication.fullSyncSec / 60} min, and has not: what drifted on the other members stays so.`,
            runbook: "replication-stopped",
          }),
        ]
      : []),
    ...(address.comparesConfiguration
      ? [
          alert({
            name: "ConfigurationDrift",
            // The members allow a roll-out its time before they call it drift.
            expr: `max by (place, member) (homelab_traefik_config_drift{${own}}) == 1`,
            forSec: soon,
            severity: "warning",
            summary: `the configuration on {{ $labels.member }} of ${place} differs from another member's`,
            description: "After a failover, clients would meet other routes.",
            ...(replication && { runbook: "replication-stopped" }),
          }),
          alert({
            name: "ConfigurationRefused",
            expr: `homelab_traefik_config_valid{${own}} == 0`,
            forSec: soon,
            severity: "warning",
            summary: `Traefik on {{ $labels.member }} of ${place} refuses its configuration`,
            description: "What runs goes on with the old one; a restart would not come up.",
            runbook: "member-unhealthy",
          }),
        ]
      : []),
    ...(address.certificates
      ? [
          alert({
            name: "CertificateNearEnd",
            expr: `homelab_certificate_end_timestamp_seconds{${own}} - time() < ${certificateDays * DAY_SEC}`,
            // Renewal and its copy take a moment.
            forSec: Math.ceil(600 * patience),
            severity: "warning",
            summary: `{{ $labels.file }} on {{ $labels.member }} of ${place} ends in {{ $value | humanizeDuration }}`,
            description: `It was not renewed, or the new one was not copied, ${certificateDays} days before its end.`,
            runbook: "certificate-expired",
          }),
        ]
      : []),
  ];
}

/** Seconds for people. */
export function shown(seconds: number): string {
  return seconds < 10 ? `${Math.ceil(seconds * 10) / 10} s` : `${Math.ceil(seconds)} s`;
}
