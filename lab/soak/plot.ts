import { escaped, line, text } from "../instruments/plot";
import { type Seen, spansOf } from "./count";

const WIDTH = 960;
const LEFT = 230;
const RIGHT = 20;
const ROW = 20;

const COLOURS = {
  preferred: "#d9b44a",
  other: "#1b6ca8",
  nobody: "#c8352b",
  two: "#8d5fbf",
  fault: "#000",
} as const;

/** One bar of the picture: who had the address of one pair under one condition. */
export interface Bar {
  label: string;
  /** The host that shall have it. */
  preferred: string;
  seen: Seen;
}

/** Who had the address when, and each FAULT as a mark: an SVG that needs nothing else. */
export function soakPlot(title: string, bars: readonly Bar[]): string {
  const height = 50 + bars.length * ROW + 50;
  const parts = bars.flatMap((bar, index) => barOf(bar, 44 + index * ROW));
  const entries = [
    ["preferred member", COLOURS.preferred],
    ["other member", COLOURS.other],
    ["nobody", COLOURS.nobody],
    ["two", COLOURS.two],
    ["FAULT", COLOURS.fault],
  ] as const;
  const legend = entries.flatMap(([label, fill], index) => {
    const x = LEFT + index * 140;
    return [
      `<rect x="${x}" y="${height - 32}" width="10" height="10" fill="${fill}"/>`,
      text(x + 15, height - 23, label),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${[text(10, 22, title, "font-weight='bold'"), ...parts, ...legend].join("\n")}
</svg>
`;
}

function barOf({ label, preferred, seen }: Bar, y: number): string[] {
  const { fromMs, toMs } = seen;
  const x = (ms: number) => LEFT + ((ms - fromMs) / (toMs - fromMs)) * (WIDTH - LEFT - RIGHT);
  const colour = (holders: readonly string[]) => {
    if (holders.length === 0) return COLOURS.nobody;
    if (holders.length > 1) return COLOURS.two;
    return holders[0] === preferred ? COLOURS.preferred : COLOURS.other;
  };
  const spans = spansOf(seen);
  // What is rare lies on top, and is never too narrow to be seen.
  const drawn = [...spans].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  return [
    text(LEFT - 8, y + 12, label, "text-anchor='end'"),
    ...drawn.map(
      (span) =>
        `<rect x="${x(span.fromMs).toFixed(1)}" y="${y}" width="${Math.max(1.5, x(span.toMs) - x(span.fromMs)).toFixed(1)}" height="14" fill="${colour(span.holders)}"><title>${escaped(`${span.holders.join(" and ") || "nobody"}, ${((span.toMs - span.fromMs) / 1000).toFixed(2)} s`)}</title></rect>`,
    ),
    ...seen.states
      .filter(({ state, atMs }) => state === "FAULT" && atMs >= fromMs && atMs <= toMs)
      .map(({ atMs }) => line([x(atMs), y - 2], [x(atMs), y + 16], COLOURS.fault)),
  ];
}
