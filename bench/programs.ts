import { readFileSync } from "node:fs";
import { join } from "node:path";
import { observed } from "../cli/run/mock-plan";
import { clusterModel } from "../config/cluster-model";
import { readStackFile } from "../config/file/stack-file";
import { parseStack } from "../config/parse";
import { allFailures } from "../model/resilience/resilience";
import { evaluate } from "../policy/evaluate";
import { rules } from "../policy/rules/all";
import { flatProgram } from "./flat-program";
import { compare, cpuMs, type Ratio } from "./measure";
import { runProgram } from "./mock-run";
import { syntheticStack } from "./synthetic";

function homelab(): Record<string, unknown> {
  return readStackFile(readFileSync(join(__dirname, "..", "Pulumi.homelab.yaml"), "utf8")).data;
}

const NODES = 10;
const [SMALL, LARGE] = [100, 1000];

/** The program against one that registers the same resources one by one, on the mock monitor. */
export async function programAgainstFlat(rounds: number): Promise<Ratio> {
  const data = homelab();
  const flat = flatProgram(await runProgram(data));
  return compare(
    "program ÷ flat program (homelab, mock monitor)",
    {
      measured: () => cpuMs(() => runProgram(data)),
      baseline: () => cpuMs(() => runProgram(data, flat)),
    },
    { rounds, limit: 1.3 },
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
