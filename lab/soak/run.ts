import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine, noEngine } from "../../clients/pulumi/engine";
import { errorText } from "../../model/text";
import { lossTakeoversPerHour, PROFILES, type VrrpProfile } from "../../model/vrrp/vrrp";
import { seeded } from "../endurance/random";
import { startBackend } from "../instruments/backend";
import { startPressure } from "../instruments/pressure";
import { type Scheduler, startScheduler } from "../instruments/scheduler";
import { clean } from "../machine/clean";
import { ensureImage } from "../machine/image";
import { cacheFolder, reportFolder } from "../machine/places";
import { ensurePrograms } from "../machine/requirements";
import { sleep } from "../machine/shell";
import { raise } from "../machine/world";
import { releaseIn } from "../pair/release";
import { ensureTraefik } from "../pair/traefik";
import { type LabProfile, steady } from "../scenarios/stage";
import { CLOCK_PACKAGE } from "./clock";
import { CONDITIONS, type Condition, type Surroundings } from "./conditions";
import { figuresOf, rateOf, type Seen } from "./count";
import { pairPlans, type SoakPair, setUpPairs } from "./pairs";
import { type Bar, soakPlot } from "./plot";
import { gapsIn, type Row, soakTable } from "./report";
import { type Watch, watchPair } from "./watch";

/** What `lab soak` was asked for. */
export interface SoakOptions {
  /** Names of conditions. */
  conditions: readonly string[];
  /** All stand side by side, under the same load. */
  profile: readonly LabProfile[];
  /** How long each condition lasts. */
  minutes: number;
  /** Decides which reload and which step of the clock comes when. */
  seed: number;
  /** File for all figures and events. @default none */
  json?: string;
}

type Say = (line: string) => void;

/** Packages of the hosts beside those of the pair: what reloads their network and fakes their clock. */
const SOAK_PACKAGES = [CLOCK_PACKAGE, "ifupdown"];

/** Seconds until all is well after a condition. */
const WELL_SEC = 180;

/**
 * Pairs of every profile side by side, under one load after another: how often the address moves without a
 * cause, and how long nobody has it.
 *
 * @returns exit code: 1 when a pair was without its address for longer than a failover takes, or did not get
 * well again
 */
export async function runSoak(options: SoakOptions, say: Say): Promise<number> {
  if (!findEngine()) throw new Error(noEngine);
  await ensurePrograms(say, { "stress-ng": "stress-ng" });
  const chosen = CONDITIONS.filter(({ name }) => options.conditions.includes(name));
  say(
    `${chosen.length} conditions of ${options.minutes} minutes, ${options.profile.join(" and ")}, seed ${options.seed}`,
  );
  const release = releaseIn(
    readFileSync(join(__dirname, "..", "..", "Pulumi.homelab.yaml"), "utf8"),
  );
  const image = await ensureImage(say, SOAK_PACKAGES);
  const traefik = await ensureTraefik(release, say);
  try {
    const plans = pairPlans(options.profile);
    const hosts = plans.flatMap((plan) => plan.hosts);
    const world = await raise([traefik.layer, image], release.version, say, hosts);
    const backend = await startBackend();
    const { pairs, deployment } = await setUpPairs(plans, world);
    try {
      return await soak(pairs, chosen, options, say);
    } finally {
      await deployment.stop();
      backend.stop();
    }
  } finally {
    await clean();
    rmSync(join(cacheFolder(), "soak-disk"), { recursive: true, force: true });
  }
}

async function soak(
  pairs: readonly SoakPair[],
  conditions: readonly Condition[],
  options: SoakOptions,
  say: Say,
): Promise<number> {
  const random = seeded(options.seed);
  const watches: Watch[] = [];
  for (const pair of pairs) {
    await steady(pair, WELL_SEC);
    watches.push(await watchPair(pair));
  }
  const scheduler = await startScheduler();
  const on: Surroundings = { pairs, random, maxSec: options.minutes * 60 + WELL_SEC };
  const rows: Row[] = [];
  const events: (Seen & { condition: string; profile: LabProfile })[] = [];
  const bars: Bar[] = [];
  const missed: string[] = [];
  for (const condition of conditions) {
    const { misses, looked } = await bear(condition, on, watches, scheduler, options.minutes * 60);
    missed.push(...misses);
    for (const { row, seen } of looked) {
      rows.push(row);
      events.push({ ...seen, condition: row.condition, profile: row.profile as LabProfile });
      bars.push({
        label: `${row.condition}, ${row.profile}`,
        preferred: `${row.profile}-1`,
        seen,
      });
      const { moves, faults, nobodySec } = row.figures;
      say(
        `${row.title}, ${row.profile}: ${moves} moves, ${faults} FAULT, ${nobodySec.toFixed(2)} s nobody, ${row.lost} of ${row.requests} lost`,
      );
    }
    // After each condition, so that an end by Ctrl-C costs what was measured no figures.
    write(rows, events, bars, options);
  }
  missed.push(...gapsIn(rows, gapLimitSec));
  console.log(`\n${soakTable(rows)}\nseed ${options.seed}`);
  console.log(
    missed.length === 0
      ? "nobody was without the address for longer than a failover takes"
      : `missed:\n  ${missed.join("\n  ")}`,
  );
  return missed.length === 0 ? 0 : 1;
}

/** Two failovers in a row that each take as long as the profile allows; the baseline is only compared with. */
function gapLimitSec(profile: string): number {
  const settings = PROFILES[profile as VrrpProfile];
  if (settings === undefined) return Number.POSITIVE_INFINITY;
  const { advertIntervalSec, check } = settings;
  return (
    2 * (check.fall * Math.max(check.intervalSec, check.timeoutSec) + 4 * advertIntervalSec) + 1
  );
}

/** The baseline's `advert_int` is that of `compatible`. */
function advertSecOf(profile: LabProfile): number {
  return (PROFILES[profile as VrrpProfile] ?? PROFILES.compatible).advertIntervalSec;
}

/** One condition, from well to well. */
async function bear(
  condition: Condition,
  on: Surroundings,
  watches: readonly Watch[],
  scheduler: Scheduler,
  seconds: number,
): Promise<{ misses: string[]; looked: { row: Row; seen: Seen }[] }> {
  const misses: string[] = [];
  const well = async (when: string) => {
    for (const { profile, ...pair } of on.pairs) {
      await steady(pair, WELL_SEC).catch((error: unknown) =>
        misses.push(`${condition.title}, ${profile}, ${when}: ${errorText(error)}`),
      );
    }
  };
  await condition.prepare?.(on);
  await well("before it");
  for (const watch of watches) await watch.begin();
  await scheduler.start();
  const pressureSince = startPressure();
  const end = await condition.begin(on);
  await sleep(seconds);
  const pressure = pressureSince();
  const late = await scheduler.stop();
  await end().catch((error: unknown) => misses.push(`${condition.title}: ${errorText(error)}`));
  await well("after it");
  const looked = [];
  for (const { pair, end: look } of watches) {
    const { seen, requests, lost, reasons } = await look();
    const figures = figuresOf(seen);
    const row: Row = {
      ...{ condition: condition.name, title: condition.title, profile: pair.profile },
      ...{ figures, rate: rateOf(figures), requests, lost, reasons },
      ...(condition.lost !== undefined && {
        predictedPerHour: 2 * lossTakeoversPerHour(advertSecOf(pair.profile), condition.lost),
      }),
      ...(pressure.cpu !== undefined && { pressure: pressure.cpu }),
      ...(pressure.memory !== undefined && { memoryPressure: pressure.memory }),
      ...(pressure.io !== undefined && { diskPressure: pressure.io }),
      ...{ lateMaxMs: late.maxMs, lateP99Ms: late.p99Ms },
      cutsHolder: condition.cutsHolder === true,
    };
    looked.push({ row, seen });
  }
  await condition.repair?.(on);
  return { misses, looked };
}

function write(
  rows: readonly Row[],
  events: readonly (Seen & { condition: string })[],
  bars: readonly Bar[],
  { json, seed }: SoakOptions,
): void {
  mkdirSync(reportFolder(), { recursive: true });
  const title = `Who had the address, seed ${seed}`;
  writeFileSync(join(reportFolder(), "soak.svg"), soakPlot(title, bars));
  const text = JSON.stringify({ seed, rows, events }, undefined, 2);
  if (json !== undefined) writeFileSync(json, `${text}\n`);
}
