import { JOBS } from "../../model/monitoring/jobs";
import { ofStack } from "../../model/monitoring/of-stack";
import type { MonitoringFacts } from "../../model/monitoring/types";

/** A panel of the dashboard, before it has a place. */
interface Panel {
  title: string;
  type: "state-timeline" | "timeseries" | "stat" | "table";
  /** PromQL, and what a line is called. */
  targets: { expr: string; legend: string }[];
  unit?: string;
  /** Values with a meaning, and its colour. @default none */
  mappings?: { value: string; text: string; color: string }[];
  description: string;
}

const SELECTED = 'place=~"$place"';

/** What a person looks at, in the order of the questions: who has it, does it answer, what is next. */
export function panelsOf(facts: MonitoringFacts): Panel[] {
  const yesNo = [
    { value: "0", text: "no", color: "red" },
    { value: "1", text: "yes", color: "green" },
  ];
  return [
    {
      title: "Who has the address",
      type: "state-timeline",
      description: "By the members' own interfaces; exactly one line is green at any time.",
      targets: [
        {
          expr: `homelab_member_has_address{${SELECTED}}`,
          legend: "{{place}} {{member}}",
        },
      ],
      mappings: [
        { value: "0", text: "", color: "text" },
        { value: "1", text: "has it", color: "green" },
      ],
    },
    {
      title: "Addresses and routes that answer",
      type: "state-timeline",
      description: "As the blackbox exporter sees them.",
      targets: [
        { expr: `probe_success{job="${JOBS.addresses}",${SELECTED}}`, legend: "{{place}}" },
        { expr: `probe_success{job="${JOBS.routes}",${SELECTED}}`, legend: "{{host}}" },
      ],
      mappings: yesNo,
    },
    {
      title: "Members that can take the address",
      type: "state-timeline",
      description: "Healthy, not drained, not in FAULT.",
      targets: [{ expr: `homelab_member_ready{${SELECTED}}`, legend: "{{place}} {{member}}" }],
      mappings: yesNo,
    },
    {
      title: "Changes of state in ten minutes",
      type: "timeseries",
      description: "Of each keepalived.",
      targets: [
        {
          expr: `increase(homelab_keepalived_transitions_total{${SELECTED}}[10m])`,
          legend: "{{place}} {{member}}",
        },
      ],
    },
    {
      title: "Time to answer",
      type: "timeseries",
      unit: "s",
      description: "Of probes of routes.",
      targets: [
        { expr: `probe_duration_seconds{job="${JOBS.routes}",${SELECTED}}`, legend: "{{host}}" },
      ],
    },
    {
      title: "Until certificates end",
      type: "stat",
      unit: "s",
      description: "Files of the members, and what addresses serve.",
      targets: [
        {
          expr: `min by (place, file) (homelab_certificate_end_timestamp_seconds{${SELECTED}} - time())`,
          legend: "{{place}} {{file}}",
        },
        {
          expr: `probe_ssl_earliest_cert_expiry{job="${JOBS.routes}",${SELECTED}} - time()`,
          legend: "served for {{host}}",
        },
      ],
    },
    {
      title: "Units and configuration",
      type: "state-timeline",
      description: "Units of each member, and whether its configuration is the others'.",
      targets: [
        {
          expr: `homelab_member_unit_active{${SELECTED}}`,
          legend: "{{member}} {{unit}}",
        },
        {
          expr: `1 - max by (place, member) (homelab_traefik_config_drift{${SELECTED}})`,
          legend: "{{member}} same configuration",
        },
      ],
      mappings: yesNo,
    },
    ...(facts.status
      ? [
          {
            title: "Votes more than a majority",
            type: "stat" as const,
            description: "From `homelab status --prometheus`.",
            targets: [
              {
                expr: "homelab_cluster_votes_online - homelab_cluster_votes_needed",
                legend: "votes",
              },
            ],
          },
        ]
      : []),
    {
      title: "Alerts that fire",
      type: "table",
      description: "Of this stack.",
      targets: [{ expr: `ALERTS{alertstate="firing",stack="${facts.stack}"}`, legend: "" }],
    },
  ];
}

// Grafana fills the variable in, not this program.
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

/** `grafana-dashboard.json`, for Dashboards, New, Import; the data source is chosen there. */
export function grafanaDashboard(facts: MonitoringFacts): string {
  const panels = panelsOf(facts).map((panel, index) => {
    const targets = panel.targets.map(({ expr, legend }) => ({
      expr: ofStack(expr, facts.stack),
      legend,
    }));
    return panelJson({ ...panel, targets }, index);
  });
  return `${JSON.stringify(
    {
      uid: `homelab-${facts.stack}`.slice(0, 40),
      title: `Homelab ${facts.stack}: addresses`,
      tags: ["homelab"],
      timezone: "browser",
      schemaVersion: 38,
      version: 1,
      editable: true,
      graphTooltip: 1,
      refresh: "30s",
      time: { from: "now-6h", to: "now" },
      annotations: { list: [] },
      links: [],
      templating: {
        list: [
          {
            name: "datasource",
            type: "datasource",
            label: "Data source",
            query: "prometheus",
            hide: 0,
            includeAll: false,
            multi: false,
            refresh: 1,
            options: [],
            regex: "",
            skipUrlSync: false,
          },
          {
            name: "place",
            type: "query",
            label: "Address",
            datasource: DATASOURCE,
            query: {
              query: `label_values(${ofStack("probe_success", facts.stack)}, place)`,
              refId: "places",
            },
            current: { selected: true, text: ["All"], value: ["$__all"] },
            hide: 0,
            includeAll: true,
            multi: true,
            refresh: 2,
            sort: 1,
            options: [],
            regex: "",
            skipUrlSync: false,
          },
        ],
      },
      panels,
    },
    null,
    2,
  )}\n`;
}

/** Two panels in a row of 24 columns. */
function panelJson(panel: Panel, index: number) {
  const { title, type, targets, unit, mappings = [], description } = panel;
  return {
    id: index + 1,
    title,
    type,
    description,
    datasource: DATASOURCE,
    gridPos: { x: 12 * (index % 2), y: 8 * Math.floor(index / 2), w: 12, h: 8 },
    targets: targets.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: DATASOURCE,
      expr,
      ...(type === "table"
        ? { format: "table", instant: true }
        : { legendFormat: legend, range: true }),
    })),
    fieldConfig: {
      defaults: {
        ...(unit !== undefined && { unit }),
        custom: {},
        mappings:
          mappings.length === 0
            ? []
            : [
                {
                  type: "value",
                  options: Object.fromEntries(
                    mappings.map(({ value, text, color }, at) => [
                      value,
                      { text, color, index: at },
                    ]),
                  ),
                },
              ],
      },
      overrides: [],
    },
    options: {},
  };
}
