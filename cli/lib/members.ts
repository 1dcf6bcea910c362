import type { Client } from "ssh2";
import { budgets, OverrunError, within } from "../../clients/deadline";
import { dial, runOn } from "../../clients/ssh/client";
import type { JumpHost } from "../../clients/ssh/connection";
import { hint } from "../../config/file/nearest";
import { type ResolvedStack, resolveStack } from "../../config/resolve";
import type { ResolvedMember } from "../../config/sections/vrrp";
import type { StackConfig } from "../../config/stack";
import { foreign } from "../../model/foreign-text";
import { readPrivateKey } from "./private-key";
import { chooseStack, nameOf, parseChosen } from "./stack-files";
import { hasMistakes, PreconditionError, UsageError } from "./usage";

/** How the members of a stack are reached. */
export interface Access {
  stack?: string;
  file?: string;
  /** Which of the sites of the stack file. @default it has one cluster */
  site?: string;
  /** File with the private SSH key. @default the stack's secret, else the keys of the SSH agent */
  identity?: string;
}

/** A stack that was read, with the key to its hosts. */
export interface OpenedStack {
  /** Name for people and for what is kept: of the stack, with its site behind it where there are several. */
  name: string;
  /** Name of the stack, as Pulumi has it. */
  stack: string;
  /** @default the stack has one cluster */
  site?: string;
  /** URL of the site's Proxmox API. @default the environment has it */
  endpoint?: string;
  /** Context of the stack's or the site's Kubernetes cluster in the kubeconfig. @default the one that kubectl uses */
  kubernetesContext?: string;
  /** Its file, as people write it from where they are. */
  file: string;
  config: StackConfig;
  resolved: ResolvedStack;
  ssh(): Promise<SshAccess>;
  /** A secret of the stack file, opened by the user's own Pulumi. @default the file has none of this name */
  secret(name: SecretName): Promise<string | undefined>;
}

/** Secrets that commands need on this machine. */
type SecretName = "sshPrivateKey" | "backupIdentity";

export interface SshAccess {
  user: string;
  port: number;
  privateKey?: string;
  /** Host through which the members are reached. @default directly */
  proxy?: JumpHost;
}

/** A member with an open connection, and what it printed when it was asked. */
export interface Reached extends ResolvedMember, Answer {}

interface Answer {
  client: Client;
  printed: string;
}

/** Reads the stack file; throws Failure when it has mistakes. */
export function openStackFile(access: Access): OpenedStack {
  const chosen = chooseStack(access);
  const { file, parsed } = parseChosen(chosen);
  if (parsed.stack === undefined) {
    throw hasMistakes(chosen.file);
  }
  const resolved = resolveStack(parsed.stack);
  const { site } = chosen;
  const secret = async (name: SecretName) => {
    const place = file.secretAt([name]);
    if (place === undefined) return undefined;
    const { realStack, secretOf } = await import("../commands/rollback/state.js");
    return secretOf(await realStack(chosen.stack), place);
  };
  return {
    name: nameOf(chosen),
    stack: chosen.stack,
    ...(site !== undefined && { site }),
    ...(file.endpoint !== undefined && { endpoint: file.endpoint }),
    ...(file.kubernetesContext !== undefined && { kubernetesContext: file.kubernetesContext }),
    file: chosen.file,
    config: parsed.stack,
    resolved,
    ssh: async () => {
      const privateKey =
        access.identity === undefined
          ? await secret("sshPrivateKey")
          : readPrivateKey(access.identity);
      const { user, port, proxy } = resolved.ssh;
      return {
        ...{ user, port },
        ...(proxy && { proxy }),
        ...(privateKey !== undefined && { privateKey }),
      };
    },
    secret,
  };
}

/** The mistake of naming something that is not there. */
export const unknown = (what: string, found: string, known: string[]) =>
  new UsageError(`there is no ${what} "${found}"; ${hint(found, known)}`);

/**
 * Connects to every member, with pinned host keys, and asks each the same; or to none.
 *
 * @param alone what to say of going on with one member only. @default nothing
 */
export async function reach(
  wanted: readonly ResolvedMember[],
  ssh: SshAccess,
  question: (member: ResolvedMember) => string,
  alone: (reached: ResolvedMember) => string = () => "",
): Promise<Reached[]> {
  const answers = await Promise.allSettled(
    wanted.map((member) => askMember(member, ssh, question(member))),
  );
  const reached = answers.flatMap((answer) =>
    answer.status === "fulfilled" ? [answer.value] : [],
  );
  if (reached.length === wanted.length) return reached;
  for (const { client } of reached) client.end();
  const lines = answers.flatMap((answer, index) =>
    answer.status === "rejected"
      ? [`${wanted[index]?.name} cannot be asked: ${reasonOf(answer.reason as Error)}`]
      : [],
  );
  const rest = reached[0] ? alone(reached[0]) : "";
  throw new PreconditionError(`${lines.join("\n")}\nnothing was changed${rest}`);
}

/**
 * Connects to one member, with its pinned host key, and asks it; the caller ends the client.
 *
 * @throws Error whose reason `reasonOf` tells
 */
export async function askMember<T extends { address: string; hostKey: string }>(
  member: T,
  ssh: SshAccess,
  question: string,
): Promise<T & Answer> {
  const { address: host, hostKey } = member;
  const end = Date.now() + budgets.question.totalMs;
  const to = { ...ssh, host, hostKey, dialErrorLimit: 2, perDialTimeout: 5 };
  const client = await dial(to, budgets.question.totalMs);
  const budget = within(budgets.question, end - Date.now());
  const { stdout, output, failure } = await runOn(client, question, { budget });
  if (failure === undefined) return { ...member, client, printed: stdout };
  client.end();
  throw new Error(`${failure}: ${foreign(output)}`);
}

/** A member that let us in and then says nothing is half dead: its disk or its memory hangs. */
export function reasonOf(error: Error): string {
  if (!(error instanceof OverrunError) || error.kind === "stopped") return foreign(error.message);
  return `it lets SSH in, but ${error.message}; look at its console`;
}
