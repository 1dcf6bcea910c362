import { engineReason } from "../../../clients/pulumi/engine-error";
import { runOn } from "../../../clients/ssh/client";
import type { ResolvedStack } from "../../../config/resolve";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { healthScript } from "../../../templates/host/health";
import { memberHealth, unitsOf, watcherUnit } from "../../../templates/host/member-health";
import { historyScript, rollbackScript } from "../../../templates/host/rollback";
import { traefikService } from "../../../templates/host/services";
import { openStackFile, type Reached, reach, unknown } from "../../lib/members";
import { lastRollout, type MemberHistory, readable, readHistory, safeOrder } from "./plan";

/** What is to go back. */
export interface RollbackOptions {
  stack?: string;
  file?: string;
  /** Name in `traefikPairs`. */
  pair: string;
  /** The only member that goes back. @default all of them */
  member?: string;
  /** File with the private SSH key. @default the stack's secret, else the keys of the SSH agent */
  identity?: string;
  /** Tells what is being done. */
  progress(line: string): void;
  /** A line of the result. */
  print(line: string): void;
}

type Pair = ResolvedStack["traefikPairs"][string];

interface Member extends Reached {
  history: MemberHistory;
}

/**
 * Brings the members of a pair back to the texts that they had before the last roll-out. Every member
 * is asked first, so that one that cannot be reached stops it before anything is changed; whoever
 * has the virtual address goes last, and only when the others are healthy.
 *
 * @returns whether everything that was to go back did
 */
export async function rollback(options: RollbackOptions): Promise<boolean> {
  const { pair: name, progress, print } = options;
  const stack = openStackFile(options);
  const { traefikPairs } = stack.resolved;
  const pair = traefikPairs[name];
  if (pair === undefined) throw unknown("pair", name, Object.keys(traefikPairs));
  const wanted = membersOf(pair, options.member);
  const ask = historyScript(addressOf(pair.vip));
  const reached = await reach(
    wanted,
    await stack.ssh(),
    () => ask,
    (one) => `; to go on without it: --member ${one.name}`,
  );
  const members = reached.map((one): Member => ({ ...one, history: readHistory(one.printed) }));
  const touched: string[] = [];
  try {
    const rollout = lastRollout(members);
    for (const member of safeOrder(members)) {
      const moment = rollout.get(member.name);
      if (moment === undefined) {
        print(`${member.name}: ${rollout.has(member.name) ? FIRST : UNTOUCHED}`);
        continue;
      }
      progress(`${member.name} goes back to ${readable(moment)}`);
      const { changed, ended } = await bringBack(member, moment, name, pair, print);
      if (changed) touched.push(member.name);
      if (ended === "badly") return false;
    }
    return touched.length > 0;
  } finally {
    for (const { client } of members) client.end();
    if (touched.length > 0) print(await mark(stack.name, name, touched));
  }
}

const FIRST = "there is nothing before its first roll-out; it stays as it is";
const UNTOUCHED = "the last roll-out did not reach it; it stays as it is";

function membersOf(pair: Pair, only: string | undefined): ResolvedMember[] {
  if (only === undefined) return pair.members;
  const found = pair.members.filter(({ name }) => name === only);
  if (found.length > 0) return found;
  throw unknown(
    "member",
    only,
    pair.members.map(({ name }) => name),
  );
}

/** One member, to the end of its health check. */
async function bringBack(
  { client, ...member }: Member,
  to: string,
  name: string,
  pair: Pair,
  print: (line: string) => void,
): Promise<{ changed: boolean; ended: "well" | "badly" }> {
  const { output, failure } = await runOn(client, rollbackScript({ host: member.name, to }));
  print(output.trim());
  const changed = /: went back$/m.test(output);
  if (failure !== undefined) {
    print(`${member.name}: not everything went back; the other members are left as they are`);
    return { changed, ended: "badly" };
  }
  const health = await runOn(client, await healthOf({ client, ...member }, name, pair));
  if (health.failure !== undefined) print(health.output.trim());
  return { changed, ended: health.failure === undefined ? "well" : "badly" };
}

/**
 * The same that a roll-out waits for. Whether there is a watcher of the check is asked of the host,
 * for the files that went back may be of another profile than the stack file.
 */
async function healthOf(member: Reached, name: string, pair: Pair): Promise<string> {
  const service = traefikService(name, pair);
  const asked = `systemctl cat ${watcherUnit(service)} >/dev/null 2>&1`;
  const { failure } = await runOn(member.client, asked);
  return healthScript({
    ...memberHealth(name, member, pair, service),
    units: unitsOf(service, failure === undefined),
    retired: [],
  });
}

async function mark(stackName: string, pair: string, members: string[]): Promise<string> {
  try {
    const { markMembers, realStack } = await import("./state.js");
    await markMembers(await realStack(stackName), pair, members);
    return "the next `pulumi up` puts the texts of the stack file in place again";
  } catch (error) {
    return `the hosts went back, but the state of stack ${stackName} could not be told (${engineReason(error)}): a \`pulumi up\` writes only what changes in the stack file; mark the files of ${members.join(" and ")} with \`pulumi state taint\` to have all of them written`;
  }
}

const addressOf = (vip: string) => vip.replace(/\/.*/, "");
