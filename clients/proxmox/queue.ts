/** Runs jobs, only so many at a time; the others wait in the order in which they came. */
export class Queue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await new Promise<void>((next) => this.waiting.push(next));
    else this.running += 1;
    try {
      return await job();
    } finally {
      const next = this.waiting.shift();
      // The place passes on as it is, so nobody can slip in between.
      if (next) next();
      else this.running -= 1;
    }
  }
}
