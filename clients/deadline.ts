/** How long something outside this process may take, and how much it may say. */
export interface Budget {
  /** Milliseconds until there is a connection. */
  connectMs: number;
  /** Milliseconds from there to the first byte of the answer. */
  firstByteMs: number;
  /** Milliseconds between two bytes of the answer. */
  silenceMs: number;
  /** Milliseconds for everything together. */
  totalMs: number;
  /** Longest answer in bytes. */
  maxBytes: number;
}

const KB = 1024;
const MB = 1024 * KB;

/** Every deadline of this program, by what is talked to. */
export const budgets = {
  /** One call of the Proxmox API: pveproxy itself waits 30 s for another node. */
  proxmox: {
    connectMs: 20_000,
    firstByteMs: 40_000,
    silenceMs: 15_000,
    totalMs: 60_000,
    maxBytes: 64 * MB,
  },
  /** One call of a forge; a page has at most 50 comments of 64 KB. */
  forge: {
    connectMs: 10_000,
    firstByteMs: 30_000,
    silenceMs: 10_000,
    totalMs: 60_000,
    maxBytes: 16 * MB,
  },
  /** One check of a cutover. */
  probe: {
    connectMs: 5000,
    firstByteMs: 5000,
    silenceMs: 5000,
    totalMs: 10_000,
    maxBytes: 64 * KB,
  },
  /** One question to a member of a pair. */
  question: {
    connectMs: 5000,
    firstByteMs: 6000,
    silenceMs: 6000,
    totalMs: 6000,
    maxBytes: 256 * KB,
  },
  /** Bringing the files of a member back. */
  rollback: {
    connectMs: 5000,
    firstByteMs: 30_000,
    silenceMs: 30_000,
    totalMs: 60_000,
    maxBytes: 1 * MB,
  },
  /** Reading or writing the files of a member: a whole archive, as text. */
  backup: {
    connectMs: 5000,
    firstByteMs: 30_000,
    silenceMs: 30_000,
    totalMs: 120_000,
    maxBytes: 96 * MB,
  },
  /** Reading the evidence on a node, its journal included. */
  evidence: {
    connectMs: 10_000,
    firstByteMs: 30_000,
    silenceMs: 30_000,
    totalMs: 60_000,
    maxBytes: 8 * MB,
  },
  /** A script of a rehearsal on a real host: a roll-out waits for health without a word. */
  script: {
    connectMs: 15_000,
    firstByteMs: 900_000,
    silenceMs: 900_000,
    totalMs: 1_800_000,
    maxBytes: 16 * MB,
  },
  /** A program of this machine that only reads, such as `git show` or `pulumi version`. */
  program: {
    connectMs: 10_000,
    firstByteMs: 30_000,
    silenceMs: 30_000,
    totalMs: 30_000,
    maxBytes: 64 * MB,
  },
  /** `pulumi` with a state backend that may be far away. */
  backend: {
    connectMs: 10_000,
    firstByteMs: 120_000,
    silenceMs: 120_000,
    totalMs: 180_000,
    maxBytes: 256 * MB,
  },
} as const satisfies Record<string, Budget>;

/** A budget of which nothing may take longer than a time that is left of another one. */
export function within(budget: Budget, leftMs: number): Budget {
  const most = (ms: number) => Math.max(1, Math.min(ms, leftMs));
  return {
    ...budget,
    connectMs: most(budget.connectMs),
    firstByteMs: most(budget.firstByteMs),
    silenceMs: most(budget.silenceMs),
    totalMs: most(budget.totalMs),
  };
}

/** What was seen of an exchange so far; milliseconds of one clock. */
export interface Exchange {
  startedAt: number;
  connectedAt?: number;
  /** When the last byte came. */
  heardAt?: number;
  bytes: number;
}

/** Why an exchange was given up. */
export type Overrun = "connect" | "firstByte" | "silence" | "total" | "size" | "stopped";

/** Which deadline comes next, and when. */
export function nextDeadline(budget: Budget, exchange: Exchange): { at: number; kind: Overrun } {
  const { startedAt, connectedAt, heardAt, bytes } = exchange;
  if (bytes > budget.maxBytes) return { at: startedAt, kind: "size" };
  const total = { at: startedAt + budget.totalMs, kind: "total" as const };
  const step =
    connectedAt === undefined
      ? { at: startedAt + budget.connectMs, kind: "connect" as const }
      : heardAt === undefined
        ? { at: connectedAt + budget.firstByteMs, kind: "firstByte" as const }
        : { at: heardAt + budget.silenceMs, kind: "silence" as const };
  return step.at < total.at ? step : total;
}

/** Why an exchange was given up, as the end of a sentence. */
export function overrunText(budget: Budget, kind: Overrun): string {
  const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
  switch (kind) {
    case "connect":
      return `no connection within ${seconds(budget.connectMs)}`;
    case "firstByte":
      return `no answer within ${seconds(budget.firstByteMs)}`;
    case "silence":
      return `silent for ${seconds(budget.silenceMs)} in the middle of its answer`;
    case "total":
      return `no complete answer within ${seconds(budget.totalMs)}`;
    case "size":
      return `the answer is longer than ${sizeText(budget.maxBytes)}`;
    case "stopped":
      return "stopped before it answered";
  }
}

function sizeText(bytes: number): string {
  return bytes >= MB ? `${Math.round(bytes / MB)} MB` : `${Math.round(bytes / KB)} KB`;
}

/** An exchange that was given up. */
export class OverrunError extends Error {
  constructor(
    readonly kind: Overrun,
    budget: Budget,
  ) {
    super(overrunText(budget, kind));
  }
}
