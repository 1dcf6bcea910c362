import type { CapacitySummary } from "../../model/capacity/summary";
import type { SinglePoint } from "../../model/resilience/single-points";
import { listed } from "../../model/text";
import { table, wrapped } from "./columns";
import { type Paint, toned } from "./paint";
import type { Resilience } from "./types";

/** Nodes, domains and storages that take services down by themselves, as rows of a table. */
export function singlePlaces({ singlePoints }: Resilience, paint: Paint): string[][] {
  return singlePoints
    .filter(({ kind }) => kind !== "guest")
    .map((point) => [point.kind, point.name, toned(paint, "bad", servicesText(point))]);
}

/** Guests without a second one, and whether the survivors have room, as sentences. */
function pointSentences(resilience: Resilience, paint: Paint): string[] {
  const { singlePoints, capacity } = resilience;
  const guests = singlePoints.filter(({ kind }) => kind === "guest").map(({ name }) => name);
  const alone = singlePoints.length === guests.length;
  return [
    ...(alone ? [toned(paint, "good", nothingAlone(resilience))] : []),
    ...(guests.length > 0
      ? [`guests that are the only one of their service: ${listed(guests, 8)}`]
      : []),
    ...capacityLines("one", capacity.single, paint),
    ...(stated(capacity.single) ? capacityLines("two", capacity.double, paint) : []),
  ];
}

/** Single points of failure, and whether the survivors have room: a few lines. */
export function singlePointLines(
  resilience: Resilience,
  { paint, width }: { paint: Paint; width: number },
): string[] {
  return [
    ...table(singlePlaces(resilience, paint), { width }),
    ...pointSentences(resilience, paint).flatMap((sentence) => {
      const [first = "", ...more] = wrapped(sentence.split(" "), 4, width);
      return [first.slice(2), ...more];
    }),
  ];
}

/** The same as sentences, for Markdown. */
export function singlePointSentences(resilience: Resilience, paint: Paint): string[] {
  return [
    ...singlePlaces(resilience, paint).map((cells) => cells.join(" ")),
    ...pointSentences(resilience, paint),
  ];
}

/** Services that a single point takes down, the first few by name. */
function servicesText({ services }: SinglePoint): string {
  return `takes down ${listed(services, 4)}`;
}

function nothingAlone({ domains }: Resilience): string {
  const more =
    domains.length > 0
      ? `, nor ${listed(
          domains.flatMap(({ failed }) => failed),
          5,
          "or",
        )}`
      : "";
  return `no node${more} takes a service down by itself`;
}

/** Whether every node and guest states its memory, so that room for restarts is certain. */
export function memoryKnown({ capacity }: Resilience): boolean {
  const { nodes, ofNodes, guests, ofGuests } = capacity.single.stated;
  return nodes === ofNodes && guests === ofGuests;
}

const stated = (summary: CapacitySummary) => summary.stated.nodes > 0 && summary.stated.guests > 0;

const gb = (mb: number) => `${Math.round((mb / 1024) * 10) / 10} GB`;

/** What a kind of loss leaves of memory and cores: `N+1: every guest finds memory; …`. */
function capacityLines(count: "one" | "two", summary: CapacitySummary, paint: Paint): string[] {
  const title = count === "one" ? "N+1" : "N+2";
  const { nodes, ofNodes, guests, ofGuests } = summary.stated;
  const figures = `memoryGb is stated for ${nodes} of ${ofNodes} nodes, memoryMb for ${guests} of ${ofGuests} guests`;
  if (!stated(summary)) return [`${title}: not judged, ${figures}`];
  const { judged, noRoom, tightest, overcommitted } = summary;
  if (judged === 0) return [`${title}: not judged, every such loss takes the quorum`];
  const partly = nodes < ofNodes || guests < ofGuests ? ` (as far as known: ${figures})` : "";
  const least = tightest
    ? `; least is left on ${tightest.node} after the loss of ${tightest.failed.join(" and ")}: ${gb(tightest.leftMb)} of ${gb(tightest.totalMb)}`
    : "";
  const [first] = noRoom;
  const memory = first
    ? toned(
        paint,
        "bad",
        `no room for ${listed(first.guests, 4)} after the loss of ${first.failed.join(" and ")}${noRoom.length > 1 ? `, and for others after ${noRoom.length - 1} more losses` : ""}`,
      )
    : toned(
        paint,
        "good",
        `every guest finds memory after any ${count === "one" ? "loss" : "double loss"}`,
      );
  const [tight] = [...overcommitted].sort((a, b) => b.used / b.total - a.used / a.total);
  const cores = tight
    ? [
        `${title}: ${toned(paint, "warn", `warning: ${tight.node} has ${tight.total} cores and its guests ${tight.used} after the loss of ${tight.failed.join(" and ")}`)}`,
      ]
    : [];
  return [`${title}: ${memory}${least}${partly}`, ...cores];
}
