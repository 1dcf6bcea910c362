import { stringify } from "yaml";
import { JOBS } from "../../model/monitoring/jobs";
import type { Alert, MonitoringFacts } from "../../model/monitoring/types";
import { withPort } from "../../model/network/address";
import { pageUrl } from "../../model/pages";

/** File with the alerts, beside `prometheus.yml`. */
export const RULES_FILE = "homelab-rules.yml";

/** What the rendered files are stringified with: one object is never an alias of another. */
const PLAIN = { aliasDuplicateObjects: false, lineWidth: 0 };

/** `prometheus.yml`: what is scraped, how often, and where alerts go. */
export function prometheusConfig(facts: MonitoringFacts): string {
  const { scrapeSec, alertmanager, status, stack } = facts;
  const every = `${scrapeSec}s`;
  return stringify(
    {
      global: {
        scrape_interval: every,
        scrape_timeout: `${Math.min(10, scrapeSec)}s`,
        evaluation_interval: every,
        external_labels: { stack },
      },
      rule_files: [RULES_FILE],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
      scrape_configs: [
        { job_name: JOBS.members, static_configs: ofOne(stack, memberTargets(facts)) },
        probes(facts, JOBS.addresses, TCP_MODULE, addressTargets(facts)),
        ...(routeTargets(facts).length > 0
          ? [probes(facts, JOBS.routes, ROUTE_MODULE, routeTargets(facts))]
          : []),
        ...(status
          ? [
              {
                job_name: JOBS.status,
                // What several stacks write on one host says itself of which it is.
                honor_labels: true,
                static_configs: ofOne(stack, [{ targets: [status.exporter], labels: {} }]),
              },
            ]
          : []),
      ],
    },
    PLAIN,
  );
}

/** Modules of the blackbox exporter. */
const TCP_MODULE = "homelab_tcp";
const ROUTE_MODULE = "homelab_route";

interface Targets {
  targets: string[];
  labels: Record<string, string>;
}

function memberTargets({ addresses, exporterPort }: MonitoringFacts): Targets[] {
  return addresses.flatMap(({ place, vip, members }) =>
    members.map(({ name, address, node }) => ({
      targets: [withPort(address, exporterPort)],
      labels: { place, vip, member: name, node },
    })),
  );
}

function addressTargets({ addresses, ingresses }: MonitoringFacts): Targets[] {
  return [
    ...addresses.map(({ place, vip, port }) => ({ place, address: vip, port })),
    ...ingresses,
  ].map(({ place, address, port }) => ({ targets: [withPort(address, port)], labels: { place } }));
}

function routeTargets({ routes }: MonitoringFacts): Targets[] {
  return routes.map(({ place, name, host, url }) => ({
    targets: [url],
    labels: { place, route: name, host },
  }));
}

/** Every series says its stack: another one may have a pair of the same name. */
const ofOne = (stack: string, targets: readonly Targets[]): Targets[] =>
  targets.map((target) => ({ ...target, labels: { stack, ...target.labels } }));

function probes(
  { blackbox, stack }: MonitoringFacts,
  job: string,
  module: string,
  targets: readonly Targets[],
) {
  return {
    job_name: job,
    metrics_path: "/probe",
    params: { module: [module] },
    static_configs: ofOne(stack, targets),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      // The name that a route answers to, for the request and for TLS; nothing for an address.
      ...(job === JOBS.routes
        ? [{ source_labels: ["host"], target_label: "__param_hostname" }]
        : []),
      { source_labels: ["__param_target"], target_label: "instance" },
      { target_label: "__address__", replacement: blackbox },
    ],
  };
}

/** `homelab-rules.yml`: the alerts, a group for each place. */
export function alertRules(
  alerts: readonly Alert[],
  { stack, scrapeSec, runbook }: MonitoringFacts,
): string {
  const places = [...new Set(alerts.map(({ place }) => place))];
  const groups = places.map((place) => ({
    name: `homelab ${place}`,
    interval: `${scrapeSec}s`,
    rules: alerts
      .filter((alert) => alert.place === place)
      .map(({ name, expr, forSec, severity, summary, description, runbook: section }) => ({
        alert: name,
        expr,
        ...(forSec > 0 && { for: `${forSec}s` }),
        labels: { severity, stack, place },
        annotations: {
          summary,
          description,
          runbook_url:
            runbook === undefined || section === undefined
              ? pageUrl(`monitoring.md#${name.toLowerCase()}`)
              : `${runbook}#${section}`,
        },
      })),
  }));
  return stringify({ groups }, PLAIN);
}

/** Answers that show that a route works: the service answered, whatever it thinks of the request. */
const WORKING = [200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 405, 429];

/** `blackbox.yml`: how addresses and routes are asked. */
export function blackboxConfig({ scrapeSec }: MonitoringFacts): string {
  const timeout = `${Math.min(5, scrapeSec)}s`;
  return stringify(
    {
      modules: {
        [TCP_MODULE]: { prober: "tcp", timeout, tcp: { preferred_ip_protocol: "ip4" } },
        [ROUTE_MODULE]: {
          prober: "http",
          timeout,
          http: {
            preferred_ip_protocol: "ip4",
            // The login page of another host is not the service.
            follow_redirects: false,
            valid_status_codes: WORKING,
            // Whether the certificate is good has alerts of its own.
            tls_config: { insecure_skip_verify: true },
          },
        },
      },
    },
    PLAIN,
  );
}
