import { nowMs } from "../../clients/steady/clock";
import { judgeRequests } from "../../model/drill/requests";
import { sleep } from "../machine/shell";
import type { Act, Result, Scenario } from "../scenarios/scenario";
import { roles, type Stage, steady } from "../scenarios/stage";
import { type MasterChange, mastersOf } from "./masters";

/** Seconds of requests before the fault, to show that all was well. */
const BEFORE_SEC = 1;
/** Seconds of requests after the end, to show that it stays so. */
const AFTER_SEC = 1.5;

/** Runs a scenario once, from a good state back to a good state. */
export async function measure<On extends Stage>(
  stage: On,
  scenario: Scenario<On>,
): Promise<Result> {
  await steady(stage);
  await scenario.prepare?.(stage);
  try {
    const result = await observe(stage, scenario);
    // After the figures, so that it costs them nothing.
    const status = await stage.status?.();
    return status === undefined ? result : { ...result, status };
  } finally {
    await scenario.repair(stage);
    await steady(stage, 120);
  }
}

async function observe<On extends Stage>(stage: On, scenario: Scenario<On>): Promise<Result> {
  const { client, scheduler } = stage;
  const seenChanges = stage.changes.length;
  const seenAnnouncements = stage.announcements.length;
  await scheduler.start();
  await client.start();
  await sleep(BEFORE_SEC);
  const act = await scenario.act(stage);
  await waitForOutcome(stage, scenario, act);
  await sleep(scenario.afterSec ?? AFTER_SEC);
  const requests = await client.stop();
  const read = scenario.read?.(stage, act, requests);
  const note = joined(act.note, read?.note);
  const wrong = joined(act.wrong, read?.wrong);
  const scheduling = await scheduler.stop();
  const changes = stage.changes.slice(seenChanges);
  const announcements = stage.announcements.slice(seenAnnouncements);
  const doneMs =
    scenario.address === "stays" ? act.doneMs : (act.doneMs ?? moveOf(stage, scenario, act));
  const predicted = scenario.predictedSec?.(stage);
  return {
    scenario: scenario.name,
    atMs: act.atMs,
    moved: takers(stage, act).length > 0,
    ...(doneMs !== undefined && { tookMs: doneMs - act.atMs }),
    service: judgeRequests(requests, act.atMs),
    arp: announcements.filter(({ atMs }) => atMs >= act.atMs).length,
    masters: await mastersOf(stage.vip, stage.world.hosts),
    ...(predicted !== undefined && { predictedMs: predicted * 1000 }),
    ...(predicted !== undefined &&
      doneMs !== undefined && { comparedMs: doneMs - countedFrom(scenario, act, changes) }),
    scheduling,
    ...(note !== undefined && { note }),
    ...(wrong !== undefined && { wrong }),
    requests,
    changes,
    announcements,
  };
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  return parts.filter(Boolean).join("; ") || undefined;
}

/** Waits for what has to become of the address, or for all the time there is to see that nothing does. */
async function waitForOutcome<On extends Stage>(
  stage: On,
  scenario: Scenario<On>,
  act: Act,
): Promise<void> {
  const endMs = act.atMs + scenario.watchSec(stage) * 1000;
  const waits = scenario.address !== "stays";
  while (nowMs() < endMs && !(waits && moveOf(stage, scenario, act) !== undefined))
    await sleep(0.02);
}

/** When the address did what the scenario expects of it. */
function moveOf(stage: Stage, scenario: Pick<Scenario, "address">, act: Act): number | undefined {
  const { preferred } = roles(stage);
  const after = stage.changes.filter(({ atMs }) => atMs >= act.atMs);
  switch (scenario.address) {
    case "moves":
      return takers(stage, act)[0]?.atMs;
    case "returns":
      return after.find(({ host, owns }) => owns && host === preferred.name)?.atMs;
    case "leaves":
      return after.find((_, index) => mastersAfter(preferred.name, after.slice(0, index + 1)) === 0)
        ?.atMs;
    case "stays":
      return undefined;
  }
}

/** How many hosts have the address after these changes, when `first` alone had it before. */
function mastersAfter(first: string, changes: readonly MasterChange[]): number {
  const masters = new Set([first]);
  for (const { host, owns } of changes) {
    if (owns) masters.add(host);
    else masters.delete(host);
  }
  return masters.size;
}

/** Times at which a host other than the preferred one took the address. */
function takers(stage: Stage, act: Act) {
  const { preferred } = roles(stage);
  return stage.changes.filter(
    ({ atMs, host, owns }) => atMs >= act.atMs && owns && host !== preferred.name,
  );
}

function countedFrom(
  scenario: Pick<Scenario, "predictedFrom">,
  act: Act,
  changes: readonly MasterChange[],
): number {
  if (scenario.predictedFrom !== "master gives up") return act.atMs;
  return changes.find(({ atMs, owns }) => atMs >= act.atMs && !owns)?.atMs ?? act.atMs;
}
