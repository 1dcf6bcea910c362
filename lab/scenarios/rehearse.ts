import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measure } from "../instruments/measure";
import { plotOf } from "../instruments/plot";
import { judge, type Verdict } from "../instruments/verdict";
import { reportFolder } from "../machine/places";
import type { Result, Scenario } from "./scenario";
import { type Stage, steady, watchAll } from "./stage";

/** Which scenarios are run, and how often. */
export interface Rehearsal {
  scenarios: readonly string[];
  /** Runs of each scenario. */
  runs: number;
}

/** Runs scenarios on hosts that are set up, draws them and judges them; ends the instruments. */
export async function rehearse<On extends Stage>(
  stage: On,
  scenarios: readonly Scenario<On>[],
  options: Rehearsal,
  say: (line: string) => void,
): Promise<Verdict[]> {
  const { profile } = stage;
  const wanted = scenarios.filter(
    ({ name, profiles }) =>
      options.scenarios.includes(name) && (profiles?.includes(profile) ?? true),
  );
  const results = new Map<string, Result[]>();
  try {
    watchAll(stage);
    await steady(stage, 120);
    // Round by round, so that a noisy minute does not fall on one scenario alone.
    for (let round = 1; round <= options.runs; round += 1) {
      for (const scenario of wanted) {
        if (scenario.once && round > 1) continue;
        const result = await measure(stage, scenario);
        results.set(scenario.name, [...(results.get(scenario.name) ?? []), result]);
        say(`${profile} ${round}/${options.runs} ${scenario.name}: ${resultText(result)}`);
      }
    }
  } finally {
    stage.client.end();
    stage.scheduler.end();
  }
  return wanted.map((scenario) => {
    const all = results.get(scenario.name) ?? [];
    writePlot(profile, scenario.title, all);
    return judge(scenario, all, profile);
  });
}

function resultText({ tookMs, service, masters, note }: Result): string {
  const took = tookMs === undefined ? "did not move" : `${(tookMs / 1000).toFixed(3)} s`;
  const gap = `gap ${Math.round(service.longestGapMs)} ms`;
  const lost = `lost ${service.lost} of ${service.requests} ${JSON.stringify(service.losses)}`;
  return [took, gap, lost, `on ${masters.join(" + ") || "no host"}`, note]
    .filter(Boolean)
    .join(", ");
}

function writePlot(profile: Stage["profile"], title: string, results: readonly Result[]): void {
  const [first] = results;
  if (!first) return;
  const folder = reportFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${profile}-${first.scenario}.svg`);
  writeFileSync(file, plotOf(`${title}, profile ${profile}`, first));
}
