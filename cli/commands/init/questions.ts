import type { Ask } from "../../lib/terminal/terminal";
import { UsageError } from "../../lib/usage";
import {
  type Answers,
  backupOf,
  hostOf,
  memberOf,
  networkOf,
  nodeOf,
  type PairMember,
  storageOf,
  versionOf,
  vipOf,
} from "./answers";

/** What the command line says. */
export interface AnswerFlags {
  node?: string[];
  gateway?: string;
  storage?: string[];
  pve?: string;
  quorumDevice?: string;
  backup?: string;
  vip?: string;
  traefik?: string[];
}

const required = {
  node: "--node NAME=ADDRESS (at least twice)",
  gateway: "--gateway ADDRESS/PREFIX",
  storage: "--storage NAME=KIND",
} as const;

/**
 * The answers from the flags; what they leave out is asked for. Who gives any flag is only asked for
 * what cannot be left out.
 *
 * @param ask @default nobody to ask: every missing flag is named at once
 * @throws UsageError for a flag that is missing or means nothing
 */
export async function answersOf(flags: AnswerFlags, ask?: Ask): Promise<Answers> {
  if (!ask) refuseMissing(flags);
  const given = Object.values(flags).some((value) => value !== undefined);
  const more = given ? undefined : ask;
  const pveVersion = (await one(flags.pve, more, "Proxmox VE, 8 or 9", versionOf, "9")) ?? 9;
  const nodes = await list(
    flags.node,
    ask,
    ["first node, as name=address", "second node, as name=address", "another node"],
    nodeOf,
  );
  const network = await needed(
    flags.gateway,
    ask,
    "router of the nodes' network, as address/prefix length",
    networkOf,
  );
  const storages = await list(
    flags.storage,
    ask,
    ["storage of the guests' disks, as name=zfs, name=shared or name=local", "another storage"],
    (text) => storageOf(text, nodes),
  );
  const device = "host outside the cluster that votes as a QDevice (empty: none yet)";
  const quorumDevice = await one(
    flags.quorumDevice,
    nodes.length % 2 === 0 ? more : undefined,
    device,
    hostOf,
  );
  const backup = await one(
    flags.backup,
    more,
    "storage of the nightly backups (empty: no backups)",
    backupOf,
  );
  const pair = await pairOf(flags, more, nodes, network);
  return {
    pveVersion,
    nodes,
    network,
    storages,
    ...(quorumDevice !== undefined && { quorumDevice }),
    ...(backup !== undefined && { backup }),
    ...(pair && { pair }),
  };
}

function refuseMissing(flags: AnswerFlags): void {
  const missing: string[] = Object.entries(required).flatMap(([flag, text]) =>
    flags[flag as keyof typeof required] === undefined ? [text] : [],
  );
  if ((flags.node?.length ?? 2) < 2) missing.unshift(`a second ${required.node}`);
  if (missing.length === 0) return;
  throw new UsageError(
    `missing ${missing.join(", ")}, and there is no terminal to ask on; add them, or read a running cluster with --live`,
  );
}

async function pairOf(
  flags: AnswerFlags,
  ask: Ask | undefined,
  nodes: Answers["nodes"],
  network: Answers["network"],
): Promise<Answers["pair"]> {
  const vip = await one(
    flags.vip,
    ask ?? (flags.traefik && missing("--vip ADDRESS", "--traefik")),
    "free address that a pair of Traefik containers shares (empty: no pair)",
    (text) => vipOf(text, network),
  );
  if (vip === undefined) return undefined;
  const members: PairMember[] = await list(
    flags.traefik,
    ask ?? missing("--traefik NAME,VMID,NODE,ADDRESS (twice)", "--vip"),
    [
      `first container, as name,vmid,node,address, e.g. traefik-1,110,${nodes[0]?.name},192.168.1.21`,
      "second container, on another node",
      "another container",
    ],
    memberOf,
  );
  return { vip, members };
}

/** A question that nobody is there for, about a flag that another one needs. */
const missing =
  (flag: string, beside: string): Ask =>
  () => {
    throw new UsageError(`missing ${flag} beside ${beside}; add it`);
  };

/** One answer that may be left out. */
async function one<T>(
  given: string | undefined,
  ask: Ask | undefined,
  question: string,
  read: (text: string) => T,
  fallback = "",
): Promise<T | undefined> {
  if (given !== undefined) return read(given);
  if (!ask) return undefined;
  for (let why = ""; ; ) {
    const text = await ask(why + question, fallback);
    if (text === "") return undefined;
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      // Flags are no words for somebody who is asked.
      why = `${error.message.replace(/^--\S+[^:]*: /, "")}\n`;
    }
  }
}

/** One answer that has to be given. */
async function needed<T>(
  given: string | undefined,
  ask: Ask | undefined,
  question: string,
  read: (text: string) => T,
): Promise<T> {
  for (;;) {
    const found = await one(given, ask, question, read);
    if (found !== undefined) return found;
  }
}

/** Answers until an empty one; all but the last of the questions have to be answered. */
async function list<T>(
  given: string[] | undefined,
  ask: Ask | undefined,
  questions: readonly string[],
  read: (text: string) => T,
): Promise<T[]> {
  const found = (given ?? []).map(read);
  const least = questions.length - 1;
  while (found.length < least) {
    found.push(await needed(undefined, ask, questions[found.length] ?? "", read));
  }
  while (given === undefined && ask) {
    const next = await one(undefined, ask, `${questions[least]} (empty: no more)`, read);
    if (next === undefined) break;
    found.push(next);
  }
  return found;
}
