import { counted } from "../../model/text";
import { wrapped } from "./columns";
import { changeText } from "./diff";
import { singleLossLines } from "./loss-matrix";
import { type Paint, toned } from "./paint";
import { plannedLines } from "./planned";
import { policyCounts, policyLines, urnName, verdict } from "./policies";
import { mistakeLines, problemLines } from "./problems";
import { doubleLossLines, guestLines, timeLines } from "./resilience";
import { singlePointLines } from "./resilience-points";
import { countsText, resourceCounts, resourceTree } from "./tree";
import { clustersOf, type Diagnostic, type Plan, type Report } from "./types";
import { verdictLines, verdictOf } from "./verdict";
import { cutoverLines, virtualAddressLines } from "./virtual-addresses";

/** How the report is laid out. */
export interface TextOptions {
  paint: Paint;
  /** Characters per line. */
  width: number;
  /** Whether every resource and every double loss gets a line of its own. */
  all: boolean;
}

/** Lines of a terminal that is as small as they get: a longer report ends with its verdict again. */
const screen = 24;

/** The report for people, as lines: the verdict, what it rests on, and then the rest. */
export function reportText(report: Report, options: TextOptions): string[] {
  const { paint, width } = options;
  const { plan, problems } = report;
  const section: Section = (title, lines) =>
    lines.length > 0
      ? ["", ...wrapped(title.split(" "), 0, width).map((line) => paint.bold(line)), ...lines]
      : [];
  const refusing = plan?.policies.filter((policy) => verdict(policy) !== "pass") ?? [];
  const { text, tone } = verdictOf(report);
  const lines = [
    ...verdictLines(report, options),
    // The verdict has counted them, where there is nothing else.
    ...(plan ? [] : mistakeLines(report.file, problems, paint)),
    ...(plan && problems.length > 0 ? ["", ...problemLines(report.file, problems, paint)] : []),
    ...(report.sites ? [] : shortfallLines(report, options, section)),
    ...(plan
      ? [
          ...section(
            "Diagnostics",
            plan.diagnostics.map((found) => `  ${diagnosticText(found, paint)}`),
          ),
          ...section("Policies with findings", policyLines(refusing, options)),
        ]
      : []),
    ...clustersOf(report).flatMap((cluster) => clusterLines(cluster, options, section)),
    ...(plan ? planLines(plan, options, section) : []),
  ];
  const last = wrapped(toned(paint, tone, text).split(" "), 0, width);
  return lines.length > screen ? [...lines, "", ...last] : lines;
}

type Section = (title: string, lines: readonly string[]) => string[];

type Cluster = ReturnType<typeof clustersOf>[number];

function shortfallLines(
  { shortfalls = [] }: Cluster,
  { paint }: TextOptions,
  section: Section,
): string[] {
  return section(
    "Less resilience than demanded",
    shortfalls.map((line) => `  ${toned(paint, "bad", line)}`),
  );
}

/** What is about one cluster, with the name of its site above it where there are several. */
function clusterLines(cluster: Cluster, options: TextOptions, section: Section): string[] {
  const { paint, width } = options;
  const { name, resilience, virtualAddresses = [], cutovers = [] } = cluster;
  return [
    ...(name === undefined ? [] : ["", paint.bold(`===== Site ${name} =====`)]),
    ...(name === undefined ? [] : shortfallLines(cluster, options, section)),
    ...section("What this change does to resilience", comparisonLines(cluster)),
    ...(resilience
      ? [
          ...section(
            `When a node dies: ${counted(resilience.services.length, "service")}`,
            singleLossLines(resilience, paint, width),
          ),
          ...section("Single points of failure", singlePointLines(resilience, options)),
          ...section("When two nodes die", doubleLossLines(resilience, options)),
          ...section("When you reboot or shut down a node", plannedLines(resilience, options)),
          ...(options.all ? section("What the times are worth", timeLines(resilience, width)) : []),
        ]
      : []),
    ...section(
      "Virtual addresses: worst-case outage",
      virtualAddressLines(virtualAddresses, width),
    ),
    ...(resilience ? section("Guests, by the node that dies", guestLines(resilience, width)) : []),
    ...section("Cutovers: addresses that clients leave", cutoverLines(cutovers, width)),
  ];
}

/** Resources and rules: counted, unless all are asked for. */
function planLines(plan: Plan, options: TextOptions, section: Section): string[] {
  const { paint, width, all } = options;
  const { resources, policies } = plan;
  const rest =
    "names of resources, passing rules, every double loss and what times are worth: --all";
  return [
    ...section(
      `Resources: ${countsText(resources)}`,
      all ? resourceTree(resources, options) : resourceCounts(resources, options),
    ),
    ...(all
      ? section(`Policies: ${policyCounts(policies)}`, policyLines(policies, options))
      : ["", ...wrapped(paint.dim(rest).split(" "), 2, width)]),
  ];
}

function comparisonLines({ comparison }: Cluster): string[] {
  if (!comparison) return [];
  if ("incomparable" in comparison) return [`  not compared: ${comparison.incomparable}`];
  const lines = comparison.changes.map((change) => `  ${change.verdict}: ${changeText(change)}`);
  return lines.length > 0 ? lines : ["  no change in resilience"];
}

/** An error or warning with the resource it belongs to. */
export function diagnosticText({ severity, resource, message }: Diagnostic, paint: Paint): string {
  const place = resource === undefined ? "" : `${urnName(resource)}: `;
  return `${toned(paint, severity === "error" ? "bad" : "warn", severity)} ${place}${message}`;
}
