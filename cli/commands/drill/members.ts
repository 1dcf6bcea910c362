import type { Client } from "ssh2";
import { type Budget, budgets } from "../../../clients/deadline";
import { dial, runOn } from "../../../clients/ssh/client";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { foreign } from "../../../model/foreign-text";
import { readStanding, type Standing } from "../../../model/vrrp/standing";
import { reasonOf, type SshAccess } from "../../lib/members";
import { type Pair, standingQuestion } from "../../lib/vrrp-pair";

/** How a member stands, or why it did not say. */
export type Told = Standing & { silent?: string };

/** The members of a pair, for a work that Ctrl-C must not cut off: it has to be taken back first. */
export interface Members {
  /** How all stand, asked at once. */
  told(): Promise<Told[]>;
  /**
   * Runs a script on a member, on a new connection where the old one is gone.
   *
   * @param limitMs milliseconds for it
   * @throws Error that says why it failed
   */
  run(name: string, script: string, limitMs: number): Promise<string>;
  end(): void;
}

/** Longest milliseconds that a member may think of an answer. */
const LOOK_MS = 6000;

/** Never aborted: what is under way has a deadline, and is waited for. */
const undisturbed = new AbortController().signal;

const budgetOf = (ms: number): Budget => ({
  ...budgets.question,
  connectMs: ms,
  firstByteMs: ms,
  silenceMs: ms,
  totalMs: ms,
});

/** The members of a pair; each is connected to when it is first asked. */
export function membersOf(pair: Pair, ssh: SshAccess): Members {
  const clients = new Map<string, Client>();
  const connected = async (member: ResolvedMember): Promise<Client> => {
    const known = clients.get(member.name);
    if (known) return known;
    const { address: host, hostKey } = member;
    const to = { ...ssh, host, hostKey, dialErrorLimit: 1, perDialTimeout: 5 };
    const client = await dial(to, LOOK_MS, undisturbed);
    client.once("close", () => clients.delete(member.name));
    clients.set(member.name, client);
    return client;
  };
  const runOnMember = async (member: ResolvedMember, script: string, limitMs: number) => {
    const client = await connected(member);
    const budget = budgetOf(limitMs);
    const { stdout, output, failure } = await runOn(client, script, {
      budget,
      signal: undisturbed,
    });
    if (failure !== undefined) throw new Error(foreign(output.trim()) || failure);
    return stdout;
  };
  const members: readonly ResolvedMember[] = pair.settings.members;
  return {
    told: () =>
      Promise.all(
        members.map(async (member): Promise<Told> => {
          const { name, priority } = member;
          try {
            const printed = await runOnMember(member, standingQuestion(pair, member), LOOK_MS);
            return readStanding(name, priority, printed);
          } catch (error) {
            return { name, priority, master: false, silent: reasonOf(error as Error) };
          }
        }),
      ),
    run: async (name, script, limitMs) => {
      const member = members.find((one) => one.name === name);
      if (!member) throw new Error(`there is no member ${name}`);
      try {
        return await runOnMember(member, script, limitMs);
      } catch (error) {
        throw new Error(reasonOf(error as Error));
      }
    },
    end: () => {
      for (const client of clients.values()) client.end();
    },
  };
}
