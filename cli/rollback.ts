import { readFileSync } from "node:fs";
import type { Client } from "ssh2";
import { hint } from "../config/nearest";
import { type ResolvedStack, resolveStack } from "../config/resolve";
import { parseStackFile } from "../config/stack-file";
import type { ResolvedMember } from "../config/vrrp";
import { dial, runOn } from "../sim/ssh-client";
import { healthScript } from "../templates/health";
import { TRAEFIK_RESTART_MARK } from "../templates/install";
import { historyScript, rollbackScript } from "../templates/rollback";
import { ENTRY_POINT_PORTS } from "../templates/traefik";
import { lastRollout, type MemberHistory, readable, readHistory, safeOrder } from "./rollback-plan";
import { chooseStack } from "./stack-files";
import { UsageError } from "./usage";

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

interface Member extends ResolvedMember {
  client: Client;
  history: MemberHistory;
}

/** Seconds that a member gets to become healthy, beside the time it has to stay so. */
const PATIENCE_SEC = 120;

/**
 * Brings the members of a pair back to the texts that they had before the last roll-out. Every member
 * is asked first, so that one that cannot be reached stops it before anything is changed; whoever
 * has the virtual address goes last, and only when the others are healthy.
 *
 * @returns whether everything that was to go back did
 */
export async function rollback(options: RollbackOptions): Promise<boolean> {
  const { pair: name, progress, print } = options;
  const chosen = chooseStack(options);
  const { file, parsed } = parseStackFile(chosen.text);
  if (parsed.stack === undefined) {
    throw new UsageError(
      `${chosen.file} has mistakes; \`homelab preview --file ${chosen.file}\` lists them`,
    );
  }
  const resolved = resolveStack(parsed.stack);
  const pair = resolved.traefikPairs[name];
  if (pair === undefined) throw unknown("pair", name, Object.keys(resolved.traefikPairs));
  const wanted = membersOf(pair, options.member);
  const privateKey = await keyOf(options, chosen.stack, file.hasSecret(["sshPrivateKey"]));
  const members = await reach(wanted, { ...resolved.ssh, privateKey }, addressOf(pair.vip));
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
      const { changed, ended } = await bringBack(member, moment, pair, print);
      if (changed) touched.push(member.name);
      if (ended === "badly") return false;
    }
    return touched.length > 0;
  } finally {
    for (const { client } of members) client.end();
    if (touched.length > 0) print(await mark(chosen.stack, name, touched));
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

const unknown = (what: string, found: string, known: string[]) =>
  new UsageError(`there is no ${what} "${found}"; ${hint(found, known)}`);

async function keyOf(options: RollbackOptions, stack: string, secret: boolean) {
  if (options.identity !== undefined) return readFileSync(options.identity, "utf8");
  if (!secret) return undefined;
  const { realStack, sshKeyOf } = await import("./rollback-state.js");
  return sshKeyOf(await realStack(stack));
}

/** Connects to every member, or to none. */
async function reach(
  wanted: readonly ResolvedMember[],
  ssh: { user: string; port: number; privateKey?: string },
  vip: string,
): Promise<Member[]> {
  const answers = await Promise.allSettled(
    wanted.map(async (member): Promise<Member> => {
      const { address: host, hostKey } = member;
      const client = await dial({ ...ssh, host, hostKey, dialErrorLimit: 2, perDialTimeout: 10 });
      const { stdout, output, failure } = await runOn(client, historyScript(vip));
      if (failure === undefined) return { ...member, client, history: readHistory(stdout) };
      client.end();
      throw new Error(`${failure}: ${output.trim()}`);
    }),
  );
  const reached = answers.flatMap((answer) =>
    answer.status === "fulfilled" ? [answer.value] : [],
  );
  if (reached.length === wanted.length) return reached;
  for (const { client } of reached) client.end();
  const lines = answers.flatMap((answer, index) =>
    answer.status === "rejected"
      ? [`${wanted[index]?.name} cannot be asked: ${(answer.reason as Error).message}`]
      : [],
  );
  const alone = reached[0] ? `; to go on without it: --member ${reached[0].name}` : "";
  throw new UsageError(`${lines.join("\n")}\nnothing was changed${alone}`);
}

/** One member, to the end of its health check. */
async function bringBack(
  { client, ...member }: Member,
  to: string,
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
  const health = await runOn(client, healthOf(member, pair));
  if (health.failure !== undefined) print(health.output.trim());
  return { changed, ended: health.failure === undefined ? "well" : "badly" };
}

/** The same that a roll-out waits for. */
function healthOf(member: ResolvedMember, { check, traefik, vip }: Pair): string {
  const settleSec = Math.ceil(check.rise * check.intervalSec + check.timeoutSec);
  return healthScript({
    member: member.name,
    units: ["traefik", "keepalived"],
    restart: { unit: "traefik", mark: TRAEFIK_RESTART_MARK },
    url: `http://127.0.0.1:${traefik.pingPort}/ping`,
    vip: { address: addressOf(vip), port: ENTRY_POINT_PORTS.websecure },
    settleSec,
    deadlineSec: PATIENCE_SEC + settleSec,
  });
}

async function mark(stackName: string, pair: string, members: string[]): Promise<string> {
  try {
    const { markMembers, realStack } = await import("./rollback-state.js");
    await markMembers(await realStack(stackName), pair, members);
    return "the next `pulumi up` puts the texts of the stack file in place again";
  } catch (error) {
    const reason = reasonOf(error instanceof Error ? error.message : String(error));
    return `the hosts went back, but the state of stack ${stackName} could not be told (${reason}): a \`pulumi up\` writes only what changes in the stack file; mark the files of ${members.join(" and ")} with \`pulumi state taint\` to have all of them written`;
  }
}

/** The one line that says it, of the many in which the Automation API reports a failed command. */
function reasonOf(message: string): string {
  return /^error: (.+)$/m.exec(message)?.[1] ?? message.split("\n")[0] ?? message;
}

const addressOf = (vip: string) => vip.replace(/\/.*/, "");
