import { counted } from "../../model/text";
import { columns } from "./columns";
import { cutoverLines } from "./cutovers";
import { changeText } from "./diff";
import { type Paint, toned } from "./paint";
import { plannedLines, plannedTitle } from "./planned";
import { policyCounts, policyLines, urnName } from "./policies";
import { problemLines } from "./problems";
import { doubleLossLines, guestLines, singleLossLines } from "./resilience";
import { singlePointLines } from "./resilience-points";
import { countsText, resourceTree } from "./tree";
import type { Diagnostic, Plan, Report } from "./types";
import { policyPasses } from "./types";
import { virtualAddressLines } from "./virtual-addresses";

/** How the report is laid out. */
export interface TextOptions {
  paint: Paint;
  /** Characters per line. */
  width: number;
  /** Whether every resource and every double loss gets a line of its own. */
  all: boolean;
}

/** The report for people, as lines. */
export function reportText(report: Report, options: TextOptions): string[] {
  const { paint } = options;
  const { plan, virtualAddresses = [], resilience } = report;
  const section = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? ["", paint.bold(title), ...lines] : [];
  return [
    ...(report.problems.length > 0 ? problemLines(report.file, report.problems, paint) : []),
    ...(plan ? planHead(report.stack, plan, paint) : []),
    ...report.notes.map((note) => `  ${toned(paint, "warn", "note")} ${note}`),
    ...(plan
      ? [
          ...section(
            `Resources: ${countsText(plan.resources)}`,
            resourceTree(plan.resources, options),
          ),
          ...section(
            "Diagnostics",
            plan.diagnostics.map((found) => `  ${diagnosticText(found, paint)}`),
          ),
          ...section(`Policies: ${policyCounts(plan.policies)}`, policyLines(plan.policies, paint)),
        ]
      : []),
    ...(virtualAddresses.length > 0
      ? section("Virtual addresses: worst-case outage", virtualAddressLines(virtualAddresses))
      : []),
    ...(resilience
      ? [
          ...section(
            `When a node dies: ${counted(resilience.services.length, "service")}`,
            singleLossLines(resilience, paint),
          ),
          ...section("Single points of failure", singlePointLines(resilience, paint)),
          ...section("When two nodes die", doubleLossLines(resilience, paint, options.all)),
          ...section(plannedTitle(resilience), plannedLines(resilience, options)),
          ...section("Guests, by the node that dies", guestLines(resilience, options.width)),
        ]
      : []),
    ...section("Cutovers: addresses that clients leave", cutoverLines(report.cutovers ?? [])),
    ...section("What this change does to resilience", comparisonLines(report)),
    "",
    conclusion(report, paint),
  ];
}

function comparisonLines({ comparison }: Report): string[] {
  if (!comparison) return [];
  if ("incomparable" in comparison) return [`  not compared: ${comparison.incomparable}`];
  const lines = comparison.changes.map((change) => `  ${change.verdict}: ${changeText(change)}`);
  return lines.length > 0 ? lines : ["  no change in resilience"];
}

function planHead(stack: string, { mode }: Plan, paint: Paint): string[] {
  const how = mode.kind === "engine" ? `Pulumi ${mode.detail}` : "the SDK's mock monitor";
  const rows = [
    ["stack", stack],
    ["engine", mode.kind === "engine" ? how : `${how} (${mode.detail})`],
    ["compared", mode.against],
  ];
  return columns(rows.map(([key = "", value = ""]) => [paint.dim(key), value])).map(
    (line) => `  ${line}`,
  );
}

/** An error or warning with the resource it belongs to. */
export function diagnosticText({ severity, resource, message }: Diagnostic, paint: Paint): string {
  const place = resource === undefined ? "" : `${urnName(resource)}: `;
  return `${toned(paint, severity === "error" ? "bad" : "warn", severity)} ${place}${message}`;
}

const success: Record<Report["action"], string> = {
  preview: "no problems found",
  up: "done: the simulated platforms match the stack",
  destroy: "done: nothing of the stack is left on the simulated platforms",
};

/** The last line: the problems found, or that there are none. */
export function conclusion(report: Report, paint: Paint): string {
  if (report.ok) return toned(paint, "good", success[report.action]);
  const { plan } = report;
  const mistakes = report.problems.filter(({ severity }) => severity === "error").length;
  if (!plan)
    return toned(paint, "bad", `refused: ${counted(mistakes, "mistake")} in ${report.file}`);
  const refusing = plan.policies.filter((policy) => !policyPasses(policy));
  const broken = refusing.filter(({ violations }) => violations.length > 0).map(({ name }) => name);
  const unable = refusing.filter((policy) => policy.unable.length > 0).length;
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error").length;
  const causes = [
    broken.length > 0 ? `policies not met: ${broken.join(", ")}` : "",
    unable > 0 ? `${counted(unable, "rule")} could not be evaluated` : "",
    errors > 0 ? counted(errors, "error") : "",
    plan.completed ? "" : "the run did not finish",
  ].filter((cause) => cause !== "");
  return toned(paint, "bad", `refused: ${causes.join("; ")}`);
}
