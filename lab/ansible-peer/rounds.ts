import { addTo } from "../../model/maps";
import type { SchedulingDelay } from "../instruments/scheduler";
import { median } from "../instruments/statistics";
import type { Result, Scenario } from "../scenarios/scenario";
import type { Builder, Built } from "./builders";
import type { PeerRow } from "./rows";

/** One way's figures of one round. */
export interface Round {
  builder: Builder["name"];
  built: Built;
  /** How the scheduler was while the pair was built. */
  scheduling: SchedulingDelay;
  /** By scenario. */
  results: Record<string, Pick<Result, "tookMs" | "service" | "scheduling">>;
}

type Timed = "first" | "again" | "atOnce";

/** A round in one line. */
export function roundText({ builder, built, results, scheduling }: Round): string {
  const { first, again, atOnce, parts = {}, wrong } = built;
  const seconds = (name: string, value?: number) =>
    value === undefined ? [] : [`${name} ${value.toFixed(2)} s`];
  const failovers = Object.entries(results).flatMap(([name, { tookMs }]) =>
    seconds(name, tookMs === undefined ? undefined : tookMs / 1000),
  );
  const busy = scheduling.pressure ?? 0;
  return [
    builder,
    ...seconds("first", first),
    ...seconds("again", again),
    ...seconds("again, both at once", atOnce),
    ...Object.entries(parts).flatMap(([part, value]) => seconds(part, value)),
    ...failovers,
    `something waited for a processor in ${Math.round(busy * 100)} % of the time`,
    ...wrong,
  ].join(", ");
}

/** What to read beside the table: where the engine's time goes, and how busy the machine was. */
export function notesOf(rounds: readonly Round[]): string[] {
  const parts = new Map<string, number[]>();
  const busy = new Map<string, number[]>();
  for (const { builder, built, scheduling } of rounds) {
    for (const [part, value] of Object.entries(built.parts ?? {})) {
      addTo(parts, part, value);
    }
    if (scheduling.pressure === undefined || builder === "baseline") continue;
    addTo(busy, builder, scheduling.pressure);
  }
  const medians = [...parts].map(([part, values]) => `${part} ${median(values).toFixed(1)} s`);
  const shares = [...busy].map(([who, all]) => `${who} ${Math.round(median(all) * 100)} %`);
  return [
    ...(medians.length > 0 ? [`of ours, ${medians.join(", ")}`] : []),
    ...(shares.length > 0
      ? [`something waited for a processor meanwhile: ${shares.join(", ")} of the time`]
      : []),
  ];
}

/** The rows of the table: deployments first, then each scenario. */
export function rowsOf(rounds: readonly Round[], scenarios: readonly Scenario[]): PeerRow[] {
  const of = (builder: Round["builder"], value: (round: Round) => number | undefined) =>
    rounds.filter((round) => round.builder === builder).map(value);
  const built = (what: string, ours: Timed, theirs: Timed): PeerRow => ({
    what,
    ours: of("ours", (round) => round.built[ours]),
    ansible: of("Ansible", (round) => round.built[theirs]),
    unit: "s",
  });
  const failover = scenarios.flatMap(({ name, title }): PeerRow[] => {
    const each = (value: (result: Round["results"][string]) => number | undefined) => {
      const valueIn = ({ results }: Round) => {
        const result = results[name];
        return result && value(result);
      };
      return {
        ours: of("ours", valueIn),
        ansible: of("Ansible", valueIn),
        baseline: of("baseline", valueIn),
      };
    };
    return [
      {
        what: title,
        unit: "s",
        ...each(({ tookMs }) => (tookMs === undefined ? undefined : tookMs / 1000)),
      },
      { what: "  requests lost", unit: "requests", ...each(({ service }) => service.lost) },
    ];
  });
  return [
    { ...built("first deployment", "first", "first"), limited: true },
    { ...built("second run, nothing changed", "again", "again"), limited: true },
    built("  the same, Ansible on both members at once", "again", "atOnce"),
    ...failover,
  ];
}
