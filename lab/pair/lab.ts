import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine } from "../../clients/pulumi/engine";
import { startBackend } from "../instruments/backend";
import { tableOf } from "../instruments/table";
import type { Verdict } from "../instruments/verdict";
import { clean } from "../machine/clean";
import { ensureImage } from "../machine/image";
import { raise, type World } from "../machine/world";
import { SCENARIOS } from "../scenarios/all";
import { type Rehearsal, rehearse } from "../scenarios/rehearse";
import type { LabProfile, Stage } from "../scenarios/stage";
import { setUpBaseline } from "./baseline";
import { openDeployment } from "./deploy";
import { openStage } from "./open-stage";
import { releaseIn } from "./release";
import { writeStackFile, wrongIn } from "./stack-file";
import { ensureTraefik } from "./traefik";

/** What `lab run` was asked for. */
export interface LabOptions extends Rehearsal {
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
  if (options.profile.some((profile) => profile !== "baseline") && !findEngine()) {
    throw new Error(
      "found no Pulumi CLI on PATH, which deploys the pair; install it from https://www.pulumi.com/docs/install/",
    );
  }
  const stackFile = join(__dirname, "..", "..", "Pulumi.homelab.yaml");
  const release = releaseIn(readFileSync(stackFile, "utf8"));
  const image = await ensureImage(say);
  const traefik = await ensureTraefik(release, say);
  const report: Record<string, Verdict[]> = {};
  try {
    for (const profile of options.profile) {
      const world = await raise([traefik.layer, image], release.version, say);
      const verdicts = await rehearsePair(world, profile, options, say);
      report[profile] = verdicts;
      console.log(`\nprofile ${profile}, Traefik ${traefik.origin}\n${tableOf(verdicts)}\n`);
    }
  } finally {
    if (!options.keep) await clean();
  }
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  // The baseline is what is compared with, not what has to hold.
  const missed = Object.entries(report).some(
    ([profile, verdicts]) =>
      profile !== "baseline" && verdicts.some(({ misses }) => misses.length > 0),
  );
  return missed ? 1 : 0;
}

/** Sets the pair up one way and runs the scenarios. */
async function rehearsePair(
  world: World,
  profile: LabProfile,
  options: LabOptions,
  say: Say,
): Promise<Verdict[]> {
  const backend = await startBackend();
  const stage = await setTheStage(world, profile, say);
  try {
    return await rehearse(stage, SCENARIOS, options, say);
  } finally {
    backend.stop();
    await stage.deployment?.stop();
  }
}

async function setTheStage(world: World, profile: LabProfile, say: Say): Promise<Stage> {
  const stage = await openStage(world, profile);
  if (profile === "baseline") {
    for (const [index, host] of world.hosts.entries()) await setUpBaseline(host, index);
    return stage;
  }
  const deployment = await openDeployment(world, profile);
  const { seconds, changes } = await deployment.up();
  say(`${profile}: deployed in ${seconds.toFixed(1)} s, ${JSON.stringify(changes)}`);
  const stack = writeStackFile(world, profile);
  return { ...stage, deployment, status: () => wrongIn(stack) };
}
