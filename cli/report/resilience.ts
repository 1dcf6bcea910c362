import type { FailureReport } from "../../model/resilience/resilience";
import { isDown, severity } from "../../model/resilience/severity";
import { counted, listed } from "../../model/text";
import { table, wrapped } from "./columns";
import { outcomeCell, quorumText, worthText } from "./outcomes";
import { type Paint, plain, toned } from "./paint";
import { wholeDoubles } from "./resilience-doubles";
import type { Resilience } from "./types";

/** More double losses than this are cut to the worst. */
const mostPairs = 10;

/** What the loss of each two nodes does; the worst only, unless `all`. */
export function doubleLossLines(
  resilience: Resilience,
  { paint, width, all }: { paint: Paint; width: number; all: boolean },
): string[] {
  const { services } = resilience;
  const worst = wholeDoubles(resilience)
    .map((report) => ({ report, bad: badness(report) }))
    .sort((a, b) => b.bad - a.bad)
    .map(({ report }) => report);
  const shown = all ? worst : worst.slice(0, mostPairs);
  const lines = table(
    shown.map((report) => [
      report.failed.join(" + "),
      quorumText(report),
      downText(report, services.length, paint),
    ]),
    { width },
  );
  const rest = worst.length - shown.length;
  return [
    ...lines,
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

/** Every time of the reports once, with what it is worth and whom it concerns. */
export function timeLines({ single, double, domains }: Resilience, width: number): string[] {
  const found = new Map<string, Set<string>>();
  for (const { services, guests } of [...single, ...domains, ...double]) {
    for (const [name, outcome] of [...Object.entries(services), ...Object.entries(guests)]) {
      const worth = worthText(outcome);
      if (worth === "") continue;
      const key = `${outcomeCell({ ...outcome, rpoSec: 0 }).text}: ${worth}`;
      found.set(key, (found.get(key) ?? new Set()).add(name));
    }
  }
  return [...found].flatMap(([what, names]) => {
    const [first = "", ...more] = wrapped(
      `${what} (${listed([...names], 6)})`.split(" "),
      4,
      width,
    );
    return [first.slice(2), ...more];
  });
}

/** `3 of 15 services down: dns, dhcp, netbox`. */
export function downText(report: FailureReport, services: number, paint: Paint = plain): string {
  const down = Object.entries(report.services)
    .filter(([, outcome]) => isDown(outcome))
    .map(([name]) => name);
  if (down.length === 0) return toned(paint, "good", "no service is down");
  if (down.length === services) {
    const all = services === 1 ? "the only service is down" : `all ${services} services down`;
    return toned(paint, "bad", all);
  }
  const names = down.length > 8 ? `${down.slice(0, 8).join(", ")}, …` : down.join(", ");
  return toned(paint, "bad", `${down.length} of ${counted(services, "service")} down: ${names}`);
}

function badness(report: FailureReport): number {
  return Object.values(report.services).reduce(
    (sum, { status }) => sum + 2 ** severity[status] - 1,
    0,
  );
}
