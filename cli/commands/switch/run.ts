import { foreign } from "../../../model/foreign-text";
import { readStanding } from "../../../model/vrrp/standing";
import { ledger } from "../../lib/ledger";
import { type Access, openStackFile, type Reached, reach, unknown } from "../../lib/members";
import { Failure, PreconditionError, UsageError } from "../../lib/usage";
import { type Pair, pairNamed, standingQuestion } from "../../lib/vrrp-pair";
import { planSwitch, type SwitchPlan, type Wish } from "./plan";
import { backText, drainText, standingsOf, stepsOf, whereText } from "./steps";

/** What is to be switched. */
export interface SwitchOptions extends Access, Wish {
  /** Name of the address, or its section and name: `traefikPairs.traefik`. */
  pair: string;
  /** Asks every member, and only says what would be done. @default false */
  dryRun?: boolean;
  /** Tells what is being done. */
  progress(line: string): void;
  /** A line of the result. */
  print(line: string): void;
}

/**
 * Moves the virtual address of a pair before planned work on its owner, so that it is never on no
 * host, or lets it return. Every member is asked first; unless all can be asked and the one that
 * shall take over is healthy, nothing is changed.
 *
 * @throws PreconditionError where it is refused, Failure where a member did not take over after all
 */
export async function switchOver(options: SwitchOptions): Promise<void> {
  const stack = openStackFile(options);
  const pair = pairNamed(stack.resolved, options.pair);
  const { members, preempt } = pair.settings;
  const known = members.map(({ name }) => name);
  if (options.back && options.to !== undefined) {
    throw new UsageError(
      "found --to and --back; use one of them: --back returns to the preferred member",
    );
  }
  if (options.to !== undefined && !known.includes(options.to)) {
    throw unknown("member", options.to, known);
  }
  if (!preempt) {
    throw new PreconditionError(
      `homelab:${pair.place} has preempt: false, so no member takes the address from a drained one; stop keepalived on the master instead, which loses requests until another member has the address`,
    );
  }
  const reached = await reach(members, await stack.ssh(), (member) =>
    standingQuestion(pair, member),
  );
  try {
    const standings = reached.map((one) => readStanding(one.name, one.priority, one.printed));
    const plan = planSwitch(standings, options);
    const text = planText(pair, plan);
    if (options.dryRun) return options.print(`would do: ${text}; nothing was changed`);
    options.progress(text);
    await carryOut(plan, pair, reached, options.print);
  } finally {
    for (const { client } of reached) client.end();
  }
}

function planText({ vip }: Pair, { from, to, back, drained }: SwitchPlan): string {
  const steps = [
    ...back.map((name) => `undrain ${name}`),
    ...drained.map((name) => `drain ${name}`),
  ];
  return `${vip} is on ${from} and ${from === to ? "stays there" : `goes to ${to}`}: ${steps.join(", ")}`;
}

/** What became of the connections that were open, as the member says. */
export function connectionLines(stdout: string): string[] {
  const kept = /^kept (\d+)$/m.exec(stdout)?.[1];
  const cut = /^cut (.+)$/m.exec(stdout)?.[1];
  return [
    ...(kept === undefined
      ? []
      : [`connections that are open are kept for ${kept} s by the member that has them`]),
    ...(cut === undefined
      ? []
      : [
          kept === undefined
            ? `connections that were open are cut: ${foreign(cut)}`
            : `they would be cut by some: ${foreign(cut)}`,
        ]),
  ];
}

/** Does what was planned; a member that does not take over leaves everything as it was. */
async function carryOut(
  plan: SwitchPlan,
  pair: Pair,
  reached: readonly Reached[],
  print: (line: string) => void,
): Promise<void> {
  const { from, to, back, drained } = plan;
  const others = drained.filter((name) => name !== from);
  const leaves = drained.includes(from);
  const first = back.filter((one) => one !== to || leaves);
  const last = leaves ? drainText(from) : backText(to);
  ledger.plan(...first.map(backText), ...others.map(drainText), last);
  const steps = stepsOf(pair, reached);
  for (const name of first) await steps.back(name, false);
  for (const name of others) await steps.drain(name, false);
  // Whoever is preferred takes the address by itself; else the owner waits until another one has it.
  const moved = leaves ? await steps.drain(from, true) : await steps.back(to, from !== to);
  if (moved.failure !== undefined) {
    for (const name of others) await steps.back(name, false);
    throw new Failure(foreign(moved.stderr) || `${leaves ? from : to}: ${moved.failure}`);
  }
  const standings = await standingsOf(pair, reached);
  const masters = standings.filter(({ master }) => master).map(({ name }) => name);
  if (masters.join() !== to || standings.some(({ silent }) => silent)) {
    throw new Failure(`${whereText(pair, standings)}; expected ${to} to have it`);
  }
  const took = /^took (\d+)$/m.exec(moved.stdout)?.[1];
  print(
    `${to} has ${pair.vip}${took === undefined ? "" : ` after ${(Number(took) / 1000).toFixed(1)} s`}`,
  );
  for (const line of connectionLines(moved.stdout)) print(line);
  if (drained.length === 0) return;
  print(
    `${drained.join(" and ")} stays drained until \`homelab switch --pair ${pair.place} --back\` or the next boot`,
  );
}
