import type { Downtime, Phase, PhasePlan } from "../../../model/phases/phases";
import { listed } from "../../../model/text";
import { table, wrapped } from "../../report/columns";
import { rangeText } from "../../report/duration";
import { outcomeCell } from "../../report/outcomes";
import { type Paint, toned } from "../../report/paint";
import { displayWidth } from "../../report/width";

/** What `homelab phases --json` prints. */
export interface PhaseReport extends PhasePlan {
  stack: string;
  file: string;
}

const stages: Record<Phase["stage"], string> = {
  1: "HA for what needs nothing new",
  2: "Reinstall, one node at a time",
  3: "Replication",
  4: "HA for what was waiting",
};

/** The phase plan for people, as lines. */
export function phaseLines(
  { stack, phases, effects }: PhaseReport,
  paint: Paint,
  width: number,
): string[] {
  if (phases.length === 0) {
    const none = `nothing is pending in ${stack}: no ZFS storage names nodes under "pending" (cluster.storages.<name>.pending)`;
    return wrapped(none.split(" "), 0, width);
  }
  const rows = table(
    effects.map(({ failed, guests, today, after }) => {
      const [before, now] = [outcomeCell(today), outcomeCell(after)];
      return [
        failed.join(" + "),
        listed(guests, 3),
        toned(paint, before.tone, before.text),
        toned(paint, now.tone, now.text),
      ];
    }),
    { width, head: ["loss, disks included", "guests", "today", "at the end"] },
  );
  return [
    paint.bold(`${stack}: from today to what the stack file states`),
    ...([1, 2, 3, 4] as const).flatMap((stage) => stageLines(stage, phases, paint, width)),
    "",
    paint.bold("What it changes, for the guests concerned"),
    ...rows,
  ];
}

function stageLines(
  stage: Phase["stage"],
  phases: readonly Phase[],
  paint: Paint,
  width: number,
): string[] {
  const own = phases.filter((phase) => phase.stage === stage);
  if (own.length === 0) return [];
  const fact = (key: string, value: string) => {
    const [first = "", ...more] = wrapped(value.split(" "), FACT, width);
    return [`    ${key}${first.slice(4 + displayWidth(key))}`, ...more];
  };
  return [
    "",
    paint.bold(`${stage}. ${stages[stage]}`),
    ...own.flatMap(({ id, what, downtime, blockedBy, blocks, risks }) => [
      `  ${id}`,
      ...wrapped(what.split(" "), 4, width),
      ...downtimes(downtime).flatMap((one) => fact("downtime", one)),
      ...(blockedBy.length > 0
        ? blockedBy.flatMap((other) => fact("after", `${other.id}: ${other.why}`))
        : fact("after", "nothing: it can be done now")),
      ...(blocks.length > 0 ? fact("blocks", blocks.join(", ")) : []),
      ...risks.flatMap((risk) => fact(toned(paint, "warn", "risk"), risk)),
    ]),
  ];
}

/** Column in which what is said of a phase begins. */
const FACT = 14;

function downtimes(downtime: readonly Downtime[]): string[] {
  if (downtime.length === 0) return ["none"];
  return downtime.map(({ guests, sec, why }) => {
    const time = sec[1] === 0 ? "none" : rangeText(sec);
    return `${time} for ${listed(guests)}: ${why}`;
  });
}
