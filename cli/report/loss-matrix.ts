import { addTo } from "../../model/maps";
import type { Outcome } from "../../model/resilience/resilience";
import { isDown, worseOf } from "../../model/resilience/severity";
import { columns, table, wrapped } from "./columns";
import { durationText } from "./duration";
import { legendFor, lossText, outcomeCell, outcomeWord } from "./outcomes";
import { type Paint, type Tone, toned } from "./paint";
import type { Resilience } from "./types";
import { displayWidth } from "./width";

/** More nodes than this do not fit side by side; then each node gets a line of its own. */
export const widestTable = 7;
/** More rows than this are folded where they say the same. */
const longestTable = 30;

/** One row of the matrix: services with the same fate, and what each loss does to them. */
interface Row {
  names: string[];
  outcomes: (Outcome | undefined)[];
}

/** Rows of the table, services with the same fate under every loss folded into one when there are many. */
function rowsOf({ services, single }: Resilience): Row[] {
  const rows = services.map((service) => ({
    names: [service],
    outcomes: single.map((report) => report.services[service]),
  }));
  if (rows.length <= longestTable) return rows;
  const folded = new Map<string, Row>();
  for (const row of rows) {
    const fate = row.outcomes.map((outcome) => outcomeCell(outcome).text).join("|");
    const same = folded.get(fate);
    if (same) same.names.push(...row.names);
    else folded.set(fate, row);
  }
  return [...folded.values()];
}

/** The same as texts, for Markdown. */
export function tableRows(resilience: Resilience): { names: string[]; cells: string[] }[] {
  return rowsOf(resilience).map(({ names, outcomes }) => ({
    names,
    cells: outcomes.map((outcome) => outcomeCell(outcome).text),
  }));
}

/** A row's name: `dns`, or `influxdb and 11 more` when folded. */
export function rowName(names: readonly string[]): string {
  const [first = "", ...more] = names;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** Names by outcome: `2 restarts 2-4 min: netbox, influxdb`. */
export function affectedText(outcomes: Record<string, Outcome>): string {
  const groups = byOutcome(outcomes, rowName);
  return groups.map(({ what, names }) => `${names}: ${what}`).join("; ") || "ok";
}

function byOutcome(outcomes: Record<string, Outcome>, named: (names: string[]) => string) {
  const groups = new Map<string, { tone: Tone; names: string[] }>();
  for (const [name, outcome] of Object.entries(outcomes)) {
    if (outcome.status === "unaffected") continue;
    const { text, tone } = outcomeCell(outcome);
    const group = groups.get(text);
    if (group) group.names.push(name);
    else groups.set(text, { tone, names: [name] });
  }
  return [...groups].map(([what, { tone, names }]) => ({ what, tone, names: named(names) }));
}

/**
 * Names without their section where that leaves no two alike: `traefik-lb` of
 * `kubernetesIngress.traefik-lb`.
 */
function shortNames(names: readonly string[]): Map<string, string> {
  const bare = (name: string) => name.slice(name.indexOf(".") + 1);
  const users = new Map<string, string[]>();
  for (const name of names) addTo(users, bare(name), name);
  return new Map(
    names.map((name) => [name, users.get(bare(name))?.length === 1 ? bare(name) : name]),
  );
}

/** The longest outage and the most data lost, by any of some losses. */
function atMost(outcomes: readonly (Outcome | undefined)[]): string {
  const worst = outcomes.reduce((a, b) => worseOf(a, b), undefined);
  if (isDown(worst)) return "until repaired";
  const longest = Math.max(0, ...outcomes.map((outcome) => outcome?.rtoSec?.[1] ?? 0));
  const lost = Math.max(0, ...outcomes.map((outcome) => outcome?.rpoSec ?? 0));
  return [
    ...(longest > 0 ? [durationText(longest)] : []),
    ...(lost > 0 ? [`(${lossText(lost)})`] : []),
  ].join(" ");
}

/** Services × the loss of each node in at most `width` characters, with the legend. */
export function singleLossLines(resilience: Resilience, paint: Paint, width: number): string[] {
  const { single } = resilience;
  const matrix = single.length <= widestTable ? fittingMatrix(resilience, paint, width) : undefined;
  const lines = matrix ?? lossLines(resilience, paint, width);
  return [
    ...lines,
    "",
    ...table(
      legendFor(single).map(([word, meaning]) => [paint.dim(word), paint.dim(meaning)]),
      { width },
    ),
  ];
}

/** How much of the matrix is shown, the fullest first. */
interface Variant {
  /** Times in each cell, once for each service, or not at all. */
  times: "each" | "row" | "none";
  isShort: boolean;
  /** Spaces between columns. */
  gap: number;
}

const variants: readonly Variant[] = [
  { times: "each", isShort: false, gap: 2 },
  { times: "row", isShort: false, gap: 2 },
  { times: "row", isShort: true, gap: 2 },
  { times: "row", isShort: true, gap: 1 },
  { times: "none", isShort: true, gap: 1 },
];

/** The matrix with as much in it as fits: times in each cell, or once for each service. */
function fittingMatrix(resilience: Resilience, paint: Paint, width: number) {
  const rows = rowsOf(resilience);
  const heads = resilience.single.map((report) => report.failed.join(" + "));
  const short = shortNames(resilience.services);
  const named = (names: readonly string[], isShort: boolean) =>
    rowName(isShort ? names.map((name) => short.get(name) ?? name) : names);
  const laidOut = ({ times, isShort, gap }: Variant) => {
    const whole = times === "each";
    const last = (text: string) => (times === "row" ? [text] : []);
    return columns(
      [
        ["", ...heads.map((head) => paint.bold(head)), ...last(paint.dim("at most"))],
        ...rows.map(({ names, outcomes }) => [
          named(names, isShort),
          ...outcomes.map((outcome) => {
            const { text, tone } = outcomeCell(outcome);
            return toned(paint, tone, whole ? text : outcomeWord(outcome));
          }),
          ...last(atMost(outcomes)),
        ]),
      ],
      gap,
    ).map((line) => `  ${line}`);
  };
  for (const variant of variants) {
    const lines = laidOut(variant);
    if (lines.some((line) => displayWidth(line) > width)) continue;
    const note = paint.dim("  times and data lost: a wider terminal, or --width 120");
    return variant.times === "none" ? [...lines, note] : lines;
  }
  return undefined;
}

/** Each loss with the services that it reaches, where no matrix fits. */
function lossLines({ single }: Resilience, paint: Paint, width: number): string[] {
  return single.flatMap((report) => {
    const groups = byOutcome(report.services, (names) => names.join(", "));
    return [
      `  ${paint.bold(report.failed.join(" + "))}`,
      ...(groups.length === 0 ? [`    ${toned(paint, "good", "every service is ok")}`] : []),
      ...groups.flatMap(({ what, tone, names }) => {
        const [first = "", ...more] = wrapped(`${what}: ${names}`.split(" "), 4, width);
        return [`    ${toned(paint, tone, first.trimStart())}`, ...more];
      }),
    ];
  });
}
