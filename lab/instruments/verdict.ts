import type { Result, Scenario } from "../scenarios/scenario";
import type { LabProfile } from "../scenarios/stage";
import { median, quantile } from "./statistics";

/** All runs of one scenario, summed up; times in milliseconds, medians where nothing else is said. */
export interface Verdict {
  scenario: string;
  title: string;
  runs: number;
  /** Runs in which another host took the address. */
  moved: number;
  /** Until the address had moved, or until what the scenario is about was done. */
  tookMs?: number;
  /** The slowest run. */
  slowestMs?: number;
  longestGapMs: number;
  lost: number;
  requests: number;
  arp: number;
  /** Hosts that had the address in the end, in the last run. */
  masters: string[];
  predictedMs?: number;
  /** Slowest run ÷ predicted, from where the model counts. */
  ratio?: number;
  /** Scheduling delay: highest 99th percentile and highest delay of all runs. */
  lateP99Ms: number;
  lateMaxMs: number;
  /** Highest share of time in which something waited for a processor. */
  pressure?: number;
  note?: string;
  /** What `homelab status` said was wrong, in the last run. */
  status?: string[];
  /** What did not hold. */
  misses: string[];
  /** Later than the model, by no more than the machine was seen to be late. */
  excuses: string[];
}

/** What the kernel says reaches the lab through two processes, each of which has to be woken. */
const RESOLUTION_MS = 5;

/** Sums the runs of a scenario up and holds them against its targets. */
export function judge(
  scenario: Scenario,
  results: readonly Result[],
  profile: LabProfile,
): Verdict {
  const took = results.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs]));
  const predictedMs = results[0]?.predictedMs;
  const slowestMs = took.length > 0 ? Math.max(...took) : undefined;
  const pressures = results.flatMap(({ scheduling: { pressure } }) =>
    pressure === undefined ? [] : [pressure],
  );
  const compared = results.flatMap(({ comparedMs }) =>
    comparedMs === undefined ? [] : [comparedMs],
  );
  const last = results.at(-1);
  const verdict: Sums = {
    scenario: scenario.name,
    title: scenario.title,
    runs: results.length,
    moved: results.filter(({ moved }) => moved).length,
    ...(took.length > 0 && { tookMs: median(took), slowestMs }),
    longestGapMs: median(results.map(({ service }) => service.longestGapMs)),
    lost: median(results.map(({ service }) => service.lost)),
    requests: median(results.map(({ service }) => service.requests)),
    arp: median(results.map(({ arp }) => arp)),
    masters: last?.masters ?? [],
    ...(predictedMs !== undefined && { predictedMs }),
    ...(predictedMs !== undefined &&
      compared.length > 0 && { ratio: Math.max(...compared) / predictedMs }),
    lateP99Ms: quantile(
      results.map(({ scheduling }) => scheduling.p99Ms),
      1,
    ),
    lateMaxMs: quantile(
      results.map(({ scheduling }) => scheduling.maxMs),
      1,
    ),
    ...(pressures.length > 0 && { pressure: Math.max(...pressures) }),
    ...(last?.note !== undefined && { note: last.note }),
    ...(last?.status !== undefined && { status: last.status }),
  };
  const misses = missesOf(scenario, results, verdict, profile);
  return { ...verdict, misses, excuses: results.flatMap(excuseOf) };
}

type Sums = Omit<Verdict, "misses" | "excuses">;

/** Milliseconds by which a run was later than the model predicts. */
function lateness({ comparedMs = 0, predictedMs = Infinity }: Result): number {
  return comparedMs - predictedMs;
}

/** The model knows no scheduler: a run may be late by as much as that was seen to be. */
function allowanceMs({ scheduling }: Result): number {
  return scheduling.maxMs + RESOLUTION_MS;
}

function excuseOf(result: Result): string[] {
  const lateMs = lateness(result);
  if (lateMs <= 0 || lateMs > allowanceMs(result)) return [];
  const { p99Ms, maxMs, pressure } = result.scheduling;
  const busy =
    pressure === undefined ? "" : `, something waited ${Math.round(pressure * 100)} % of the time`;
  return [
    `${milliseconds(lateMs)} later than the model; the scheduler was late by up to ${milliseconds(maxMs)} (99th percentile ${milliseconds(p99Ms)}${busy}), and the lab sees changes to ${RESOLUTION_MS} ms`,
  ];
}

const milliseconds = (ms: number) => `${ms.toFixed(1)} ms`;

function missesOf(
  scenario: Scenario,
  results: readonly Result[],
  verdict: Sums,
  profile: LabProfile,
): string[] {
  const { target, address } = scenario;
  const misses = results.flatMap(({ wrong }) => wrong ?? []);
  const never = results.filter(({ tookMs }) => tookMs === undefined).length;
  const limitSec = target.withinSec?.[profile];
  if (address !== "stays" && never > 0) {
    misses.push(`in ${never} of ${results.length} runs the address did not do what it has to`);
  }
  if (limitSec !== undefined && !((verdict.tookMs ?? Infinity) < limitSec * 1000)) {
    misses.push(`took ${seconds(verdict.tookMs)}, expected less than ${limitSec} s`);
  }
  const late = results.filter((result) => lateness(result) > allowanceMs(result));
  if (late.length > 0) {
    const slowest = Math.max(...late.map(({ comparedMs = 0 }) => comparedMs));
    misses.push(
      `took up to ${seconds(slowest)}, the model predicts at most ${seconds(verdict.predictedMs)}`,
    );
  }
  if (target.moves === false && verdict.moved > 0) {
    misses.push(`the address moved in ${verdict.moved} runs, expected that it never does`);
  }
  if (target.lost !== undefined && verdict.lost > target.lost) {
    misses.push(`lost ${verdict.lost} requests, expected at most ${target.lost}`);
  }
  if (target.lostAtLeast !== undefined && verdict.lost < target.lostAtLeast) {
    misses.push(`lost ${verdict.lost} requests, expected at least ${target.lostAtLeast}`);
  }
  const masters = mastersExpected(address);
  const strange = results.filter((result) => result.masters.length !== masters).length;
  if (strange > 0) {
    misses.push(`in ${strange} runs the address was not on ${masters} host in the end`);
  }
  return misses;
}

function mastersExpected(address: Scenario["address"]): number {
  return address === "leaves" ? 0 : 1;
}

/** Milliseconds as seconds, for messages. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? "for ever" : `${(ms / 1000).toFixed(2)} s`;
}
