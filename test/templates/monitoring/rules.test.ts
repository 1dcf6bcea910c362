import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { alertsOf } from "../../../model/monitoring/alerts";
import { ofStack } from "../../../model/monitoring/of-stack";
import { alertRules, RULES_FILE } from "../../../templates/monitoring/prometheus";
import { needTool, runTool } from "../../support/tools";
import { facts, place } from "./facts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rules-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

// A minute per sample: five minutes good, fifteen broken, fifteen good again.
const [GOOD, BROKEN, AFTER] = [5, 15, 15];
const STEP = 60;
const breaksAt = GOOD * STEP;
const healsAt = (GOOD + BROKEN) * STEP;
const endsAt = (GOOD + BROKEN + AFTER - 1) * STEP;

const constant = (value: number) => `${value}x${GOOD + BROKEN + AFTER}`;
const growing = `0+${STEP}x${GOOD + BROKEN + AFTER}`;
/** Another value while it is broken. */
const meanwhile = (good: number, broken: number) =>
  `${good}x${GOOD - 1} ${broken}x${BROKEN - 1} ${good}x${AFTER}`;
/** Gone while it is broken, as after a failed scrape. */
const gone = (good: number) => `${good}x${GOOD - 1} stale _x${BROKEN - 1} ${good}x${AFTER}`;
/** A time that stands still while it is broken. */
const stuck = `0+${STEP}x${GOOD - 1} ${breaksAt}x${BROKEN - 1} ${healsAt}+${STEP}x${AFTER}`;
const counting = `3x${GOOD - 1} 4+1x${BROKEN - 1} ${4 + BROKEN}x${AFTER}`;

const DAY = 86_400;
const member = (name: string, more = "") =>
  `{job="homelab-members",place="${place}",member="${name}"${more}}`;
const probe = (job: string, at = place) => `probe_success{job="${job}",place="${at}"}`;
const textfile = ',file="/var/lib/homelab-ha/metrics/homelab_member.prom"';
const lsyncd = ',unit="lsyncd.service"';
const has = (name: string) => `homelab_member_has_address${member(name)}`;
const ready = (name: string) => `homelab_member_ready${member(name)}`;
const healthy = (name: string) => `homelab_member_healthy${member(name)}`;
const up = (name: string) => `up${member(name)}`;
const address = probe("homelab-addresses");
const route = probe("homelab-routes");
const unit = `homelab_member_unit_active${member("a", lsyncd)}`;
const started = `homelab_replication_started_timestamp_seconds${member("a")}`;
const drift = `homelab_traefik_config_drift${member("a", ',peer="b"')}`;
const valid = `homelab_traefik_config_valid${member("b")}`;
const certificate = `homelab_certificate_end_timestamp_seconds${member("b", ',file="x.crt"')}`;
const written = `node_textfile_mtime_seconds${member("a", textfile)}`;
const writtenB = `node_textfile_mtime_seconds${member("b", textfile)}`;
const prober = 'up{job="homelab-addresses",place="x"}';
const moved = `homelab_keepalived_transitions_total${member("a")}`;
const ingress = probe("homelab-addresses", "kubernetesIngress.lb");
const status = "homelab_status_timestamp_seconds";
const read = "homelab_cluster_read";
const quorate = "homelab_cluster_quorate";
const votes = "homelab_cluster_votes_online";
const inError = 'homelab_ha_resource_error{sid="ct:110",node="pve1"}';
const failures = 'homelab_zfs_replication_failures{job="110-0",target="pve2"}';
const connector = 'homelab_tunnel_connector_ready{tunnel="public",host="edge-1"}';
const connectors = 'homelab_tunnel_connectors{tunnel="public"}';

const guestBackup = 'homelab_guest_backup_timestamp_seconds{vmid="110",guest="web"}';
const guestLimit = 'homelab_guest_backup_limit_seconds{vmid="110",guest="web"}';
const backed = `{stack="house",address="${place}",member="a"}`;
const checked = `homelab_backup_checked_timestamp_seconds${backed}`;
const backupFailed = `homelab_backup_failed${backed}`;

const well: Record<string, string> = {
  [has("a")]: constant(1),
  [has("b")]: constant(0),
  ...Object.fromEntries(
    ["a", "b"].flatMap((name) =>
      [ready(name), healthy(name), up(name)].map((series) => [series, constant(1)]),
    ),
  ),
  [address]: constant(1),
  [route]: constant(1),
  [ingress]: constant(1),
  [unit]: constant(1),
  [started]: constant(0),
  [drift]: constant(0),
  [valid]: constant(1),
  [certificate]: constant(90 * DAY),
  [written]: growing,
  [writtenB]: growing,
  [prober]: constant(1),
  [moved]: constant(3),
  [status]: growing,
  [read]: constant(1),
  [quorate]: constant(1),
  [votes]: constant(3),
  homelab_cluster_votes_needed: constant(2),
  [inError]: constant(0),
  [failures]: constant(0),
  [connectors]: constant(4),
  [connector]: constant(1),
  [guestBackup]: constant(1),
  [guestLimit]: constant(30 * 3600),
  [checked]: constant(0),
  [backupFailed]: constant(0),
};

interface Case {
  what: string;
  /** Series that are other than well, and how. */
  broken: Record<string, string>;
  /** Alerts that fire before it is mended, and no others. */
  fires: string[];
  /** Alert that must not fire a step before its time. @default its condition begins later */
  notBefore?: string;
}

const cases: Case[] = [
  { what: "all is well", broken: {}, fires: [] },
  {
    what: "no member has the address",
    broken: { [has("a")]: meanwhile(1, 0), [address]: meanwhile(1, 0), [route]: meanwhile(1, 0) },
    fires: ["AddressUnreachable", "AddressWithoutHolder", "RouteDown"],
    notBefore: "AddressWithoutHolder",
  },
  {
    what: "the member with the address cannot be scraped, and the address answers",
    broken: Object.fromEntries([
      ...[has("a"), ready("a"), healthy("a")].map((series) => [series, gone(1)]),
      [up("a"), meanwhile(1, 0)],
      [written, stuck.replace(`${breaksAt}x${BROKEN - 1}`, `stale _x${BROKEN - 1}`)],
    ]),
    fires: ["MemberDown", "RedundancyLost"],
    notBefore: "MemberDown",
  },
  {
    what: "neither member can be scraped",
    broken: Object.fromEntries(
      ["a", "b"].flatMap((name) => [
        [has(name), gone(name === "a" ? 1 : 0)],
        [ready(name), gone(1)],
        [healthy(name), gone(1)],
        [up(name), meanwhile(1, 0)],
      ]),
    ),
    fires: ["MemberDown", "RedundancyLost"],
    notBefore: "RedundancyLost",
  },
  {
    what: "two members have the address",
    broken: { [has("b")]: meanwhile(0, 1) },
    fires: ["AddressOnTwoMembers"],
    notBefore: "AddressOnTwoMembers",
  },
  {
    what: "the address takes no connections",
    broken: { [address]: meanwhile(1, 0) },
    fires: ["AddressUnreachable"],
    notBefore: "AddressUnreachable",
  },
  {
    what: "the ingress takes no connections",
    broken: { [ingress]: meanwhile(1, 0) },
    fires: ["AddressUnreachable"],
    notBefore: "AddressUnreachable",
  },
  {
    what: "the address moves to and fro",
    broken: { [moved]: counting },
    fires: ["AddressFlapping"],
  },
  {
    what: "a failover and its failback",
    broken: { [moved]: `3x${GOOD - 1} 5x10 8x${BROKEN + AFTER - 10}` },
    fires: [],
  },
  {
    what: "a member is not healthy",
    broken: { [healthy("b")]: meanwhile(1, 0), [ready("b")]: meanwhile(1, 0) },
    fires: ["MemberUnhealthy", "RedundancyLost"],
    notBefore: "MemberUnhealthy",
  },
  {
    what: "a member was drained and forgotten",
    broken: { [ready("b")]: meanwhile(1, 0) },
    fires: ["RedundancyLost"],
    notBefore: "RedundancyLost",
  },
  { what: "a member writes no metrics", broken: { [written]: stuck }, fires: ["MemberMetricsOld"] },
  {
    what: "the writer of a member never ran",
    broken: {
      [writtenB]: `0+${STEP}x${GOOD - 1} stale _x${BROKEN - 1} ${healsAt}+${STEP}x${AFTER}`,
    },
    fires: ["MemberMetricsOld"],
    notBefore: "MemberMetricsOld",
  },
  {
    what: "the prober does not run",
    broken: { [prober]: meanwhile(1, 0), [address]: gone(1), [route]: gone(1), [ingress]: gone(1) },
    fires: ["ProberDown"],
    notBefore: "ProberDown",
  },
  {
    what: "lsyncd does not run",
    broken: { [unit]: meanwhile(1, 0) },
    fires: ["ReplicationStopped"],
    notBefore: "ReplicationStopped",
  },
  {
    what: "no full copy for long",
    broken: { [started]: meanwhile(0, -5000) },
    fires: ["ReplicationLate"],
    notBefore: "ReplicationLate",
  },
  {
    what: "the configuration differs",
    broken: { [drift]: meanwhile(0, 1) },
    fires: ["ConfigurationDrift"],
    notBefore: "ConfigurationDrift",
  },
  {
    what: "the configuration is refused",
    broken: { [valid]: meanwhile(1, 0) },
    fires: ["ConfigurationRefused"],
    notBefore: "ConfigurationRefused",
  },
  {
    what: "a certificate ends soon",
    broken: { [certificate]: meanwhile(90 * DAY, 20 * DAY) },
    fires: ["CertificateNearEnd"],
    notBefore: "CertificateNearEnd",
  },
  {
    what: "a certificate ends in 22 days",
    broken: { [certificate]: meanwhile(90 * DAY, 22 * DAY) },
    fires: [],
  },
  {
    what: "a route answers 502",
    broken: { [route]: meanwhile(1, 0) },
    fires: ["RouteDown"],
    notBefore: "RouteDown",
  },
  { what: "the status does not run", broken: { [status]: stuck }, fires: ["StatusOld"] },
  {
    what: "nobody ever wrote a status",
    broken: { [status]: `_x${GOOD} _x${BROKEN} ${healsAt}+${STEP}x${AFTER}` },
    fires: ["StatusOld"],
  },
  {
    what: "the API does not answer",
    broken: { [read]: meanwhile(1, 0) },
    fires: ["ClusterNotRead"],
    notBefore: "ClusterNotRead",
  },
  {
    what: "the majority is lost",
    broken: { [quorate]: meanwhile(1, 0), [votes]: meanwhile(3, 1) },
    fires: ["QuorumLost", "QuorumMarginGone"],
    notBefore: "QuorumMarginGone",
  },
  {
    what: "one more lost vote stops the cluster",
    broken: { [votes]: meanwhile(3, 2) },
    fires: ["QuorumMarginGone"],
    notBefore: "QuorumMarginGone",
  },
  {
    what: "HA gave a guest up",
    broken: { [inError]: meanwhile(0, 1) },
    fires: ["HaResourceInError"],
    notBefore: "HaResourceInError",
  },
  {
    what: "a replication job fails",
    broken: { [failures]: meanwhile(0, 2) },
    fires: ["GuestReplicationFails"],
    notBefore: "GuestReplicationFails",
  },
  {
    what: "a guest was not backed up",
    broken: { [guestBackup]: meanwhile(1, -31 * 3600) },
    fires: ["GuestBackupOld"],
    notBefore: "GuestBackupOld",
  },
  {
    what: "a guest is backed up once a week",
    broken: {
      [guestBackup]: meanwhile(1, -150 * 3600),
      [guestLimit]: constant(174 * 3600),
    },
    fires: [],
  },
  {
    what: "a guest has a schedule that nobody can read",
    broken: {
      [guestBackup]: meanwhile(1, -31 * 3600),
      [guestLimit]: `_x${GOOD + BROKEN + AFTER}`,
    },
    fires: ["GuestBackupOld"],
  },
  {
    what: "no backup of a member ever ran",
    broken: { [checked]: gone(0), [backupFailed]: gone(0) },
    fires: ["MemberBackupOld"],
    notBefore: "MemberBackupOld",
  },
  {
    what: "the backups of another stack are old",
    broken: {
      [checked.replace("house", "other")]: meanwhile(0, -490 * 3600),
      [backupFailed.replace("house", "other")]: meanwhile(0, 1),
    },
    fires: [],
  },
  {
    what: "nobody counts the connectors of a tunnel",
    broken: { [connectors]: gone(4) },
    fires: ["TunnelNotRead"],
    notBefore: "TunnelNotRead",
  },
  {
    what: "the exporter of the status is gone with all that it tells",
    broken: {
      ...Object.fromEntries(
        [read, quorate, votes, inError, failures, connectors, checked].map((series) => [
          series,
          gone(Number((well[series] ?? "0").split("x")[0])),
        ]),
      ),
      [guestBackup]: gone(1),
      [backupFailed]: gone(0),
      [status]: `0+${STEP}x${GOOD - 1} stale _x${BROKEN - 1} ${healsAt}+${STEP}x${AFTER}`,
    },
    fires: ["StatusOld"],
  },
  {
    what: "a member was not backed up",
    broken: { [checked]: meanwhile(0, -49 * 3600) },
    fires: ["MemberBackupOld"],
    notBefore: "MemberBackupOld",
  },
  {
    what: "the backup of a member fails",
    broken: { [backupFailed]: meanwhile(0, 1) },
    fires: ["MemberBackupFails"],
    notBefore: "MemberBackupFails",
  },
  {
    what: "another stack has a pair of this name, which is down all the time",
    broken: Object.fromEntries(
      Object.keys(well).map((name) => [
        ofStack(name.replace('stack="house"', 'stack="other"'), "other"),
        constant(0),
      ]),
    ),
    fires: [],
  },
  {
    what: "the connector of one host is down",
    broken: { [connector]: meanwhile(1, 0) },
    fires: ["TunnelConnectorDown"],
    notBefore: "TunnelConnectorDown",
  },
  {
    what: "a tunnel has one connector",
    broken: { [connectors]: meanwhile(4, 1) },
    fires: ["TunnelConnectorsFew"],
    notBefore: "TunnelConnectorsFew",
  },
];

const alerts = alertsOf(facts);

/** What takes longer than a case, and is tried by itself. */
const SLOW = "GuestBackupMissing";

/** The names of all that fire at a time, as promtool compares them. */
const firing = (at: number, names: readonly string[]) => ({
  expr: 'count by (alertname) (ALERTS{alertstate="firing"} > 0) > bool 0',
  eval_time: `${at}s`,
  exp_samples: [...names].sort().map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
});

/** That one alert is not there yet. */
const silent = (at: number, name: string) => ({
  expr: `ALERTS{alertstate="firing",alertname="${name}"}`,
  eval_time: `${at}s`,
  exp_samples: [],
});

function unitTest({ what, broken, fires, notBefore }: Case) {
  const series = { ...well, ...broken };
  const forSec = alerts.find(({ name }) => name === notBefore)?.forSec ?? 0;
  const never = broken[status]?.startsWith("_") === true;
  return {
    name: what,
    interval: `${STEP}s`,
    input_series: Object.entries(series).map(([name, values]) => ({
      series: ofStack(name, "house"),
      values,
    })),
    promql_expr_test: [
      ...(never ? [] : [firing(breaksAt - STEP, [])]),
      ...(notBefore === undefined ? [] : [silent(breaksAt + forSec - STEP, notBefore)]),
      firing(healsAt - STEP, fires),
      firing(endsAt, []),
    ],
  };
}

test("every alert fires on what it is about, alone and in its time, and clears", () => {
  needTool("promtool");
  writeFileSync(join(directory, RULES_FILE), alertRules(alerts, facts));
  const suite = {
    rule_files: [RULES_FILE],
    evaluation_interval: `${STEP}s`,
    tests: cases.map(unitTest),
  };
  const file = join(directory, "test.yml");
  writeFileSync(file, stringify(suite, { aliasDuplicateObjects: false }));
  const { status, output } = runTool("promtool", ["test", "rules", file]);
  expect(output).toMatch(/SUCCESS/);
  expect(status).toBe(0);
});

test("no alert is without a case in which it fires", () => {
  const fired = new Set([SLOW, ...cases.flatMap(({ fires }) => fires)]);
  expect([...new Set(alerts.map(({ name }) => name))].sort()).toEqual([...fired].sort());
});

test("a guest in a job without any backup is told of once its job should have run", () => {
  needTool("promtool");
  writeFileSync(join(directory, RULES_FILE), alertRules(alerts, facts));
  const file = join(directory, "test.yml");
  const hours = (at: number) => at * 3600;
  const input = [
    { series: guestBackup, values: "0x40 1x10" },
    { series: status, values: "0+3600x60" },
  ];
  const suite = {
    rule_files: [RULES_FILE],
    evaluation_interval: "1h",
    tests: [
      {
        interval: "1h",
        input_series: input.map((one) => ({ ...one, series: ofStack(one.series, "house") })),
        promql_expr_test: [
          silent(hours(29), SLOW),
          {
            ...silent(hours(31), SLOW),
            exp_samples: [
              {
                labels: `{__name__="ALERTS",alertname="${SLOW}",alertstate="firing",guest="web",place="backups",severity="warning",stack="house",vmid="110"}`,
                value: 1,
              },
            ],
          },
          silent(hours(45), SLOW),
        ],
      },
    ],
  };
  writeFileSync(file, stringify(suite, { aliasDuplicateObjects: false }));
  const { output } = runTool("promtool", ["test", "rules", file]);
  expect(output).toMatch(/SUCCESS/);
});

test("promtool refuses a case whose alert does not fire", () => {
  writeFileSync(join(directory, RULES_FILE), alertRules(alerts, facts));
  const wrong = unitTest({ what: "nothing broke", broken: {}, fires: ["AddressWithoutHolder"] });
  const file = join(directory, "test.yml");
  const suite = { rule_files: [RULES_FILE], evaluation_interval: `${STEP}s`, tests: [wrong] };
  writeFileSync(file, stringify(suite, { aliasDuplicateObjects: false }));
  expect(runTool("promtool", ["test", "rules", file]).status).not.toBe(0);
});
