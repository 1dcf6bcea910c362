import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine } from "../sim/engine";
import { startBackend } from "./backend";
import { clean } from "./clean";
import { openDeployment } from "./deploy";
import { ensureImage } from "./image";
import { measure } from "./measure";
import { openStage } from "./open-stage";
import { setUpOwner } from "./owner";
import { reportFolder } from "./places";
import { plotOf } from "./plot";
import { releaseIn } from "./release";
import type { Result } from "./scenario";
import { SCENARIOS } from "./scenarios/all";
import { type LabProfile, type Stage, steady, watchAll } from "./stage";
import { tableOf } from "./table";
import { ensureTraefik } from "./traefik";
import { judge, type Verdict } from "./verdict";
import { raise, type World } from "./world";

/** What `lab run` was asked for. */
export interface LabOptions {
  scenarios: readonly string[];
  /** Runs of each scenario. */
  runs: number;
  profile: readonly LabProfile[];
  /** Whether the hosts stay. */
  keep: boolean;
  /** File for all figures. @default none */
  json?: string;
}

type Say = (line: string) => void;

/**
 * The whole lab: hosts, deployment, scenarios, tables and plots; takes down what it made.
 *
 * @returns exit code: 1 when a scenario missed a target
 */
export async function runLab(options: LabOptions, say: Say): Promise<number> {
  if (options.profile.some((profile) => profile !== "owner") && !findEngine()) {
    throw new Error(
      "found no Pulumi CLI on PATH, which deploys the pair; install it from https://www.pulumi.com/docs/install/",
    );
  }
  const stackFile = join(__dirname, "..", "Pulumi.homelab.yaml");
  const release = releaseIn(readFileSync(stackFile, "utf8"));
  const image = await ensureImage(say);
  const traefik = await ensureTraefik(release, say);
  const report: Record<string, Verdict[]> = {};
  try {
    for (const profile of options.profile) {
      const world = await raise([traefik.layer, image], release.version, say);
      const verdicts = await rehearse(world, profile, options, say);
      report[profile] = verdicts;
      console.log(`\nprofile ${profile}, Traefik ${traefik.origin}\n${tableOf(verdicts)}\n`);
    }
  } finally {
    if (!options.keep) await clean();
  }
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  // The owner's settings are what is compared with, not what has to hold.
  const missed = Object.entries(report).some(
    ([profile, verdicts]) =>
      profile !== "owner" && verdicts.some(({ misses }) => misses.length > 0),
  );
  return missed ? 1 : 0;
}

/** Sets the pair up one way and runs the scenarios. */
async function rehearse(
  world: World,
  profile: LabProfile,
  options: LabOptions,
  say: Say,
): Promise<Verdict[]> {
  const backend = await startBackend();
  const stage = await setTheStage(world, profile, say);
  const wanted = SCENARIOS.filter(
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
        say(`${profile} ${round}/${options.runs} ${scenario.name}: ${told(result)}`);
      }
    }
  } finally {
    stage.client.end();
    stage.scheduler.end();
    backend.stop();
    await stage.deployment?.stop();
  }
  return wanted.map((scenario) => {
    const all = results.get(scenario.name) ?? [];
    writePlot(profile, scenario.title, all);
    return judge(scenario, all, profile);
  });
}

async function setTheStage(world: World, profile: LabProfile, say: Say): Promise<Stage> {
  const stage = await openStage(world, profile);
  if (profile === "owner") {
    for (const [index, host] of world.hosts.entries()) await setUpOwner(host, index);
    return stage;
  }
  const deployment = await openDeployment(world, profile);
  const { seconds, changes } = await deployment.up();
  say(`${profile}: deployed in ${seconds.toFixed(1)} s, ${JSON.stringify(changes)}`);
  return { ...stage, deployment };
}

function told({ tookMs, service, owners, note }: Result): string {
  const took = tookMs === undefined ? "did not move" : `${(tookMs / 1000).toFixed(3)} s`;
  const gap = `gap ${Math.round(service.longestGapMs)} ms`;
  const lost = `lost ${service.lost} of ${service.requests} ${JSON.stringify(service.losses)}`;
  return [took, gap, lost, `on ${owners.join(" + ") || "no host"}`, note]
    .filter(Boolean)
    .join(", ");
}

function writePlot(profile: LabProfile, title: string, results: readonly Result[]): void {
  const [first] = results;
  if (!first) return;
  const folder = reportFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${profile}-${first.scenario}.svg`);
  writeFileSync(file, plotOf(`${title}, profile ${profile}`, first));
}
