import type { DependenceChange } from "../../../model/resilience/dependence";
import { listed } from "../../../model/text";
import { changeText } from "../../report/diff";
import { outcomeCell } from "../../report/outcomes";
import { type Paint, toned } from "../../report/paint";
import type { ResilienceChange } from "../../report/types";
import type { Simulation } from "./run";

type Difference = Extract<Simulation, { kind: "difference" }>;

/** More lines than this about single losses are counted only. */
const mostLines = 20;

/** What a change makes of the dependences, in words: `dns depends on proxmox3 now`. */
function dependenceText({ service, on, change, before, after }: DependenceChange): string {
  const now = outcomeCell(after).text;
  switch (change) {
    case "depends":
      return `this change makes ${service} depend on ${on}: without it, ${now} (${after?.reason ?? ""})`;
    case "worse":
      return `the loss of ${on} is worse for ${service} than before: ${outcomeCell(before).text}, now ${now} (${after?.reason ?? ""})`;
    case "better":
      return `the loss of ${on} is less bad for ${service} than before: ${outcomeCell(before).text}, now ${now}`;
    case "independent":
      return `${service} no longer depends on ${on}: its loss meant ${outcomeCell(before).text}`;
  }
}

/** Two stack files compared, for people. */
export function differenceLines(difference: Difference, paint: Paint): string[] {
  const { than, dependences, changes, stack } = difference;
  const tone = { depends: "bad", worse: "bad", better: "good", independent: "good" } as const;
  const reported = new Set(dependences.map(({ service, on }) => JSON.stringify([service, on])));
  // A single loss that changes a dependence has been told in better words.
  const others = changes.filter(
    ({ name, failed, kind }) =>
      kind === "service" && !reported.has(JSON.stringify([name, failed.join(" + ")])),
  );
  const guests = changes.filter(({ kind }) => kind === "guest");
  return [
    paint.bold(`${stack}, compared with ${than}`),
    ...dependences.map(
      (change) => `  ${toned(paint, tone[change.change], dependenceText(change))}`,
    ),
    ...(dependences.length === 0 ? ["  no service depends on more or less than before"] : []),
    ...lossLines("Other losses", others, paint),
    ...lossLines("Guests", guests, paint),
    "",
    conclusion(difference, paint),
  ];
}

function lossLines(title: string, changes: readonly ResilienceChange[], paint: Paint): string[] {
  if (changes.length === 0) return [];
  const rest = changes.length - mostLines;
  return [
    "",
    paint.bold(title),
    ...changes.slice(0, mostLines).map((change) => `  ${change.verdict}: ${changeText(change)}`),
    ...(rest > 0 ? [`  ${rest} more (--json has them all)`] : []),
  ];
}

function conclusion({ changes, worse }: Difference, paint: Paint): string {
  if (changes.length === 0) return "no change in resilience";
  if (!worse) return toned(paint, "good", "no service gets worse");
  const names = new Set(
    changes
      .filter(({ verdict, kind }) => verdict === "worse" && kind === "service")
      .map(({ name }) => name),
  );
  return toned(paint, "bad", `worse for ${listed([...names], 8)}`);
}
