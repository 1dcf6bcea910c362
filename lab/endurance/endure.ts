import { nowMs } from "../../clients/steady/clock";
import { judgeRequests } from "../../model/drill/requests";
import { errorText } from "../../model/text";
import { markdownTable } from "../instruments/markdown";
import { mastersOf } from "../instruments/masters";
import { sleep, until } from "../machine/shell";
import { type Stage, steady } from "../scenarios/stage";
import { FAULTS, takeBack } from "./faults";
import { difference, standingOf } from "./left-overs";
import { seeded } from "./random";

/** What is endured. */
export interface Endurance {
  /** How many faults in a row. */
  faults: number;
  /** Decides which, on whom and for how long. */
  seed: number;
}

/** What one kind of fault cost, over all of its times. */
interface Cost {
  times: number;
  /** Milliseconds without an answer, the longest of each time. */
  gapsMs: number[];
  lost: number;
}

/** Seconds that a fault lasts at most, and that pass until the next one. */
const LASTS_SEC = 6;
const PAUSE_SEC = 3;

/** Seconds that a member may take until it is what it was: daemons that start fork. */
const AS_BEFORE_SEC = 30;

/**
 * Makes random faults in a row, each on a member that is well. After each one there is one holder, the service
 * answers, and nothing is left on any member.
 *
 * @returns what did not hold, with the number of the fault
 */
export async function endure(
  stage: Stage,
  { faults, seed }: Endurance,
  say: (line: string) => void,
): Promise<{ missed: string[]; table: string }> {
  const random = seeded(seed);
  const { hosts } = stage.world;
  const [first, ...others] = hosts;
  if (!first) throw new Error("nobody is there to endure anything");
  await steady(stage, 120);
  const before = new Map<string, string>();
  for (const host of hosts) before.set(host.name, await standingOf(host));
  const costs = new Map<string, Cost>();
  const missed: string[] = [];
  for (let number = 1; number <= faults; number += 1) {
    const fault = random.pick(FAULTS);
    const host = random.pick([first, ...others]);
    const lastsSec = random.between(0.2, LASTS_SEC);
    const pauseSec = random.between(0, PAUSE_SEC);
    const what = `${number}/${faults} ${fault.name} on ${host.name} for ${lastsSec.toFixed(1)} s`;
    const miss = (why: string) => {
      missed.push(`${what}: ${why}`);
      say(`MISSED: ${what}: ${why}`);
    };
    await stage.client.start();
    await sleep(0.3);
    const atMs = nowMs();
    try {
      await fault.act(stage, host);
      await sleep(lastsSec);
      await takeBack(stage, fault, host);
      await steady(stage, 120);
    } catch (error) {
      miss(errorText(error));
      await takeBack(stage, fault, host).catch(() => {});
    }
    const { longestGapMs, lost, requests } = judgeRequests(await stage.client.stop(), atMs);
    const cost = costs.get(fault.name) ?? { times: 0, gapsMs: [], lost: 0 };
    cost.times += 1;
    cost.gapsMs.push(longestGapMs);
    cost.lost += lost;
    costs.set(fault.name, cost);
    const masters = await mastersOf(stage.vip, hosts);
    if (masters.length !== 1) miss(`the address is on ${masters.join(" and ") || "no host"}`);
    for (const one of hosts) {
      let found = "";
      const asBefore = async () => {
        found = difference(before.get(one.name) ?? "", await standingOf(one));
        return found === "";
      };
      await until("as before", AS_BEFORE_SEC, asBefore, 0.5).catch(() =>
        miss(`${one.name}: ${found}`),
      );
    }
    say(`${what}: gap ${Math.round(longestGapMs)} ms, lost ${lost} of ${requests}`);
    await sleep(pauseSec);
  }
  return { missed, table: tableOf(costs) };
}

function tableOf(costs: ReadonlyMap<string, Cost>): string {
  const rows = [...costs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { times, gapsMs, lost }]) => {
      const sorted = [...gapsMs].sort((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
      const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
      return [name, String(times), seconds(median), seconds(sorted.at(-1) ?? 0), String(lost)];
    });
  return markdownTable(["fault", "times", "longest gap: median", "slowest", "requests lost"], rows);
}
