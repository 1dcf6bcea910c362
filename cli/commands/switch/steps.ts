import { type Budget, budgets, OverrunError } from "../../../clients/deadline";
import { runOn, type SshResult } from "../../../clients/ssh/client";
import { interruption } from "../../../clients/watch";
import { readStanding, type Standing } from "../../../model/vrrp/standing";
import {
  drainScript,
  drainStandbyScript,
  undrainScript,
} from "../../../templates/keepalived/drain";
import { ledger } from "../../lib/ledger";
import type { Reached } from "../../lib/members";
import { Failure } from "../../lib/usage";
import { drainOf, type Pair, standingQuestion } from "../../lib/vrrp-pair";
import { LOOK_MS, stepMs } from "./budget";

const brief = (ms: number): Budget => ({
  ...budgets.question,
  connectMs: ms,
  firstByteMs: ms,
  silenceMs: ms,
  totalMs: ms,
});

async function standingOf(pair: Pair, member: Reached): Promise<Standing> {
  const { stdout } = await runOn(member.client, standingQuestion(pair, member), {
    budget: brief(LOOK_MS),
  });
  return readStanding(member.name, member.priority, stdout);
}

/** What a member does, for the account of the command. */
export const drainText = (name: string) => `drain ${name}`;
export const backText = (name: string) => `undrain ${name}`;

/** The steps that members make; each is noted, and one that hangs is told with what is known. */
export function stepsOf(pair: Pair, reached: readonly Reached[]) {
  const make = async (step: string, name: string, script: string, waits: boolean) => {
    const member = reached.find((one) => one.name === name);
    if (!member) throw new Error(`${name} was not reached`);
    const { handoverSec, keepSec = 0 } = drainOf(pair, name);
    ledger.begin(step);
    let result: SshResult;
    try {
      result = await runOn(member.client, script, {
        budget: brief(stepMs({ handoverSec, waits, keepSec })),
      });
    } catch (error) {
      if (!(error instanceof OverrunError)) throw error;
      throw new Failure(await hangText(step, error, pair, reached, member));
    }
    if (result.failure === undefined) ledger.done(step);
    return result;
  };
  return {
    drain: (name: string, waits: boolean) => {
      const script = (waits ? drainScript : drainStandbyScript)(drainOf(pair, name));
      return make(drainText(name), name, script, waits);
    },
    back: (name: string, waits: boolean) =>
      make(backText(name), name, undrainScript(drainOf(pair, name), waits), waits),
  };
}

async function hangText(
  step: string,
  { message }: OverrunError,
  pair: Pair,
  reached: readonly Reached[],
  hung: Reached,
): Promise<string> {
  const head = `${step}: ${message}, so it is not known whether it did`;
  if (interruption().aborted) return head;
  const standings = await standingsOf(
    pair,
    reached.filter((one) => one !== hung),
  );
  return `${head}; ${whereText(pair, standings)}; look at the console of ${hung.name}, then at \`homelab switch --pair ${pair.place} --back\``;
}

type Found = Pick<Standing, "name" | "master"> & { silent: boolean };

/** Asks members where the address is; one that does not say it is not left out. */
export function standingsOf(pair: Pair, reached: readonly Reached[]): Promise<Found[]> {
  return Promise.all(
    reached.map(async (one): Promise<Found> => {
      try {
        return { ...(await standingOf(pair, one)), silent: false };
      } catch {
        return { name: one.name, master: false, silent: true };
      }
    }),
  );
}

/** Who has the address, as far as the members say. */
export function whereText({ vip }: Pair, standings: readonly Found[]): string {
  const names = (of: (one: Found) => boolean) => standings.filter(of).map(({ name }) => name);
  const masters = names(({ master }) => master);
  const silent = names((one) => one.silent);
  const others = names((one) => !one.master && !one.silent);
  return [
    ...(masters.length > 0 ? [`${masters.join(" and ")} has ${vip}`] : []),
    ...(masters.length === 0 && others.length > 0
      ? [`${others.join(" and ")} ${others.length === 1 ? "does" : "do"} not have ${vip}`]
      : []),
    ...(silent.length > 0 ? [`${silent.join(" and ")} cannot say`] : []),
  ].join(", ");
}
