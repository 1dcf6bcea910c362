/** What a host knows of its files; times are nanoseconds since 1970, as texts of 19 digits. */
export interface MemberHistory {
  /** Whether it has the virtual address now. */
  master: boolean;
  /** When roll-outs ended well. */
  healthy: string[];
  /** When texts were replaced. */
  changes: string[];
}

/** Reads what `historyScript` prints. */
export function readHistory(printed: string): MemberHistory {
  const lines = printed.split("\n").map((line) => line.split(" "));
  const times = (kind: string) =>
    lines.flatMap(([word, time]) => (word === kind && time !== undefined ? [time] : []));
  return {
    master: lines.some(([word]) => word === "owner"),
    healthy: times("healthy"),
    changes: times("change"),
  };
}

/** What happened on one member between two times at which it was healthy. */
interface Round {
  member: string;
  priority: number;
  /** When the last text was replaced. */
  end: string;
  /** When the member was last healthy before; undefined at its first roll-out. */
  before: string | undefined;
}

/** A member as far as the order of events needs it. */
interface Witness {
  name: string;
  priority: number;
  history: MemberHistory;
}

/** Nanoseconds after which a change on the next member is not part of the same roll-out any more. */
const ROLLOUT_NS = 600_000_000_000n;

/**
 * The last roll-out, good or broken: for each member that it reached, the time of the texts to go
 * back to, when that member was last healthy before. Members that it did not reach are not in it:
 * they would go back one roll-out too far. A roll-out takes the members by rising priority, one
 * after the other.
 */
export function lastRollout(members: readonly Witness[]): Map<string, string | undefined> {
  const rounds = members.flatMap(roundsOf).sort((a, b) => (a.end < b.end ? -1 : 1));
  const rollout = new Map<string, string | undefined>();
  let later: Round | undefined;
  for (const round of rounds.reverse()) {
    const same =
      later === undefined ||
      (round.priority < later.priority && BigInt(later.end) - BigInt(round.end) < ROLLOUT_NS);
    if (!same) break;
    rollout.set(round.member, round.before);
    later = round;
  }
  return rollout;
}

function roundsOf({ name, priority, history }: Witness): Round[] {
  const bounds = [undefined, ...[...history.healthy].sort()];
  return bounds.flatMap((before, index) => {
    const after = bounds[index + 1];
    const changes = history.changes
      .filter((time) => (before ?? "") < time && (after === undefined || time < after))
      .sort();
    const end = changes.at(-1);
    return end === undefined ? [] : [{ member: name, priority, end, before }];
  });
}

/** Members in the order in which they may be touched: whoever has the virtual address comes last. */
export function safeOrder<T extends { priority: number; history: MemberHistory }>(
  members: readonly T[],
): T[] {
  const rank = ({ history }: T) => (history.master ? 1 : 0);
  return [...members].sort((a, b) => rank(a) - rank(b) || a.priority - b.priority);
}

/** Nanoseconds since 1970 as people read them, in UTC. */
export function readable(time: string): string {
  const date = new Date(Number(BigInt(time) / 1_000_000n));
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
