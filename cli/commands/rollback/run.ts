import { budgets, OverrunError, within } from "../../../clients/deadline";
import { engineReason } from "../../../clients/pulumi/engine-error";
import { runOn } from "../../../clients/ssh/client";
import type { ResolvedStack } from "../../../config/resolve";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { addressSections, findAddress, vrrpAddresses } from "../../../config/virtual-addresses";
import { foreign, foreignLines } from "../../../model/foreign-text";
import { addressOf } from "../../../model/text";
import { healthScript } from "../../../templates/host/health";
import { memberHealth, unitsOf, watcherUnit } from "../../../templates/host/member-health";
import { historyScript, rollbackScript } from "../../../templates/host/rollback";
import { traefikService } from "../../../templates/host/services";
import { ledger } from "../../lib/ledger";
import { type OpenedStack, openStackFile, type Reached, reach, unknown } from "../../lib/members";
import { UsageError } from "../../lib/usage";
import { lastRollout, type MemberHistory, readable, readHistory, safeOrder } from "./plan";

/** What is to go back. */
export interface RollbackOptions {
  stack?: string;
  site?: string;
  file?: string;
  /** Name of the pair, or its section and name: `traefikPairs.traefik`. */
  pair: string;
  /** The only member that goes back. @default all of them */
  member?: string;
  /** File with the private SSH key. @default the stack's secret, else the keys of the SSH agent */
  identity?: string;
  /** Asks every member, and only says what would be done. @default false */
  dryRun?: boolean;
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
 * @returns whether everything that was to go back did, or would
 */
export async function rollback(options: RollbackOptions): Promise<boolean> {
  const { progress, print } = options;
  const stack = openStackFile(options);
  const { name, pair } = pairOf(stack.resolved, options.pair);
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
  let planned = false;
  try {
    const rollout = lastRollout(members);
    const order = safeOrder(members);
    ledger.plan(...order.filter(({ name }) => rollout.get(name)).map(stepOf));
    for (const member of order) {
      const moment = rollout.get(member.name);
      if (moment === undefined) {
        print(`${member.name}: ${rollout.has(member.name) ? FIRST : UNTOUCHED}`);
        continue;
      }
      if (options.dryRun) {
        print(`${member.name} would go back to ${readable(moment)}; nothing was changed`);
        planned = true;
        continue;
      }
      progress(`${member.name} goes back to ${readable(moment)}`);
      ledger.begin(stepOf(member));
      const { changed, ended } = await bringBack(member, moment, name, pair, print);
      if (changed) touched.push(member.name);
      if (ended === "badly") return false;
      ledger.done(stepOf(member));
    }
    return planned || touched.length > 0;
  } finally {
    for (const { client } of members) client.end();
    if (touched.length > 0) print(await mark(stack, name, touched));
  }
}

const stepOf = ({ name }: { name: string }) => `${name} goes back`;

function pairOf(resolved: ResolvedStack, named: string): { name: string; pair: Pair } {
  const found = findAddress(vrrpAddresses<object>(resolved), named);
  if ("problem" in found) throw new UsageError(found.problem);
  const { section, name, place } = found;
  const pair = section === "traefikPairs" ? resolved.traefikPairs[name] : undefined;
  if (pair) return { name, pair };
  throw new UsageError(
    `${place} is ${withArticle(addressSections[section].what)}, and only Traefik pairs keep the files to go back to; name one of homelab:traefikPairs`,
  );
}

const withArticle = (what: string) => `${/^[AEIOU]/.test(what) ? "an" : "a"} ${what}`;

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
  member: Member,
  to: string,
  name: string,
  pair: Pair,
  print: (line: string) => void,
): Promise<{ changed: boolean; ended: "well" | "badly" }> {
  let went = false;
  try {
    const script = rollbackScript({ host: member.name, to });
    const { output, failure } = await runOn(member.client, script, { budget: budgets.rollback });
    said(output).forEach(print);
    went = /: went back$/m.test(output);
    if (failure !== undefined) {
      print(`${member.name}: not everything went back; the other members are left as they are`);
      return { changed: went, ended: "badly" };
    }
    const health = await checkHealth(member, name, pair);
    if (health.failure !== undefined) said(health.output).forEach(print);
    return { changed: went, ended: health.failure === undefined ? "well" : "badly" };
  } catch (error) {
    if (!(error instanceof OverrunError)) throw error;
    const what = went
      ? "its files went back, and it is not known whether it is healthy"
      : "it is not known which of its files went back";
    print(
      `${member.name}: ${error.message}, so ${what}; the other members are left as they are; look at its console, then run the same command again`,
    );
    // Marked as changed: the next `up` then writes its files in any case.
    return { changed: true, ended: "badly" };
  }
}

/** Lines of a script of ours: each names its member. */
const said = (output: string) => foreignLines(output, 100).map((line) => line.replace(/^\| /, ""));

/** Seconds that a member may take beyond the deadline of its own health check. */
const LATE_SEC = 30;

/**
 * The same that a roll-out waits for. Whether there is a watcher of the check is asked of the host,
 * for the files that went back may be of another profile than the stack file.
 */
async function checkHealth({ client, ...member }: Member, name: string, pair: Pair) {
  const service = traefikService(name, pair);
  const asked = `systemctl cat ${watcherUnit(service)} >/dev/null 2>&1`;
  const { failure } = await runOn(client, asked, { budget: budgets.question });
  const health = memberHealth(name, member, pair, service);
  const script = healthScript({
    ...health,
    units: unitsOf(service, failure === undefined),
    retired: [],
  });
  // It is silent while it waits.
  const longestMs = 1000 * (health.deadlineSec + LATE_SEC);
  const budget = within({ ...budgets.script, maxBytes: budgets.rollback.maxBytes }, longestMs);
  return runOn(client, script, { budget });
}

async function mark(
  { stack: stackName, site }: OpenedStack,
  pair: string,
  members: string[],
): Promise<string> {
  try {
    const { markMembers, realStack } = await import("./state.js");
    await markMembers(
      await realStack(stackName),
      site === undefined ? pair : `${site}-${pair}`,
      members,
    );
    return "the next `pulumi up` deploys the files of the stack file again";
  } catch (error) {
    return `the hosts went back, but the state of stack ${stackName} could not be updated (${foreign(engineReason(error))}): a \`pulumi up\` writes only what changes in the stack file; mark the files of ${members.join(" and ")} with \`pulumi state taint\` to have all of them written`;
  }
}
