import type { AuditFinding, AuditSeverity } from "../../../model/audit/audit";
import {
  markdownText as cell,
  foreign,
  foreignValue,
  markdownCode,
} from "../../../model/foreign-text";
import { pageUrl } from "../../../model/pages";
import { counted } from "../../../model/text";
import { wrapped } from "../../report/columns";
import { type Paint, plain, type Tone, toned } from "../../report/paint";

/** Everything that `homelab audit` tells. */
export interface AuditReport {
  /** Name of the cluster, or of its only node. */
  cluster: string;
  /** Server that was asked. */
  origin: string;
  pveVersion: string;
  /** Unix seconds. */
  takenAt: number;
  /** Stack file that it was compared with. @default none */
  file?: string;
  counts: {
    nodes: number;
    guests: number;
    haResources: number;
    /** Nodes that were asked over SSH. */
    hosts: number;
  };
  /** Whether nothing is critical. */
  ok: boolean;
  findings: AuditFinding[];
}

const tones: Record<AuditSeverity, Tone> = { critical: "bad", warning: "warn", note: "good" };

/** Policies that demand what a check looks for; each has a page. */
const policies = new Set([
  "pair-on-one-node",
  "ha-rule-infeasible",
  "ha-local-disk",
  "ha-passthrough",
]);

/** Page that explains a finding, from the repository's root. */
export function pageOf(rule: string): string {
  return pageUrl(policies.has(rule) ? `policies/${rule}.md` : `audit.md#${rule}`);
}

/** `2 critical, 1 warning, 3 notes`. */
function auditCounts(findings: readonly AuditFinding[]): string {
  const count = (severity: AuditSeverity) =>
    findings.filter((finding) => finding.severity === severity).length;
  return `${count("critical")} critical, ${counted(count("warning"), "warning")}, ${counted(count("note"), "note")}`;
}

function heading(report: AuditReport): string {
  const { counts, cluster, origin, pveVersion, file } = report;
  const ssh = counts.hosts > 0 ? `, ${counted(counts.hosts, "node")} over SSH` : "";
  return `${cluster} (Proxmox VE ${pveVersion}, ${origin}): ${counted(counts.nodes, "node")}, ${counted(counts.guests, "guest")}, ${counted(counts.haResources, "HA resource")}${ssh}${file === undefined ? "; without a stack file: pairs are guessed from names" : `; compared with ${file}`}`;
}

/** For a terminal. */
export function auditText(report: AuditReport, paint: Paint = plain, width = 100): string[] {
  const lines = report.findings
    .map((finding) => foreignValue(finding, 2000))
    .flatMap((finding) => [
      `${toned(paint, tones[finding.severity], finding.severity.padEnd(8))}  ${paint.bold(finding.rule)}  ${finding.subject}`,
      ...wrapped(finding.message.split(" "), 10, width),
      ...(finding.evidence ?? []).map((line) => paint.dim(`          | ${line}`)),
      ...wrapped(`fix: ${finding.fix}`.split(" "), 10, width),
      paint.dim(`          see ${pageOf(finding.rule)}`),
      "",
    ]);
  const verdict = report.ok ? "nothing is critical" : "critical findings";
  return [
    ...wrapped(foreign(heading(report), 2000).split(" "), 0, width),
    "",
    ...lines,
    `${toned(paint, report.ok ? "good" : "bad", verdict)}: ${auditCounts(report.findings)}`,
  ];
}

/** For an issue or a page. */
export function auditMarkdown(report: AuditReport): string {
  const at = new Date(report.takenAt * 1000).toISOString().slice(0, 16).replace("T", " ");
  return [
    `## ${report.ok ? "✅" : "❌"} Audit of ${markdownCode(report.cluster)}`,
    "",
    `**${auditCounts(report.findings)}** (${at} UTC)`,
    "",
    cell(heading(report)),
    ...(report.findings.length > 0
      ? [
          "",
          "| severity | check | what | found | fix |",
          "| --- | --- | --- | --- | --- |",
          ...report.findings.map(
            ({ severity, rule, subject, message, evidence = [], fix }) =>
              `| ${severity === "critical" ? "**critical**" : severity} | [\`${rule}\`](${pageOf(rule)}) | ${cell(subject)} | ${[cell(message), ...evidence.map((line) => `<br>${markdownCode(line)}`)].join("")} | ${cell(fix)} |`,
          ),
        ]
      : []),
    "",
  ].join("\n");
}
