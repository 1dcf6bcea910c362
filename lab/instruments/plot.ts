import type { Request } from "../../model/drill/requests";
import type { Result } from "../scenarios/scenario";

const WIDTH = 960;
const LEFT = 90;
const RIGHT = 20;
const TOP = 60;
const HEIGHT = 180;
/** Member colours by the order in which they answered, and that of a lost request. */
const COLOURS = ["#1b6ca8", "#2a9d5c", "#8d5fbf"];
const LOST = "#c8352b";

/** The requests of one run over time, in seconds from the fault: an SVG that needs nothing else. */
export function plotOf(title: string, result: Result): string {
  const { requests, atMs, changes, announcements } = result;
  const beginMs = Math.min(...requests.map(({ startMs }) => startMs));
  const endMs = Math.max(...requests.map(({ endMs: end }) => end));
  const x = (ms: number) => LEFT + ((ms - beginMs) / (endMs - beginMs)) * (WIDTH - LEFT - RIGHT);
  const members = [...new Set(requests.flatMap(({ member }) => (member ? [member] : [])))];
  const hosts = [...new Set([...changes.map(({ host }) => host), ...result.masters])].sort();
  const barsTop = TOP + HEIGHT + 24;
  const height = barsTop + hosts.length * 22 + 62;
  const colour = ({ outcome, member = "" }: Request) =>
    outcome === "ok" ? (COLOURS[members.indexOf(member) % COLOURS.length] ?? LOST) : LOST;
  const parts = [
    text(LEFT, 22, title, "font-weight='bold'"),
    text(LEFT, 42, summary(result), "fill='#555'"),
    ...grid(),
    ...requests.map((request) => {
      const y = latencyY(request.endMs - request.startMs);
      return `<circle cx="${x(request.startMs).toFixed(1)}" cy="${y.toFixed(1)}" r="1.6" fill="${colour(request)}"/>`;
    }),
    line([x(atMs), TOP], [x(atMs), barsTop + hosts.length * 22], "#000", "4 3"),
    ...announcements.map(
      ({ atMs: seen }) =>
        `<path d="M${x(seen).toFixed(1)} ${TOP - 2} l-3 -7 h6 z" fill="#b8860b"><title>gratuitous ARP</title></path>`,
    ),
    ...hosts.flatMap((host, index) => bar(host, barsTop + index * 22)),
    ...axis(),
    ...legend(),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;

  function bar(host: string, y: number): string[] {
    const own = changes.filter((change) => change.host === host);
    // Whoever gave the address up first, or has it without a change, had it from the beginning.
    let from = own[0]?.owns ? undefined : beginMs;
    const spans: [number, number][] = [];
    for (const change of own) {
      if (change.owns) from ??= change.atMs;
      else if (from !== undefined) {
        spans.push([from, change.atMs]);
        from = undefined;
      }
    }
    if (from !== undefined) spans.push([from, endMs]);
    return [
      text(LEFT - 6, y + 12, host, "text-anchor='end'"),
      ...spans.map(
        ([start, end]) =>
          `<rect x="${x(start).toFixed(1)}" y="${y}" width="${Math.max(1, x(end) - x(start)).toFixed(1)}" height="14" fill="#d9b44a"><title>has the address</title></rect>`,
      ),
    ];
  }

  function axis(): string[] {
    const y = barsTop + hosts.length * 22 + 14;
    const first = Math.ceil((beginMs - atMs) / 1000);
    const last = Math.floor((endMs - atMs) / 1000);
    const step = Math.max(1, Math.ceil((last - first) / 16));
    const ticks: string[] = [];
    for (let second = first; second <= last; second += step) {
      ticks.push(text(x(atMs + second * 1000), y, `${second} s`, "text-anchor='middle'"));
    }
    return ticks;
  }

  function legend(): string[] {
    const y = barsTop + hosts.length * 22 + 40;
    const entries = [
      ...members.map((member, index) => [`answered by ${member}`, COLOURS[index] ?? LOST] as const),
      ["lost", LOST] as const,
      ["gratuitous ARP", "#b8860b"] as const,
      ["has the address", "#d9b44a"] as const,
    ];
    const step = Math.min(165, (WIDTH - LEFT - RIGHT) / entries.length);
    return entries.flatMap(([label, fill], index) => [
      `<rect x="${LEFT + index * step}" y="${y - 9}" width="10" height="10" fill="${fill}"/>`,
      text(LEFT + index * step + 15, y, label),
    ]);
  }
}

/** 1 ms at the bottom, 1 s at the top, logarithmic. */
function latencyY(ms: number): number {
  const share = Math.log10(Math.min(1000, Math.max(1, ms))) / 3;
  return TOP + HEIGHT * (1 - share);
}

function grid(): string[] {
  return [1, 10, 100, 1000].flatMap((ms) => [
    line([LEFT, latencyY(ms)], [WIDTH - RIGHT, latencyY(ms)], "#ddd"),
    text(LEFT - 6, latencyY(ms) + 4, `${ms} ms`, "text-anchor='end' fill='#555'"),
  ]);
}

function summary({ tookMs, service, masters }: Result): string {
  const took = tookMs === undefined ? "" : `${(tookMs / 1000).toFixed(2)} s, `;
  const gap = (service.longestGapMs / 1000).toFixed(2);
  return `${took}longest gap ${gap} s, lost ${service.lost} of ${service.requests}, in the end on ${masters.join(" and ") || "no host"}`;
}

type Point = readonly [x: number, y: number];

/** A line of an SVG. */
export function line([x1, y1]: Point, [x2, y2]: Point, stroke: string, dash = "none"): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${stroke}" stroke-dasharray="${dash}"/>`;
}

/** A text of an SVG. */
export function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`;
}

/** Text without what SVG would take for markup. */
export function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
