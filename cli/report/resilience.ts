import { addTo } from "../../model/maps";
import type { FailureReport } from "../../model/resilience/resilience";
import { isDown, severity } from "../../model/resilience/severity";
import { counted } from "../../model/text";
import { columns, wrapped } from "./columns";
import { legendFor, outcomeCell, quorumText } from "./outcomes";
import { type Paint, plain, toned } from "./paint";
import { wholeDoubles } from "./resilience-doubles";
import type { Resilience } from "./types";

/** More nodes than this do not fit side by side; then each node gets a line of its own. */
export const widestTable = 7;
/** More rows than this are folded where they say the same. */
const longestTable = 30;
/** More double losses than this are cut to the worst. */
const mostPairs = 10;

/** Rows of the table, services with the same fate under every loss folded into one when there are many. */
export function tableRows({
  services,
  single,
}: Resilience): { names: string[]; cells: string[] }[] {
  const rows = services.map((service) => ({
    names: [service],
    cells: single.map((report) => outcomeCell(report.services[service]).text),
  }));
  if (rows.length <= longestTable) return rows;
  const folded = new Map<string, { names: string[]; cells: string[] }>();
  for (const row of rows) {
    const same = folded.get(row.cells.join("|"));
    if (same) same.names.push(...row.names);
    else folded.set(row.cells.join("|"), row);
  }
  return [...folded.values()];
}

/** A row's name: `dns`, or `influxdb and 11 more` when folded. */
export function rowName(names: readonly string[]): string {
  const [first = "", ...more] = names;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** Services × the loss of each node, with the legend. */
export function singleLossLines(resilience: Resilience, paint: Paint): string[] {
  const { single } = resilience;
  const toneOf = new Map(
    single.flatMap((report) =>
      Object.values(report.services).map((outcome) => {
        const { text, tone } = outcomeCell(outcome);
        return [text, tone] as const;
      }),
    ),
  );
  const table =
    single.length <= widestTable
      ? columns([
          ["", ...single.map((report) => paint.bold(report.failed.join(" + ")))],
          ...tableRows(resilience).map(({ names, cells }) => [
            rowName(names),
            ...cells.map((text) => toned(paint, toneOf.get(text) ?? "good", text)),
          ]),
        ])
      : columns(single.map((report) => [report.failed.join(" + "), affectedText(report.services)]));
  return [
    ...table.map((line) => `  ${line}`),
    "",
    ...legendFor(single).map((line) => `  ${paint.dim(line)}`),
  ];
}

/** What the loss of each two nodes does; the worst only, unless `all`. */
export function doubleLossLines(resilience: Resilience, paint: Paint, all: boolean): string[] {
  const { services } = resilience;
  const worst = wholeDoubles(resilience)
    .map((report) => ({ report, bad: badness(report) }))
    .sort((a, b) => b.bad - a.bad)
    .map(({ report }) => report);
  const shown = all ? worst : worst.slice(0, mostPairs);
  const lines = columns(
    shown.map((report) => [
      report.failed.join(" + "),
      quorumText(report),
      downText(report, services.length, paint),
    ]),
  );
  const rest = worst.length - shown.length;
  return [
    ...lines.map((line) => `  ${line}`),
    ...(rest > 0 ? [`  ${rest} more pairs are no worse than these (--all shows them)`] : []),
  ];
}

/** What the loss of each node does to the guests, counted. */
export function guestLines({ single }: Resilience, width: number): string[] {
  return single.flatMap((report) => {
    const groups = new Map<string, string[]>();
    for (const [guest, outcome] of Object.entries(report.guests)) {
      if (outcome.status === "unaffected") continue;
      const what = outcomeCell(outcome).text;
      groups.set(what, [
        ...(groups.get(what) ?? []),
        outcome.toNode ? `${guest} → ${outcome.toNode}` : guest,
      ]);
    }
    if (groups.size === 0) return [`  ${report.failed.join(" + ")}: no guest is affected`];
    return [
      `  ${report.failed.join(" + ")}`,
      ...[...groups].flatMap(([what, guests]) =>
        wrapped([`${what}:`, ...guests.join(",\n").split("\n")], 4, width),
      ),
    ];
  });
}

/** Names by outcome: `2 restarts 2-4 min: netbox, influxdb`. */
export function affectedText(outcomes: FailureReport["services"]): string {
  const groups = new Map<string, string[]>();
  for (const [name, outcome] of Object.entries(outcomes)) {
    if (outcome.status === "unaffected") continue;
    const { text } = outcomeCell(outcome);
    addTo(groups, text, name);
  }
  return [...groups].map(([what, names]) => `${rowName(names)}: ${what}`).join("; ") || "ok";
}

/** `3 of 15 services down: dns, dhcp, netbox`. */
export function downText(report: FailureReport, services: number, paint: Paint = plain): string {
  const down = Object.entries(report.services)
    .filter(([, outcome]) => isDown(outcome))
    .map(([name]) => name);
  if (down.length === 0) return toned(paint, "good", "no service is down");
  if (down.length === services)
    return toned(paint, "bad", `all ${counted(services, "service")} down`);
  const names = down.length > 8 ? `${down.slice(0, 8).join(", ")}, …` : down.join(", ");
  return toned(paint, "bad", `${down.length} of ${counted(services, "service")} down: ${names}`);
}

function badness(report: FailureReport): number {
  return Object.values(report.services).reduce(
    (sum, { status }) => sum + 2 ** severity[status] - 1,
    0,
  );
}
