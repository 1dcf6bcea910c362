import { seconds, type Trend } from "../../../model/drill/record";
import { htmlText } from "../../../model/foreign-text";

const WIDTH = 720;
const LEFT = 150;
const RIGHT = 90;
const ROW = 90;
const PLOT = 56;
const TOP = 40;

/** The trend of drills as an SVG that needs nothing else: a row for each fault, a dot for each drill. */
export function trendSvg(title: string, trends: readonly Trend[]): string {
  const height = TOP + Math.max(1, trends.length) * ROW + 10;
  const parts = trends.flatMap((trend, index) => row(trend, TOP + index * ROW));
  const empty = trends.length === 0 ? [label(LEFT, TOP + 20, "no drill yet")] : [];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="trend" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${htmlText(title)}">
<rect width="100%" height="100%" fill="#fff"/>
${[label(16, 22, title, 'font-weight="bold"'), ...empty, ...parts].join("\n")}
</svg>
`;
}

function row({ fault, predictedSec, points }: Trend, top: number): string[] {
  const known = Number.isFinite(predictedSec) ? predictedSec : 0;
  const most = Math.max(0.1, known, ...points.map(({ outageSec }) => outageSec)) * 1.15;
  const y = (sec: number) => top + PLOT * (1 - sec / most);
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, points.length - 1);
  const x = (index: number) =>
    points.length === 1 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + index * step;
  const path = points.map(
    ({ outageSec }, index) => `${x(index).toFixed(1)},${y(outageSec).toFixed(1)}`,
  );
  const last = points.at(-1);
  return [
    label(16, top + PLOT / 2, fault),
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(known).toFixed(1)}" y2="${y(known).toFixed(1)}" stroke="#555" stroke-dasharray="4 3"/>`,
    label(WIDTH - RIGHT + 6, y(known) + 4, `≤ ${seconds(predictedSec)}`, 'fill="#555"'),
    `<polyline points="${path.join(" ")}" fill="none" stroke="#1b6ca8"/>`,
    ...points.map(
      ({ at, outageSec, lost, surprise }, index) =>
        `<circle cx="${x(index).toFixed(1)}" cy="${y(outageSec).toFixed(1)}" r="4" fill="${surprise ? "#c8352b" : "#1b6ca8"}"><title>${htmlText(`${at.slice(0, 10)}: ${seconds(outageSec)}, ${lost} lost${surprise ? ", with a surprise" : ""}`)}</title></circle>`,
    ),
    label(LEFT, top + PLOT + 16, points[0]?.at.slice(0, 10) ?? "", 'fill="#555"'),
    label(
      WIDTH - RIGHT,
      top + PLOT + 16,
      last?.at.slice(0, 10) ?? "",
      'fill="#555" text-anchor="end"',
    ),
  ];
}

function label(x: number, y: number, text: string, more = ""): string {
  return `<text x="${x}" y="${y.toFixed(1)}" ${more}>${htmlText(text)}</text>`;
}
