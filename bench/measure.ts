/** Two things measured in turn in one run, so that the machine's mood meets both. */
export interface Ratio {
  name: string;
  /** Median milliseconds of the measured thing. */
  measured: number;
  /** Median milliseconds of what it is held against. */
  baseline: number;
  /** Median of the rounds' own ratios, so that a slow round does not count for one side only. */
  ratio: number;
  /** Largest acceptable ratio. @default only reported */
  limit?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Milliseconds of processor time that this process spends on `work`. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What one side of a comparison costs in milliseconds; may run a child process or measure itself. */
export type Cost = () => number | Promise<number>;

/**
 * Runs both sides in turn, the order changing from round to round, after one round that does not
 * count.
 *
 * @param scale divides the costs of each side, e.g. by the number of guests
 */
export async function compare(
  name: string,
  sides: { measured: Cost; baseline: Cost },
  options: { rounds: number; limit?: number; scale?: { measured: number; baseline: number } },
): Promise<Ratio> {
  const { measured: a = 1, baseline: b = 1 } = options.scale ?? {};
  const rounds: { measured: number; baseline: number }[] = [];
  for (let round = 0; round <= options.rounds; round++) {
    const order =
      round % 2 === 0 ? (["measured", "baseline"] as const) : (["baseline", "measured"] as const);
    const costs = { measured: 0, baseline: 0 };
    for (const side of order) costs[side] = await sides[side]();
    if (round > 0) rounds.push({ measured: costs.measured / a, baseline: costs.baseline / b });
  }
  return {
    name,
    measured: median(rounds.map((round) => round.measured)),
    baseline: median(rounds.map((round) => round.baseline)),
    ratio: median(rounds.map((round) => round.measured / round.baseline)),
    ...(options.limit !== undefined && { limit: options.limit }),
  };
}
