/** How far one step that changes something came. */
type State = "planned" | "begun" | "done";

/**
 * What a command changes, step by step, so that one that is stopped can say what was done, what was
 * not, and what it cannot know.
 */
export class Ledger {
  private readonly steps = new Map<string, State>();
  private readonly notes: string[] = [];

  /** Says before the first step what all of them will be. */
  plan(...steps: readonly string[]): void {
    for (const step of steps) this.steps.set(step, "planned");
  }

  /** Notes that a step begins; from here on it may have happened. */
  begin(step: string): void {
    this.steps.set(step, "begun");
  }

  /** Notes that a step happened. */
  done(step: string): void {
    this.steps.set(step, "done");
  }

  /** A line that a stopped command shall say beside the account. */
  note(line: string): void {
    this.notes.push(line);
  }

  /** Forgets everything, for the next command. */
  clear(): void {
    this.steps.clear();
    this.notes.length = 0;
  }

  /** Does one step; one that throws may have happened in part. */
  async step<T>(step: string, run: () => Promise<T>): Promise<T> {
    this.begin(step);
    const result = await run();
    this.done(step);
    return result;
  }

  /** The account of a command that was stopped, a line each. */
  lines(): string[] {
    const of = (wanted: State) =>
      [...this.steps].filter(([, state]) => state === wanted).map(([step]) => step);
    const line = (head: string, steps: string[]) =>
      steps.length > 0 ? [`${head}: ${steps.join("; ")}`] : [];
    const [done, begun] = [of("done"), of("begun")];
    return [
      ...this.notes,
      ...(done.length + begun.length === 0 ? ["stopped: nothing was changed"] : []),
      ...line("stopped; done", done),
      ...line(
        done.length > 0
          ? "begun, and not known how far it came"
          : "stopped; begun, and not known how far it came",
        begun,
      ),
      ...line("not done", of("planned")),
    ];
  }
}

/** The account of the command that this process carries out. */
export const ledger = new Ledger();
