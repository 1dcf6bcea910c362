import type { FailureReport, Outcome } from "../../model/resilience/resilience";
import { UNAFFECTED } from "../../model/resilience/services";
import { worseOf } from "../../model/resilience/severity";
import type { Resilience } from "./types";

type Kind = "guests" | "services";
type Singles = ReadonlyMap<string, FailureReport>;

const kinds: readonly Kind[] = ["guests", "services"];

/** Reports of single losses by what is lost. */
export function byLoss(singles: readonly FailureReport[]): Singles {
  return new Map(singles.map((report) => [report.failed.join(" + "), report]));
}

/** What two losses would do if they had nothing to do with each other: the worse of both. */
function expected(singles: Singles, failed: readonly string[], kind: Kind): Map<string, Outcome> {
  const worst = new Map<string, Outcome>();
  for (const name of failed) {
    for (const [key, outcome] of Object.entries(singles.get(name)?.[kind] ?? {})) {
      worst.set(key, worseOf(worst.get(key), outcome) ?? outcome);
    }
  }
  return worst;
}

const same = (a: Outcome, b: Outcome) =>
  a === b ||
  (a.status === b.status &&
    a.rpoSec === b.rpoSec &&
    a.rtoSec?.[0] === b.rtoSec?.[0] &&
    a.rtoSec?.[1] === b.rtoSec?.[1]);

/**
 * A double loss without what its two single losses say already: a thousand guests under a thousand
 * pairs of nodes are mostly that. What fares differently from the worse of both is kept, also when
 * it fares better. Memory and cores of each pair are in the summary, see `capacitySummary`.
 */
export function onlyDifferent(singles: Singles, report: FailureReport): FailureReport {
  const different = (kind: Kind) => {
    const usual = expected(singles, report.failed, kind);
    const names = new Set([...usual.keys(), ...Object.keys(report[kind])]);
    return Object.fromEntries(
      [...names].flatMap((name) => {
        const outcome = report[kind][name] ?? UNAFFECTED;
        return same(outcome, usual.get(name) ?? UNAFFECTED) ? [] : [[name, outcome] as const];
      }),
    );
  };
  const { load: _load, ...rest } = report;
  return { ...rest, guests: different("guests"), services: different("services") };
}

/** Double losses with every outcome that is not `unaffected`. */
export function wholeDoubles({ single, double }: Resilience): FailureReport[] {
  const singles = byLoss(single);
  return double.map((report) => {
    const whole = { ...report };
    for (const kind of kinds) {
      const outcomes = expected(singles, report.failed, kind);
      for (const [name, outcome] of Object.entries(report[kind])) outcomes.set(name, outcome);
      whole[kind] = Object.fromEntries(
        [...outcomes].filter(([, { status }]) => status !== "unaffected"),
      );
    }
    return whole;
  });
}
