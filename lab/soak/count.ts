/** A host took or gave up the address of its pair; times are milliseconds of one clock. */
export interface HolderEvent {
  atMs: number;
  host: string;
  owns: boolean;
}

/** What keepalived of a host said that it is. */
export interface StateEvent {
  atMs: number;
  host: string;
  /** `MASTER`, `BACKUP` or `FAULT`. */
  state: string;
}

/** A time in which the same hosts had the address. */
export interface Span {
  fromMs: number;
  toMs: number;
  holders: readonly string[];
}

/** What was seen of one pair under one condition. */
export interface Seen {
  fromMs: number;
  toMs: number;
  /** Hosts with the address in the beginning. */
  holders: readonly string[];
  changes: readonly HolderEvent[];
  states: readonly StateEvent[];
}

/** What is counted of it. */
export interface Figures {
  /** Seconds that were watched. */
  seconds: number;
  /** How often the address came to another host; there and back are two, also where both had it meanwhile. */
  moves: number;
  /** How often a member went to FAULT. */
  faults: number;
  /** Seconds in which nobody had the address, in all, and the longest time in a row. */
  nobodySec: number;
  longestNobodySec: number;
  /** Seconds in which more than one host had it. */
  twoSec: number;
}

/** How often the address moves in an hour, and what that is worth. */
export interface Rate {
  perHour: number;
  /**
   * Where nothing was seen: the rate that would have shown itself with a probability of 95 %.
   *
   * @default something was seen
   */
  below?: number;
}

/** Who had the address when; times without length are left out. */
export function spansOf({ fromMs, toMs, holders, changes }: Seen): Span[] {
  const now = new Set(holders);
  const spans: Span[] = [];
  let begin = fromMs;
  const close = (atMs: number) => {
    if (atMs <= begin) return;
    spans.push({ fromMs: begin, toMs: atMs, holders: [...now].sort() });
    begin = atMs;
  };
  const inside = changes.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  for (const { atMs, host, owns } of [...inside].sort((a, b) => a.atMs - b.atMs)) {
    // keepalived may say again what is so, and a kernel that renews an address does.
    if (now.has(host) === owns) continue;
    close(atMs);
    if (owns) now.add(host);
    else now.delete(host);
  }
  close(toMs);
  return spans;
}

/** Counts what happened to the address of one pair. */
export function figuresOf(seen: Seen): Figures {
  const spans = spansOf(seen);
  const lengths = (which: (span: Span) => boolean) =>
    spans.filter(which).map(({ fromMs, toMs }) => (toMs - fromMs) / 1000);
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  const nobody = lengths(({ holders }) => holders.length === 0);
  return {
    seconds: (seen.toMs - seen.fromMs) / 1000,
    moves: movesIn(spans),
    faults: seen.states.filter(
      ({ state, atMs }) => state === "FAULT" && atMs >= seen.fromMs && atMs <= seen.toMs,
    ).length,
    nobodySec: sum(nobody),
    longestNobodySec: Math.max(0, ...nobody),
    twoSec: sum(lengths(({ holders }) => holders.length > 1)),
  };
}

/**
 * The address has moved when another host took it, also where both had it for a moment: by its gratuitous ARP
 * everybody heard that it is there now, and by the other's that it is back.
 */
function movesIn(spans: readonly Span[]): number {
  let last: string | undefined;
  let before: readonly string[] = [];
  let moves = 0;
  for (const { holders } of spans) {
    const newest =
      holders.length === 1 ? holders[0] : holders.find((host) => !before.includes(host));
    if (newest !== undefined && newest !== last) {
      if (last !== undefined) moves += 1;
      last = newest;
    }
    before = holders;
  }
  return moves;
}

/**
 * Moves per hour. None at all in a time T proves no more than a rate below 3/T, with a probability of 95 %
 * (the rule of three).
 */
export function rateOf({ moves, seconds }: Pick<Figures, "moves" | "seconds">): Rate {
  const hours = seconds / 3600;
  if (hours <= 0) return { perHour: 0, below: Number.POSITIVE_INFINITY };
  return moves === 0 ? { perHour: 0, below: 3 / hours } : { perHour: moves / hours };
}
