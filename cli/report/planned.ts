import { addTo } from "../../model/maps";
import type { PlannedReport } from "../../model/planned/planned";
import type { Outcome } from "../../model/resilience/resilience";
import { isDown, isInterrupted } from "../../model/resilience/severity";
import { counted, listed } from "../../model/text";
import { wrapped } from "./columns";
import { durationText, rangeText } from "./duration";
import { outcomeCell } from "./outcomes";
import { type Paint, toned } from "./paint";
import type { Resilience } from "./types";

/** More nodes than this are cut, unless all are asked for. */
const mostNodes = 7;

/** What a planned stop does to a guest, in words that need no legend. */
function fateOf({ status, toNode, rtoSec, rtoBasis, rpoSec }: Outcome, node: string): string {
  const loss = rpoSec > 0 ? `, and loses up to ${durationText(rpoSec)} of data` : "";
  if (status === "unaffected" && toNode !== undefined) return "moves while it runs";
  if (status === "waits") return `off until ${node} is back, HA has no other node for it`;
  if (status === "stopped") return `off until ${node} is back`;
  if (status !== "restarts" || !rtoSec)
    return outcomeCell({ status, rtoSec, rpoSec, reason: "" }).text;
  const where = toNode === node ? "starts here again" : "starts elsewhere";
  const worth = rtoBasis === "bound" ? "at most " : rtoBasis === "estimate" ? "about " : "";
  return `off ${worth}${rangeText(rtoSec)}, then ${where}${loss}`;
}

function guestParts({ node, report }: PlannedReport): string[] {
  const groups = new Map<string, string[]>();
  for (const [name, outcome] of Object.entries(report.guests)) {
    const { toNode } = outcome;
    const moves = toNode !== undefined && toNode !== node;
    addTo(groups, fateOf(outcome, node), moves ? `${name} → ${toNode}` : name);
  }
  return [...groups].map(([fate, names]) => `${fate}: ${listed(names, 8)}`);
}

/** Services that stand on more than one guest; one of a single guest fares as its guest does. */
function serviceParts({ report }: PlannedReport, guests: ReadonlySet<string>): string[] {
  const groups = new Map<string, string[]>();
  let standsIn = 0;
  for (const [name, outcome] of Object.entries(report.services)) {
    if (guests.has(name)) continue;
    if (outcome.status === "failover") standsIn += 1;
    else if (isDown(outcome)) addTo(groups, "down", name);
    else if (isInterrupted(outcome))
      addTo(groups, outcomeCell({ ...outcome, rpoSec: 0 }).text, name);
  }
  return [
    ...[...groups].map(([fate, names]) => `${listed(names, 4)}: ${fate}`),
    ...(standsIn > 0
      ? [
          `${counted(standsIn, "service")} ${standsIn === 1 ? "fails" : "fail"} over, no slower than when the node dies`,
        ]
      : []),
  ];
}

/** Who moves and who is off for how long when a node is rebooted or shut down on purpose. */
export function plannedLines(
  { planned, guests }: Resilience,
  { paint, width, all }: { paint: Paint; width: number; all: boolean },
): string[] {
  if (planned.length === 0) return [];
  const names = new Set(guests);
  const shown = all ? planned : planned.slice(0, 2 * mostNodes);
  const rest = (planned.length - shown.length) / 2;
  const lines = shown.flatMap((stop) => {
    const parts = [
      ...(stop.stuck.length > 0
        ? [
            toned(
              paint,
              "bad",
              `does not go down while ${listed(stop.stuck, 4)} runs there; HA cannot move it, a person has to`,
            ),
          ]
        : []),
      ...(stop.report.corosyncQuorum ? [] : [toned(paint, "bad", "the others have no quorum")]),
      ...guestParts(stop),
      ...serviceParts(stop, names),
    ];
    const text = parts.length > 0 ? parts : ["nobody notices"];
    return [
      `  ${stop.kind} of ${paint.bold(stop.node)}`,
      ...text.flatMap((part) => {
        const [first = "", ...more] = wrapped(part.split(" "), 6, width);
        return [first.slice(2), ...more];
      }),
    ];
  });
  const policy = planned[0]?.policy ?? "conditional";
  return [
    `  ${paint.dim(`shutdown policy: ${policy}`)}`,
    ...lines,
    ...(rest > 0 ? [`  ${rest} more nodes (--all shows them)`] : []),
  ];
}
