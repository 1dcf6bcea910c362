import { runOn } from "../../../clients/ssh/client";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { drainSec, type VrrpSettings, vrrpGroup } from "../../../model/vrrp/vrrp";
import { memberProbe, type Service } from "../../../templates/host/member-health";
import { haproxyService, traefikService } from "../../../templates/host/services";
import {
  type Drain,
  drainScript,
  drainStandbyScript,
  standingScript,
  undrainScript,
} from "../../../templates/keepalived/drain";
import {
  type Access,
  type OpenedStack,
  openStackFile,
  type Reached,
  reach,
  unknown,
} from "../../lib/members";
import { Failure, UsageError } from "../../lib/usage";
import { planSwitch, readStanding, type Standing, type SwitchPlan, type Wish } from "./plan";

/** What is to be switched. */
export interface SwitchOptions extends Access, Wish {
  /** Name in `traefikPairs` or `apiLoadBalancers`. */
  pair: string;
  /** Tells what is being done. */
  progress(line: string): void;
  /** A line of the result. */
  print(line: string): void;
}

interface Pair {
  name: string;
  settings: VrrpSettings & { members: ResolvedMember[] };
  service: Service;
  vip: string;
}

/**
 * Moves the virtual address of a pair before planned work on its owner, so that it is never on no
 * host, or lets it return. Every member is asked first; unless all can be asked and the one that
 * shall take over is healthy, nothing is changed.
 *
 * @throws UsageError where it is refused, Failure where a member did not take over after all
 */
export async function switchOver(options: SwitchOptions): Promise<void> {
  const stack = openStackFile(options);
  const pair = pairOf(stack, options.pair);
  const { members, preempt } = pair.settings;
  const known = members.map(({ name }) => name);
  if (options.back && options.to !== undefined) {
    throw new UsageError(
      "found --to and --back; name one of them, for --back returns to the preferred member",
    );
  }
  if (options.to !== undefined && !known.includes(options.to)) {
    throw unknown("member", options.to, known);
  }
  if (!preempt) {
    throw new UsageError(
      `"${pair.name}" has preempt: false, so no member takes the address from one that steps aside; stop keepalived on the owner instead, which loses requests until another member has it`,
    );
  }
  const reached = await reach(members, await stack.ssh(), (member) => question(pair, member));
  try {
    const standings = reached.map((one) => readStanding(one.name, one.priority, one.printed));
    const plan = planSwitch(standings, options);
    options.progress(planText(pair, plan));
    await carryOut(plan, pair, reached, options.print);
  } finally {
    for (const { client } of reached) client.end();
  }
}

function pairOf({ resolved }: OpenedStack, name: string): Pair {
  const { traefikPairs, apiLoadBalancers } = resolved;
  const traefik = traefikPairs[name];
  const balancer = apiLoadBalancers[name];
  const settings = traefik ?? balancer;
  if (settings === undefined) {
    throw unknown("pair", name, [...Object.keys(traefikPairs), ...Object.keys(apiLoadBalancers)]);
  }
  const service = traefik
    ? traefikService(name, traefik)
    : haproxyService(balancer ?? { port: 0, stats: { port: 0 } });
  return { name, settings, service, vip: settings.vip.replace(/\/.*/, "") };
}

function drainOf({ name, settings, vip }: Pair, member: string): Drain {
  return { member, vip, handoverSec: drainSec(vrrpGroup(name, settings), member) };
}

const question = (pair: Pair, member: ResolvedMember) =>
  standingScript(
    drainOf(pair, member.name),
    pair.name,
    memberProbe(member, pair.settings, pair.service),
  );

async function standingOf(pair: Pair, member: Reached): Promise<Standing> {
  const { stdout } = await runOn(member.client, question(pair, member));
  return readStanding(member.name, member.priority, stdout);
}

function planText({ vip }: Pair, { from, to, back, drained }: SwitchPlan): string {
  const steps = [
    ...back.map((name) => `${name} steps back`),
    ...drained.map((name) => `${name} steps aside`),
  ];
  return `${vip} is on ${from} and ${from === to ? "stays there" : `goes to ${to}`}: ${steps.join(", ")}`;
}

/** Does what was planned; a member that does not take over leaves everything as it was. */
async function carryOut(
  plan: SwitchPlan,
  pair: Pair,
  reached: readonly Reached[],
  print: (line: string) => void,
): Promise<void> {
  const { from, to, back, drained } = plan;
  const run = async (name: string, script: (drain: Drain) => string) => {
    const member = reached.find((one) => one.name === name);
    if (!member) throw new Error(`${name} was not reached`);
    return runOn(member.client, script(drainOf(pair, name)));
  };
  const stepBack = (name: string, wait: boolean) => run(name, (one) => undrainScript(one, wait));
  const others = drained.filter((name) => name !== from);
  const leaves = drained.includes(from);
  for (const name of back.filter((one) => one !== to || leaves)) await stepBack(name, false);
  for (const name of others) await run(name, drainStandbyScript);
  // Whoever is preferred takes the address by itself; else the owner waits until another one has it.
  const moved = leaves ? await run(from, drainScript) : await stepBack(to, from !== to);
  if (moved.failure !== undefined) {
    for (const name of others) await stepBack(name, false);
    throw new Failure(moved.stderr.trim() || `${leaves ? from : to}: ${moved.failure}`);
  }
  const standings = await Promise.all(reached.map((one) => standingOf(pair, one)));
  const masters = standings.filter(({ master }) => master).map(({ name }) => name);
  if (masters.join() !== to) {
    throw new Failure(`${masters.join(" and ") || "no member"} has ${pair.vip}, expected ${to}`);
  }
  const took = /^took (\d+)$/m.exec(moved.stdout)?.[1];
  print(
    `${to} has ${pair.vip}${took === undefined ? "" : ` after ${(Number(took) / 1000).toFixed(1)} s`}`,
  );
  if (drained.length === 0) return;
  print(
    `${drained.join(" and ")} stepped aside, until \`homelab switch --pair ${pair.name} --back\` or the next boot`,
  );
}
