import { counted } from "../../../model/text";
import { type Paint, toned } from "../../report/paint";
import type { DoctorReport } from "./run";

const tones = { ok: "good", problem: "bad", "not checked": "warn" } as const;

/** The report for a terminal: problems with their fix first, then what was not checked, then the rest. */
export function doctorLines({ file, checks }: DoctorReport, paint: Paint): string[] {
  const of = (verdict: keyof typeof tones) => checks.filter((one) => one.verdict === verdict);
  const widest = Math.max(...checks.map(({ check }) => check.length));
  const lines = (verdict: keyof typeof tones) =>
    of(verdict).flatMap(({ check, subject, found, fix = [] }) => [
      `  ${toned(paint, tones[verdict], verdict.padEnd(11))} ${check.padEnd(widest)}  ${[subject, found].filter(Boolean).join(": ")}`,
      ...fix.map((step) => `    ${step}`),
    ]);
  const problems = of("problem").length;
  const left = of("not checked").length;
  const head =
    problems > 0
      ? toned(paint, "bad", `${file}: ${counted(problems, "problem")}`)
      : toned(paint, "good", `${file}: no problems found`);
  return [
    `${head}${left > 0 ? `, ${left} not checked` : ""}`,
    ...lines("problem"),
    ...lines("not checked"),
    ...lines("ok"),
  ];
}
