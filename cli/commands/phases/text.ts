import type { Downtime, Phase, PhasePlan } from "../../../model/phases/phases";
import { listed } from "../../../model/text";
import { columns } from "../../report/columns";
import { rangeText } from "../../report/duration";
import { outcomeCell } from "../../report/outcomes";
import { type Paint, toned } from "../../report/paint";

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
export function phaseLines({ stack, phases, effects }: PhaseReport, paint: Paint): string[] {
  if (phases.length === 0) {
    return [
      `nothing is pending in ${stack}: no ZFS storage names nodes under "pending" (cluster.storages.<name>.pending)`,
    ];
  }
  const table = columns([
    ["loss, disks included", "guests", "today", "at the end"],
    ...effects.map(({ failed, guests, today, after }) => {
      const [before, now] = [outcomeCell(today), outcomeCell(after)];
      return [
        failed.join(" + "),
        listed(guests, 3),
        toned(paint, before.tone, before.text),
        toned(paint, now.tone, now.text),
      ];
    }),
  ]);
  return [
    paint.bold(`${stack}: from today to what the stack file states`),
    ...([1, 2, 3, 4] as const).flatMap((stage) => stageLines(stage, phases, paint)),
    "",
    paint.bold("What it changes, for the guests concerned"),
    ...table.map((line) => `  ${line}`),
  ];
}

function stageLines(stage: Phase["stage"], phases: readonly Phase[], paint: Paint): string[] {
  const own = phases.filter((phase) => phase.stage === stage);
  if (own.length === 0) return [];
  return [
    "",
    paint.bold(`${stage}. ${stages[stage]}`),
    ...own.flatMap((phase) => [
      `  ${phase.id}`,
      `    ${phase.what}`,
      ...downtimeLines(phase.downtime),
      ...(phase.blockedBy.length > 0
        ? phase.blockedBy.map(({ id, why }) => `    after     ${id}: ${why}`)
        : ["    after     nothing: it can be done now"]),
      ...(phase.blocks.length > 0 ? [`    blocks    ${phase.blocks.join(", ")}`] : []),
      ...phase.risks.map((risk) => `    ${toned(paint, "warn", "risk")}      ${risk}`),
    ]),
  ];
}

function downtimeLines(downtime: readonly Downtime[]): string[] {
  if (downtime.length === 0) return ["    downtime  none"];
  return downtime.map(({ guests, sec, why }) => {
    const time = sec[1] === 0 ? "none" : rangeText(sec);
    return `    downtime  ${time} for ${listed(guests)}: ${why}`;
  });
}
