import { type SteadyPlan, startSteadyClient } from "../../../clients/steady/steady-client";
import { pause } from "../../../clients/watch";
import type { Fault } from "../../../model/drill/faults";
import { type FaultResult, seconds, surpriseIn } from "../../../model/drill/record";
import { judgeRequests } from "../../../model/drill/requests";
import { errorText } from "../../../model/text";
import { faultScript, REFUSED, undoScript } from "../../../templates/host/drill";
import { ledger } from "../../lib/ledger";
import { disturbance, type Members, type Told, undisturbed } from "./members";

/** Everything that one fault needs. */
export interface Stage {
  members: Members;
  /** Member that has the address, and gets the fault. */
  master: string;
  vip: string;
  plan: SteadyPlan;
  /** Whether somebody asked to end: then what was begun is taken back, and nothing new is begun. */
  asked(): boolean;
  say(line: string): void;
}

/** Milliseconds of requests before a fault, to show that all is well. */
const BEFORE_MS = 2000;
/** Milliseconds for which a fault stays, once another member has the address. */
const HOLD_MS = 2000;
/** Milliseconds between two looks at who has the address. */
const LOOK_EVERY_MS = 200;
/** Seconds by which the member's own undo comes later than ours, at the least. */
const UNDO_MARGIN_SEC = 20;
/** Milliseconds for a script that stops or starts a daemon. */
const SCRIPT_MS = 60_000;

const wait = (ms: number) => pause(ms, disturbance());

/** Longest seconds that are waited for something that the model allows `sec` for. */
const patience = (sec: number) => 2 * sec + 5;

/** Makes a fault, watches what a client sees of it, takes it back, and sees that all is as before. */
export async function carryOut(fault: Fault, stage: Stage): Promise<FaultResult> {
  const { master, plan } = stage;
  const client = startSteadyClient(plan);
  const result: FaultResult = {
    fault: fault.name,
    title: fault.title,
    member: master,
    outageSec: 0,
    requests: 0,
    lost: 0,
    predicted: {
      movedSec: fault.movedSec,
      outageSec: fault.outageSec,
      returnedSec: fault.returnedSec,
    },
    restored: [],
    left: [],
  };
  const unexpected = (what: string) => {
    result.surprise ??= what;
  };
  let atMs = 0;
  await wait(BEFORE_MS);
  const before = judgeRequests(client.requests, 0);
  if (stage.asked()) {
    // No request was made in the time that was cut short.
  } else if (before.requests === 0 || before.lost > 0) {
    const lost = Object.keys(before.losses).join(", ") || "no request was answered";
    unexpected(`the client lost requests before the fault (${lost})`);
  } else {
    const begun = await beginAndWatch(fault, stage, result, unexpected);
    if (begun !== undefined) await takeBack(fault, stage, result, unexpected);
    atMs = begun ?? 0;
  }
  const requests = await client.stop();
  const service = judgeRequests(requests, atMs);
  Object.assign(result, {
    outageSec: service.longestGapMs / 1000,
    requests: service.requests,
    lost: service.lost,
  });
  const late = surpriseIn(result, plan.everyMs / 1000);
  if (late !== undefined && !stage.asked()) unexpected(late);
  if (stage.asked()) unexpected("it was stopped by hand");
  return result;
}

/** @returns when it was made; undefined when it was not */
async function beginAndWatch(
  fault: Fault,
  { members, master, asked, say }: Stage,
  result: FaultResult,
  unexpected: (what: string) => void,
): Promise<number | undefined> {
  const limitSec = patience(fault.movedSec);
  const afterSec = Math.ceil(limitSec + HOLD_MS / 1000 + UNDO_MARGIN_SEC);
  const script = faultScript({ fault: fault.name, ...fault, afterSec });
  say(`${fault.title} on ${master}; it takes that back by itself after ${afterSec} s`);
  ledger.begin(stepText(fault, master));
  const beginMs = performance.now();
  try {
    const said = await members.run(master, script, SCRIPT_MS);
    if (said.trim() === REFUSED) {
      // The fault of somebody else is not ours to take back.
      unexpected(`${master}: a drill is under way here already, so no fault was made`);
      return undefined;
    }
  } catch (error) {
    unexpected(`${master}: ${errorText(error)}`);
    return beginMs;
  }
  const since = () => (performance.now() - beginMs) / 1000;
  while (!asked()) {
    const told = await members.told(disturbance());
    // Who was asked when somebody ended it did not get to answer.
    if (asked()) break;
    const odd = oddOthers(told, master);
    if (odd !== undefined) {
      unexpected(odd);
      return beginMs;
    }
    const owners = told.filter((one) => one.master).map(({ name }) => name);
    const [taker] = owners;
    if (owners.length === 1 && taker !== undefined && taker !== master) {
      Object.assign(result, { taker, movedSec: since() });
      break;
    }
    if (since() > limitSec) {
      unexpected(
        `after ${seconds(since())} ${owners.join(" and ") || "no member"} has the address`,
      );
      return beginMs;
    }
    await wait(LOOK_EVERY_MS);
  }
  if (!asked()) await wait(HOLD_MS);
  if (asked()) return beginMs;
  const odd = oddOthers(await members.told(disturbance()), master);
  if (odd !== undefined && !asked()) unexpected(odd);
  return beginMs;
}

/** A fault in the account of the command: done once it is taken back. */
export const stepText = ({ title }: Fault, master: string) => `${title} on ${master}, and back`;

/** Why one of those that have no fault is not as it has to be. */
function oddOthers(told: readonly Told[], master: string): string | undefined {
  const odd = told.find(
    ({ name, silent, unhealthy }) =>
      name !== master && (silent !== undefined || unhealthy !== undefined),
  );
  return odd && `${odd.name}: ${odd.silent ?? odd.unhealthy}`;
}

async function takeBack(
  fault: Fault,
  { members, master, vip, say }: Stage,
  result: FaultResult,
  unexpected: (what: string) => void,
): Promise<void> {
  say(`taking back: ${fault.title} on ${master}`);
  const beginMs = performance.now();
  try {
    await members.run(master, undoScript(fault), SCRIPT_MS);
    ledger.done(stepText(fault, master));
  } catch (error) {
    const why = errorText(error);
    unexpected(`${master}: ${why}`);
    result.left.push(
      `${master} could not be told to take "${fault.title}" back (${why}); it does so by itself, if it runs`,
    );
    return;
  }
  const since = () => (performance.now() - beginMs) / 1000;
  const limitSec = patience(Number.isFinite(fault.returnedSec) ? fault.returnedSec : 30) + 30;
  let told: Told[] = [];
  for (;;) {
    told = await members.told(undisturbed);
    const owners = told.filter((one) => one.master).map(({ name }) => name);
    const own = told.find(({ name }) => name === master);
    if (owners.join() === master && own && healthy(own)) {
      result.returnedSec = since();
      result.restored.push(`${master} serves, and has ${vip}`);
      break;
    }
    if (since() > limitSec) {
      const where = owners.join(" and ") || "no member that answers";
      unexpected(`${vip} did not return to ${master}`);
      result.left.push(`${vip} is on ${where}, not on ${master}${reasonIn(own)}`);
      break;
    }
    await wait(LOOK_EVERY_MS);
  }
  for (const one of told) {
    if (one.name !== master && !healthy(one)) {
      const why = one.silent ?? one.unhealthy ?? "drained";
      result.left.push(`${one.name} is not as before, and the drill did nothing to it: ${why}`);
    }
  }
}

const healthy = ({ silent, unhealthy, drained }: Told) =>
  silent === undefined && unhealthy === undefined && drained !== true;

const reasonIn = (told: Told | undefined) => {
  const why = told && (told.silent ?? told.unhealthy);
  return why === undefined ? "" : ` (${why})`;
};
