/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0, below 1. */
  next(): number;
  /** One of several. */
  pick<T>(list: readonly [T, ...T[]]): T;
  /** Between two numbers. */
  between(low: number, high: number): number;
}

/**
 * A generator with a state of 32 bits (mulberry32): enough to choose faults with, and for nothing secret.
 *
 * @param seed whole number
 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: ([first, ...rest]) => [first, ...rest][Math.floor(next() * (rest.length + 1))] ?? first,
    between: (low, high) => low + next() * (high - low),
  };
}
