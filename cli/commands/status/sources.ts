import type { StatusItem } from "../../../model/status/types";

/** Something that is asked, and judges its own answer. */
export interface Source {
  /** What its silence is about, e.g. `cluster`. */
  subject: string;
  /** Milliseconds after which nobody waits for it any more. */
  deadlineMs: number;
  ask(): Promise<StatusItem[]>;
}

/**
 * Asks all at once. Whoever has not answered at his deadline is reported as silent, and keeps nobody
 * waiting any longer: the whole takes as long as the slowest one that answers, or the longest deadline.
 */
export async function askAll(sources: readonly Source[]): Promise<StatusItem[]> {
  const answers = await Promise.all(sources.map(answerOrSilence));
  return answers.flat();
}

function answerOrSilence({ subject, deadlineMs, ask }: Source): Promise<StatusItem[]> {
  return new Promise((resolve, reject) => {
    const text = `no complete answer within ${Math.round(deadlineMs / 100) / 10} s`;
    const timer = setTimeout(() => resolve([{ level: "unknown", subject, text }]), deadlineMs);
    ask()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
