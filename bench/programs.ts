import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { observed } from "../cli/run/mock-plan";
import { clusterModel } from "../config/cluster-model";
import { parseStack } from "../config/parse";
import { allFailures } from "../model/resilience/resilience";
import { evaluate } from "../policy/evaluate";
import { rules } from "../policy/rules/all";
import { compare, cpuMs, type Ratio } from "./measure";
import { runProgram } from "./mock-run";
import { syntheticStack } from "./synthetic";

const NODES = 10;
const [SMALL, LARGE] = [100, 1000];

/** Runs of a program in one process; its first ones, which compile code, do not count. */
const RUNS = 7;

function childMs(what: "program" | "flat", sdk: "plain" | "light"): number {
  const child = join(__dirname, "program-child.ts");
  const args = ["--import", "tsx", child, what, sdk, String(RUNS)];
  const out = execFileSync(process.execPath, args, { encoding: "utf8" });
  return Number(out.slice(out.lastIndexOf("\n") + 1));
}

/** Each comparison starts two processes a round. */
const MOST_ROUNDS = 5;

/**
 * The program as Pulumi starts it, against one that somebody writes by hand, which registers the same
 * resources one by one: on the mock monitor, each in a process of its own with its own SDK.
 */
export function programAgainstFlat(rounds: number): Promise<Ratio> {
  return compare(
    "program ÷ hand-written one (homelab, mock monitor)",
    {
      measured: () => childMs("program", "light"),
      baseline: () => childMs("flat", "plain"),
    },
    { rounds: Math.min(rounds, MOST_ROUNDS), limit: 1.1 },
  );
}

/** The same with an SDK that does less for each resource on both sides: what the program itself adds. */
export function programOnSameSdk(rounds: number): Promise<Ratio> {
  return compare(
    "the same, both with the SDK of this project",
    {
      measured: () => childMs("program", "light"),
      baseline: () => childMs("flat", "light"),
    },
    { rounds: Math.min(rounds, MOST_ROUNDS) },
  );
}

function sides(cost: (data: Record<string, unknown>) => unknown) {
  const [small, large] = [syntheticStack(SMALL, NODES), syntheticStack(LARGE, NODES)];
  return { measured: () => cpuMs(() => cost(large)), baseline: () => cpuMs(() => cost(small)) };
}

const perGuest = { measured: LARGE, baseline: SMALL };

/** Whether a guest costs the same in a large stack: registration. */
export function programPerGuest(rounds: number): Promise<Ratio> {
  return compare(`program per guest, ${LARGE} ÷ ${SMALL} guests`, sides(runProgram), {
    rounds,
    limit: 1.3,
    scale: perGuest,
  });
}

/** The same for checking the configuration and simulating the loss of each node. */
export function judgementPerGuest(rounds: number): Promise<Ratio> {
  const judge = (data: Record<string, unknown>) => {
    const parsed = parseStack(data);
    if (!parsed.stack) throw new Error(JSON.stringify(parsed.problems));
    allFailures(clusterModel(parsed.stack), 1);
  };
  return compare(`checks and resilience per guest, ${LARGE} ÷ ${SMALL} guests`, sides(judge), {
    rounds,
    limit: 1.3,
    scale: perGuest,
  });
}

/** What all rules together cost per resource, in a large stack against a small one. */
export async function rulesPerResource(rounds: number): Promise<Ratio> {
  const small = observed(await runProgram(syntheticStack(SMALL, NODES)));
  const large = observed(await runProgram(syntheticStack(LARGE, NODES)));
  return compare(
    `all rules per resource, ${large.length} ÷ ${small.length} resources`,
    {
      measured: () => cpuMs(() => evaluate(rules, large)),
      baseline: () => cpuMs(() => evaluate(rules, small)),
    },
    {
      rounds,
      limit: 1.3,
      scale: { measured: large.length, baseline: small.length },
    },
  );
}
