import { linesText } from "../../../model/foreign-text";
import { COLD_START } from "../../../model/planned/planned";
import type { Outcome } from "../../../model/resilience/resilience";
import { worseOf } from "../../../model/resilience/severity";
import type { Step } from "../../../model/resilience/types";
import { counted, listed } from "../../../model/text";
import { table, wrapped } from "../../report/columns";
import { rangeText } from "../../report/duration";
import { affectedText } from "../../report/loss-matrix";
import { outcomeCell, quorumText, worthText } from "../../report/outcomes";
import { type Paint, paintFor, toned } from "../../report/paint";
import { problemLines } from "../../report/problems";
import { doubleLossLines, downText } from "../../report/resilience";
import { wholeDoubles } from "../../report/resilience-doubles";
import { singlePointLines } from "../../report/resilience-points";
import type { Resilience } from "../../report/types";
import { lineWidth } from "../../report/width";
import { differenceLines } from "./diff-text";
import type { Simulation } from "./run";
import { siteLossLines } from "./sites-text";

/** How a simulation is laid out. */
export interface SimulationLayout {
  paint: Paint;
  width: number;
  /** Whether every double loss and every guest gets a line of its own. */
  all: boolean;
}

/** More rows than this are cut, unless all are asked for. */
const mostRows = 30;

/** A simulation as a terminal shows it. */
export function shownSimulation(
  simulation: Simulation,
  { all = false, width }: { all?: boolean; width?: number },
): string {
  const { stdout } = process;
  const layout = { paint: paintFor(stdout), width: lineWidth(stdout, width), all };
  return linesText(simulationText(simulation, layout));
}

/** A simulation for people, as lines. */
export function simulationText(simulation: Simulation, layout: SimulationLayout): string[] {
  const { paint } = layout;
  switch (simulation.kind) {
    case "refused":
      return problemLines(simulation.file, simulation.problems, paint);
    case "case":
      return caseLines(simulation, layout);
    case "all":
      return allLines(simulation, layout);
    case "difference":
      return differenceLines(simulation, paint);
    case "sites":
      return siteLines(simulation, layout);
  }
}

type Case = Extract<Simulation, { kind: "case" }>;
type All = Extract<Simulation, { kind: "all" }>;
type Sites = Extract<Simulation, { kind: "sites" }>;

const title = (paint: Paint, text: string, lines: readonly string[]) =>
  lines.length > 0 ? ["", paint.bold(text), ...lines] : [];

/** `t+120-301 s`: seconds, as far as people count in them. */
function timeText({ atSec }: Step): string {
  if (!atSec) return "afterwards";
  const [from, to] = atSec.map((sec) => Math.round(sec * 10) / 10) as [number, number];
  if (to > 600) return `t+${rangeText(atSec)}`;
  return from === to ? `t+${from} s` : `t+${from}-${to} s`;
}

/** One step after the other, each with the number of its source; the sources below. */
function stepLines(steps: readonly Step[], { paint, width }: SimulationLayout): string[] {
  const margin = Math.max(...steps.map((step) => timeText(step).length)) + 4;
  const sources = [...new Set(steps.map(({ source }) => source))].filter((source) => source !== "");
  const lines = steps.flatMap((step) => {
    const number = sources.indexOf(step.source) + 1;
    const text = number > 0 ? `${step.text} [${number}]` : step.text;
    const [first = "", ...more] = wrapped(text.split(" "), margin, width);
    return [`  ${timeText(step).padEnd(margin - 2)}${first.trimStart()}`, ...more];
  });
  if (sources.length === 0) return lines;
  return [...lines, "", ...sources.map((source, index) => paint.dim(`  [${index + 1}] ${source}`))];
}

function siteLines({ sites, losses }: Sites, layout: SimulationLayout): string[] {
  const { paint, width } = layout;
  const blocks = [
    ...sites.map(({ name, simulation }) => [
      paint.bold(`===== Site ${name} =====`),
      ...simulationText(simulation, layout),
    ]),
    ...(losses.length === 0
      ? []
      : [
          [
            paint.bold("The loss of a whole site"),
            ...losses.flatMap((loss) => siteLossLines(loss, width)),
            "",
            ...wrapped(
              "What leads to another site by a name of DNS is not followed here.".split(" "),
              0,
              width,
            ),
          ],
        ]),
  ];
  return blocks.flatMap((block, index) => (index === 0 ? block : ["", ...block]));
}

function caseLines({ event, report, services, steps }: Case, layout: SimulationLayout): string[] {
  const { paint } = layout;
  const rows = (outcomes: Record<string, Outcome>) =>
    table(
      Object.entries(outcomes).map(([name, outcome]) => {
        const { text, tone } = outcomeCell(outcome);
        return [
          name,
          toned(paint, tone, text),
          outcome.toNode ? `on ${outcome.toNode}` : "",
          ...(layout.all ? [worthText(outcome)] : []),
        ];
      }),
      layout,
    );
  const own = report.failed.find((name) => /^(partition|corosync|certificate):/.test(name));
  return [
    paint.bold(
      `${event ?? own ?? `The loss of ${listed(report.failed, report.failed.length)}`}, step by step`,
    ),
    ...stepLines(steps, layout),
    ...title(paint, "Services: time without (RTO), data lost (RPO)", rows(report.services)),
    ...title(paint, "Guests", rows(report.guests)),
    // A cold start has told an order, and no end.
    ...(event === COLD_START
      ? []
      : ["", `${quorumText(report)}; ${downText(report, services, paint)}`]),
  ];
}

function allLines({ stack, resilience, corosync }: All, layout: SimulationLayout): string[] {
  const { paint, all } = layout;
  const { services, single, domains } = resilience;
  const losses = [...single, ...domains, ...(corosync ? [corosync] : [])].map((report) => [
    report.failed.join(" + "),
    quorumText(report),
    [downText(report, services.length, paint), affectedText(report.services)]
      .filter((text) => text !== "ok")
      .join("; "),
  ]);
  const what = [
    `the loss of ${resilience.nodes.length === 1 ? "its only node" : `each of ${counted(resilience.nodes.length, "node")}`}`,
    ...(domains.length > 0 ? ["of each failure domain and shared storage"] : []),
    ...(corosync ? ["of corosync everywhere"] : []),
  ];
  return [
    paint.bold(
      `${stack}: ${what.length > 1 ? `${what.slice(0, -1).join(", ")}, and ${what.at(-1)}` : what[0]}`,
    ),
    ...table(losses, layout),
    ...title(
      paint,
      `Every two nodes: ${counted(resilience.double.length, "pair")}`,
      doubleLossLines(resilience, {
        ...layout,
        all: all || resilience.double.length <= mostRows,
      }),
    ),
    ...title(paint, "Worst case of each service", worstLines(resilience, "services", layout)),
    ...title(paint, "Worst case of each guest", worstLines(resilience, "guests", layout)),
    ...title(paint, "Single points of failure", singlePointLines(resilience, layout)),
  ];
}

/** The worst that one loss, and that two losses, do to each: RTO and RPO. */
function worstLines(
  resilience: Resilience,
  kind: "services" | "guests",
  { paint, all, width }: SimulationLayout,
): string[] {
  const worst = (reports: readonly Resilience["single"][number][]) => {
    const found = new Map<string, { outcome: Outcome; by: string }>();
    for (const report of reports) {
      for (const [name, outcome] of Object.entries(report[kind])) {
        const before = found.get(name)?.outcome;
        if (worseOf(before, outcome) === before) continue;
        found.set(name, { outcome, by: report.failed.join(" + ") });
      }
    }
    return (name: string) => {
      const { outcome, by } = found.get(name) ?? {};
      const { text, tone } = outcomeCell(outcome);
      return [toned(paint, tone, text), by ?? ""];
    };
  };
  const [one, both] = [worst(resilience.single), worst(wholeDoubles(resilience))];
  const two = (name: string) => {
    const [outcome = "", by = ""] = both(name);
    return outcome === one(name)[0] ? ["no worse", ""] : [outcome, by];
  };
  const pairs = resilience.nodes.length > 1;
  const names = resilience[kind];
  const shown = all ? names : names.slice(0, mostRows);
  const rest = names.length - shown.length;
  return [
    ...table(
      shown.map((name) => [name, ...one(name), ...(pairs ? two(name) : [])]),
      { width, head: ["", "one node", "", ...(pairs ? ["two nodes", ""] : [])] },
    ),
    ...(rest > 0 ? [`  ${rest} more (--all shows them, --json has them all)`] : []),
  ];
}
