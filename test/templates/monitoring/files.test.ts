import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { alertsOf } from "../../../model/monitoring/alerts";
import { answers } from "../../../templates/host/health-probe";
import { memberMetricsScript } from "../../../templates/host/member-metrics";
import { notifyScript } from "../../../templates/keepalived/scripts";
import { alertmanagerConfig, silenceScript } from "../../../templates/monitoring/alertmanager";
import { grafanaDashboard, panelsOf } from "../../../templates/monitoring/grafana";
import {
  alertRules,
  blackboxConfig,
  prometheusConfig,
  RULES_FILE,
} from "../../../templates/monitoring/prometheus";
import { kumaBackup, kumaMonitors, kumaScript } from "../../../templates/monitoring/uptime-kuma";
import { configWatcherScript } from "../../../templates/traefik/config-watcher";
import { runTool } from "../../support/tools";
import { facts } from "./facts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "monitoring-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const written = (name: string, text: string) => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

const alerts = alertsOf(facts);
const bare = { ...facts, status: undefined, routes: [], ingresses: [], tunnels: [] };

test.each([
  ["everything", facts],
  ["a pair alone", (({ status: _none, ...rest }) => rest)(bare)],
])("prometheus takes its configuration and rules, for %s", (_what, of) => {
  written(RULES_FILE, alertRules(alertsOf(of), of));
  const path = written("prometheus.yml", prometheusConfig(of));
  const { status, output } = runTool("promtool", ["check", "config", path]);
  expect([status, output]).toEqual([0, expect.stringContaining("is valid")]);
  expect(output).toContain(`${alertsOf(of).length} rules found`);
});

test("alertmanager takes its configuration, with a webhook and without", () => {
  for (const of of [facts, { ...facts, webhook: "http://192.168.1.5:8080/alerts" }]) {
    const path = written("alertmanager.yml", alertmanagerConfig(of));
    const { status, output } = runTool("amtool", ["check-config", path]);
    expect([status, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
  }
});

test("the blackbox exporter takes its modules, and they are those that the probes name", () => {
  const text = blackboxConfig(facts);
  const flags = ["--config.check", `--config.file=${written("blackbox.yml", text)}`];
  expect(runTool("prometheus-blackbox-exporter", flags).status).toBe(0);
  const { scrape_configs: jobs } = parse(prometheusConfig(facts));
  const named = jobs.flatMap((job: { params?: { module: string[] } }) => job.params?.module ?? []);
  expect(named).toEqual(Object.keys(parse(text).modules));
});

test("every alert that another one silences exists, and is not its own reason", () => {
  const names = new Set(alerts.map(({ name }) => name));
  const { inhibit_rules: rules } = parse(alertmanagerConfig(facts));
  expect(rules.length).toBeGreaterThan(3);
  for (const { source_matchers: from, target_matchers: to } of rules) {
    const [source = ""] = from.map((text: string) => text.split('"')[1]);
    const targets = to.flatMap((text: string) => text.split('"')[1]?.split("|"));
    expect([source, ...targets].filter((name) => !names.has(name))).toEqual([]);
    expect(targets).not.toContain(source);
  }
});

/** Metrics that Debian's exporters and Prometheus have. */
const others = [
  "up",
  "ALERTS",
  "node_textfile_mtime_seconds",
  "probe_success",
  "probe_duration_seconds",
  "probe_ssl_earliest_cert_expiry",
];

/** Metrics that `homelab status --prometheus` writes. */
const statusMetrics = /^homelab_(status|cluster|ha|zfs|tunnel|guest|backup)_/;

/** Every metric that a script of a member writes. */
function memberMetrics(): Set<string> {
  const texts = [
    notifyScript({ host: "a", interface: "eth0", vips: ["192.168.1.20"] }),
    configWatcherScript({
      host: "a",
      directory: "/etc/traefik/dynamic",
      metricsPort: 8080,
      peers: [{ name: "b", address: "192.168.1.22" }],
      driftPort: 8081,
      graceSec: 60,
    }),
    memberMetricsScript({
      vip: "192.168.1.20",
      instance: "edge",
      units: ["traefik"],
      question: answers("http://127.0.0.1:8080/ping"),
      copies: true,
      certificates: "/etc/traefik/certificates",
      everySec: 15,
    }),
  ].join("\n");
  return new Set(
    [...texts.matchAll(/(?:head|# TYPE) (homelab_\w+)/g)].map(([, name = ""]) => name),
  );
}

const metricsIn = (expr: string) => {
  const plain = expr.replace(/"[^"]*"/g, '""').replace(/\b(by|on) \([^)]*\)/g, "");
  return [...plain.matchAll(/\b([a-zA-Z_]\w*)(?=\{|\[| [=<>*+-]|\)|$)/g)]
    .map(([, name = ""]) => name)
    .filter((name) => /_|^up$|^ALERTS$/.test(name));
};

test("alerts and panels ask for nothing that no member or exporter measures", () => {
  const measured = new Set([...memberMetrics(), ...others]);
  const exprs = [
    ...alerts.map(({ expr }) => expr),
    ...panelsOf(facts).flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  const asked = [...new Set(exprs.flatMap(metricsIn))];
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.filter((name) => !measured.has(name) && !statusMetrics.test(name))).toEqual([]);
});

test("prometheus reads every query of the dashboard", () => {
  const rules = panelsOf(facts).flatMap(({ targets }, panel) =>
    targets.map(({ expr }, at) => ({ record: `panel:${panel}:${at}`, expr })),
  );
  const path = written("panels.yml", JSON.stringify({ groups: [{ name: "panels", rules }] }));
  const { status, output } = runTool("promtool", ["check", "rules", path]);
  expect([status, output]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
});

test("panels of the dashboard have ids of their own and do not cover each other", () => {
  const { panels, templating } = JSON.parse(grafanaDashboard(facts));
  type Placed = { id: number; gridPos: { x: number; y: number; w: number; h: number } };
  const cells = panels.map(({ gridPos: { x, y } }: Placed) => `${x} ${y}`);
  expect(new Set(cells).size).toBe(panels.length);
  expect(new Set(panels.map(({ id }: Placed) => id)).size).toBe(panels.length);
  expect(templating.list.map(({ name }: { name: string }) => name)).toEqual([
    "datasource",
    "place",
  ]);
});

test("uptime kuma watches the address, both members and both keepalived", () => {
  const targets = kumaMonitors(facts).map(({ name, type, hostname, port, url }) =>
    [name, type, url ?? `${hostname}:${port}`].join(" "),
  );
  expect(targets).toEqual([
    "traefikPairs.edge: address 192.168.1.20 port 192.168.1.20:443",
    "traefikPairs.edge: traefik on a port 192.168.1.21:443",
    "traefikPairs.edge: keepalived on a keyword http://192.168.1.21:9100/metrics",
    "traefikPairs.edge: traefik on b port 192.168.1.22:443",
    "traefikPairs.edge: keepalived on b keyword http://192.168.1.22:9100/metrics",
    "kubernetesIngress.lb: address 10.0.20.203 port 10.0.20.203:443",
  ]);
  expect(JSON.parse(kumaBackup(facts)).monitorList).toHaveLength(targets.length);
  const path = written("uptime-kuma.mjs", kumaScript(facts));
  expect(runTool(process.execPath, ["--check", path]).status).toBe(0);
});

test("the script for silences is sound, and says how to use it", () => {
  const path = written("silence.sh", silenceScript(facts));
  expect(runTool("shellcheck", [path])).toEqual({ status: 0, output: "" });
  const { status, output } = runTool("sh", [path]);
  expect([status, output]).toEqual([2, expect.stringContaining("silence.sh end ID")]);
});
