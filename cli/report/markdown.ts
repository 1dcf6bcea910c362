import { markdownText as escaped, markdownBlock, markdownCode } from "../../model/foreign-text";
import { changeText } from "./diff";
import { affectedText, rowName, tableRows, widestTable } from "./loss-matrix";
import { legendFor, outcomeCell } from "./outcomes";
import { plain, type Tone } from "./paint";
import { mermaidLines } from "./picture/mermaid";
import { policyCounts, verdict, violationText } from "./policies";
import { placeIn } from "./problems";
import { downText } from "./resilience";
import { wholeDoubles } from "./resilience-doubles";
import { singlePointSentences } from "./resilience-points";
import { diagnosticText } from "./text";
import { countsText, resourceTree } from "./tree";
import {
  type Comparison,
  clustersOf,
  type Plan,
  type Report,
  type Resilience,
  type ResilienceChange,
} from "./types";
import { verdictFacts, verdictOf } from "./verdict";
import { budgetCells, budgetHeadings } from "./virtual-addresses";

/** GitHub refuses comments beyond 65,536 characters. */
const longest = 60_000;

/** The report as a comment for a pull request; the details are left out where it would be too long. */
export function reportMarkdown(report: Report): string {
  const whole = markdown(report, details);
  if (whole.length <= longest) return whole;
  const brief = markdown(report, (title) => [`*(${title}: too long for a comment)*`]);
  return brief.length <= longest ? brief : `${brief.slice(0, longest)}\n\n*(cut)*\n`;
}

const symbols: Record<Tone, string> = { good: "✅", warn: "⚠️", bad: "❌" };

/** Puts lines where they are out of the way until somebody unfolds them. */
type Fold = (title: string, lines: readonly string[]) => string[];

function markdown(report: Report, fold: Fold): string {
  const { plan } = report;
  return [
    // The CI finds its own earlier comment by this line and replaces it.
    `<!-- homelab-report:${report.stack} -->`,
    `## ${report.ok ? symbols[verdictOf(report).tone] : "❌"} Stack ${markdownCode(report.stack)}`,
    "",
    `**${escaped(verdictOf(report).text)}**`,
    "",
    ...verdictFacts(report, plain).map(([key, value]) => `- ${escaped(`${key}: ${value}`)}`),
    ...clustersOf(report).flatMap(({ name, shortfalls = [] }) =>
      shortfalls.map(
        (line) => `- ❌ ${escaped(`${name === undefined ? "" : `${name}: `}${line}`)}`,
      ),
    ),
    ...problems(report),
    ...(report.comparison ? comparisonSection(report.comparison, fold) : []),
    ...(plan ? planSection(plan, fold) : []),
    ...clustersOf(report).flatMap((cluster) => clusterSections(cluster, fold)),
    ...(report.picture
      ? ["", ...fold("what stands where", mermaidLines(report.picture.topology))]
      : []),
    "",
  ].join("\n");
}

/** What is about one cluster, with the name of its site above it where there are several. */
function clusterSections(cluster: ReturnType<typeof clustersOf>[number], fold: Fold): string[] {
  const { name, virtualAddresses = [], resilience, comparison } = cluster;
  return [
    ...(name === undefined ? [] : ["", `## Site ${markdownCode(name)}`]),
    ...(name !== undefined && comparison ? comparisonSection(comparison, fold) : []),
    ...(virtualAddresses.length > 0
      ? [
          "",
          "### Virtual addresses: worst-case outage",
          "",
          ...table(budgetHeadings, virtualAddresses.map(budgetCells)),
        ]
      : []),
    ...(resilience ? resilienceSection(resilience, fold) : []),
  ];
}

function problems({ file, problems: found }: Report): string[] {
  if (found.length === 0) return [];
  return [
    "",
    ...table(
      ["where", "line", "what"],
      found.map((problem) => [
        problem.path,
        placeIn(file, problem),
        `${problem.severity === "warning" ? "warning: " : ""}${problem.message}`,
      ]),
    ),
  ];
}

function comparisonSection(comparison: Comparison, fold: Fold): string[] {
  return [
    "",
    "### What this change does to resilience",
    "",
    ...("changes" in comparison
      ? changeSection(comparison.changes, fold)
      : [`Not compared: ${escaped(comparison.incomparable)}.`]),
  ];
}

function changeSection(changes: readonly ResilienceChange[], fold: Fold): string[] {
  const lines = (verdict: ResilienceChange["verdict"]) =>
    changes
      .filter((change) => change.verdict === verdict && change.kind === "service")
      .map((change) => `- ${escaped(changeText(change))}`);
  const worse = lines("worse");
  const better = lines("better");
  const other = [...lines("new"), ...lines("gone")];
  const guests = changes.filter((change) => change.kind === "guest");
  return [
    ...(worse.length + better.length + other.length === 0 ? ["No change in resilience."] : []),
    ...(worse.length > 0 ? ["⚠️ **Worse**", "", ...worse, ""] : []),
    ...(better.length > 0 ? ["**Better**", "", ...better, ""] : []),
    ...(other.length > 0 ? ["**New or gone**", "", ...other, ""] : []),
    ...(guests.length > 0
      ? fold(
          `${guests.length} differences for single guests`,
          guests.map((change) => `- ${change.verdict}: ${escaped(changeText(change))}`),
        )
      : []),
  ];
}

function planSection(plan: Plan, fold: Fold): string[] {
  const { mode, policies, diagnostics, resources } = plan;
  const found = policies.flatMap((policy) => [
    ...policy.violations.map(
      (violation) => `- **${escaped(policy.name)}** ${escaped(violationText(violation))}`,
    ),
    ...policy.unable.map(
      (reason) => `- **${escaped(policy.name)}** could not be evaluated: ${escaped(reason)}`,
    ),
  ]);
  return [
    "",
    `### Policies: ${policyCounts(policies)}`,
    "",
    ...(found.length > 0 ? [...found, ""] : []),
    ...fold(
      "every rule",
      table(
        ["rule", "", "what must hold"],
        policies.map((policy) => [policy.name, verdict(policy), policy.description]),
      ),
    ),
    ...(diagnostics.length > 0
      ? [
          "",
          "### Diagnostics",
          "",
          ...diagnostics.map((item) => `- ${escaped(diagnosticText(item, plain))}`),
        ]
      : []),
    "",
    `### Resources: ${countsText(resources)}`,
    "",
    `Planned ${escaped(mode.kind === "engine" ? `by Pulumi ${mode.detail}` : `without an engine (${mode.detail})`)}, compared with ${escaped(mode.against)}.`,
    "",
    ...fold("the tree", [
      ...markdownBlock(resourceTree(resources, { paint: plain, width: 110, all: false })),
    ]),
  ];
}

function resilienceSection(resilience: Resilience, fold: Fold): string[] {
  const { single, services } = resilience;
  const singles =
    single.length <= widestTable
      ? table(
          ["", ...single.map((report) => report.failed.join(" + "))],
          tableRows(resilience).map(({ names, cells }) => [rowName(names), ...cells]),
        )
      : table(
          ["node", "services"],
          single.map((report) => [report.failed.join(" + "), affectedText(report.services)]),
        );
  const pairs = wholeDoubles(resilience).map((report) => [
    report.failed.join(" + "),
    report.corosyncQuorum ? "kept" : "lost",
    downText(report, services.length),
  ]);
  return [
    "",
    "### When a node dies",
    "",
    ...singles,
    "",
    ...legendFor(single).map(
      ([word, meaning]) => `<sub>${escaped(`${word}: ${meaning}`)}</sub><br>`,
    ),
    "",
    "### Single points of failure",
    "",
    ...singlePointSentences(resilience, plain).map((line) => `- ${escaped(line)}`),
    "",
    ...fold("two nodes at once", table(["nodes", "quorum", "services"], pairs)),
    ...fold(
      "reasons",
      single.flatMap((report) =>
        Object.entries(report.services)
          .filter(([, outcome]) => outcome.status !== "unaffected")
          .map(
            ([service, outcome]) =>
              `- ${escaped(`${report.failed.join(" + ")}, ${service}: ${outcomeCell(outcome).text}: ${outcome.reason}`)}`,
          ),
      ),
    ),
  ];
}

function details(title: string, lines: readonly string[]): string[] {
  return [`<details><summary>${title}</summary>`, "", ...lines, "", "</details>"];
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(headings), `|${" --- |".repeat(headings.length)}`, ...rows.map(line)];
}
