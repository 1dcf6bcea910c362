import type { Client } from "ssh2";
import { type Budget, budgets } from "../../../clients/deadline";
import { dial, runOn } from "../../../clients/ssh/client";
import { interruption } from "../../../clients/watch";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { foreign } from "../../../model/foreign-text";
import { readStanding, type Standing } from "../../../model/vrrp/standing";
import { reasonOf, type SshAccess } from "../../lib/members";
import { type Pair, standingQuestion } from "../../lib/vrrp-pair";

/** How a member stands, or why it did not say. */
export type Told = Standing & { silent?: string };

/** The members of a pair, for a work that Ctrl-C must not cut off: it has to be taken back first. */
export interface Members {
  /**
   * How all stand, asked at once.
   *
   * @param signal ends the question
   */
  told(signal: AbortSignal): Promise<Told[]>;
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

/** Never aborted: what takes a fault back has a deadline, and is waited for. */
export const undisturbed = new AbortController().signal;

/**
 * What ends a question or a wait of a drill: Ctrl-C, and after it nothing any more, since what was
 * begun is taken back then.
 */
export function disturbance(): AbortSignal {
  const signal = interruption();
  return signal.aborted ? undisturbed : signal;
}

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
  const connected = async (member: ResolvedMember, signal: AbortSignal): Promise<Client> => {
    const known = clients.get(member.name);
    if (known) return known;
    const { address: host, hostKey } = member;
    const to = { ...ssh, host, hostKey, dialErrorLimit: 1, perDialTimeout: 5 };
    const client = await dial(to, LOOK_MS, signal);
    client.once("close", () => {
      if (clients.get(member.name) === client) clients.delete(member.name);
    });
    clients.set(member.name, client);
    return client;
  };
  const runOnMember = async (
    member: ResolvedMember,
    script: string,
    limitMs: number,
    signal = undisturbed,
  ) => {
    const client = await connected(member, signal);
    const budget = budgetOf(limitMs);
    const { stdout, output, failure } = await runOn(client, script, { budget, signal }).catch(
      (error: unknown) => {
        // A connection that was given up is closed, and says so only later.
        clients.delete(member.name);
        throw error;
      },
    );
    if (failure !== undefined) throw new Error(foreign(output.trim()) || failure);
    return stdout;
  };
  const members: readonly ResolvedMember[] = pair.settings.members;
  return {
    told: (signal) =>
      Promise.all(
        members.map(async (member): Promise<Told> => {
          const { name, priority } = member;
          try {
            const question = standingQuestion(pair, member);
            const printed = await runOnMember(member, question, LOOK_MS, signal);
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
