import { alertsOf } from "../../../model/monitoring/alerts";
import type { MonitoringFacts } from "../../../model/monitoring/types";
import { alertmanagerConfig, silenceScript } from "../../../templates/monitoring/alertmanager";
import { grafanaDashboard } from "../../../templates/monitoring/grafana";
import {
  alertRules,
  blackboxConfig,
  prometheusConfig,
  RULES_FILE,
} from "../../../templates/monitoring/prometheus";
import { kumaBackup, kumaScript } from "../../../templates/monitoring/uptime-kuma";
import type { SiteFlags } from "../../lib/options";
import { nameOf } from "../../lib/stack-files";
import { Failure, hasMistakes } from "../../lib/usage";
import { checkStack } from "../../run/check";
import { replaceFolder } from "../render/folder";
import { monitoringFacts } from "./facts";

/** What was written; `--json` prints exactly this. */
export interface WrittenMonitoring {
  stack: string;
  out: string;
  files: { name: string; what: string }[];
  /** Alerts, and after how many seconds each fires. */
  alerts: { name: string; place: string; forSec: number; severity: string }[];
  /** What is not watched, and what to do for it; a sentence each. */
  gaps: string[];
}

/**
 * Writes the monitoring of a stack into a folder; nothing is asked.
 *
 * @throws Failure for a stack file with mistakes, or without `monitoring`
 */
export function writeMonitoring({ out, ...flags }: SiteFlags & { out: string }): WrittenMonitoring {
  const { chosen, config } = checkStack(flags);
  if (!config) throw hasMistakes(chosen.file, `validate --file ${chosen.file}`);
  if (!config.monitoring) {
    throw new Failure(
      `${chosen.file}: homelab:monitoring: missing, so members serve no metrics; add \`homelab:monitoring: {}\`, which takes the defaults, then run \`pulumi up\``,
    );
  }
  const facts = monitoringFacts(nameOf(chosen), config, config.monitoring);
  const files = monitoringFiles(facts);
  replaceFolder(
    out,
    files.map(({ name, text, what }) => ({ name, text, line: `${name} ${what}` })),
  );
  return {
    stack: chosen.stack,
    out,
    files: files.map(({ name, what }) => ({ name, what })),
    alerts: alertsOf(facts).map(({ name, place, forSec, severity }) => ({
      name,
      place,
      forSec,
      severity,
    })),
    gaps: gapsOf(facts),
  };
}

/** Every file, with what reads it. */
export function monitoringFiles(
  facts: MonitoringFacts,
): { name: string; what: string; text: string }[] {
  return [
    {
      name: "prometheus.yml",
      what: "/etc/prometheus/ of the monitoring host",
      text: prometheusConfig(facts),
    },
    {
      name: RULES_FILE,
      what: "/etc/prometheus/, beside prometheus.yml",
      text: alertRules(alertsOf(facts), facts),
    },
    {
      name: "alertmanager.yml",
      what: "/etc/prometheus/alertmanager.yml",
      text: alertmanagerConfig(facts),
    },
    { name: "blackbox.yml", what: "/etc/prometheus/blackbox.yml", text: blackboxConfig(facts) },
    {
      name: "grafana-dashboard.json",
      what: "Grafana: Dashboards, New, Import",
      text: grafanaDashboard(facts),
    },
    {
      name: "uptime-kuma-v1.json",
      what: "Uptime Kuma 1: Settings, Backup, Import",
      text: kumaBackup(facts),
    },
    {
      name: "uptime-kuma.mjs",
      what: "Uptime Kuma 2: run it, its first lines say how",
      text: kumaScript(facts),
    },
    {
      name: "silence.sh",
      what: "silences a place for a drill",
      text: silenceScript(facts),
    },
  ];
}

/** What nothing here watches. */
function gapsOf(facts: MonitoringFacts): string[] {
  const { status, tunnels, webhook, addresses, routes, memberBackups } = facts;
  const quiet = addresses.filter(
    ({ place }) =>
      place.startsWith("traefikPairs.") && !routes.some((route) => route.place === place),
  );
  return [
    ...(status
      ? []
      : [
          `nothing watches HA, majority, ZFS replication, guests' backups${tunnels.length > 0 ? " and tunnels" : ""}: set homelab:monitoring.status, and run \`homelab status --prometheus FILE\` by a timer`,
        ]),
    ...(webhook === undefined
      ? [
          "alerts are shown but sent nowhere: set homelab:monitoring.webhook, or add a receiver to alertmanager.yml",
        ]
      : []),
    ...quiet.map(({ place }) => `no route of ${place} is probed: it states none with a plain name`),
    ...(memberBackups
      ? []
      : [
          "nothing watches the age of the members' backups: set homelab:backups with its metrics folder",
        ]),
  ];
}
