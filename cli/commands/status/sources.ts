import { OverrunError } from "../../../clients/deadline";
import { foreign } from "../../../model/foreign-text";
import type { StatusItem } from "../../../model/status/types";
import { Failure } from "../../lib/usage";

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
    // What one source meets is no reason to hide what the others say; a mistake of ours is.
    const failed = (error: unknown) => {
      const why = reasonIn(error);
      if (why === undefined) reject(error);
      else resolve([{ level: "unknown", subject, text: `not known: ${foreign(why)}` }]);
    };
    ask()
      .then(resolve, failed)
      .finally(() => clearTimeout(timer));
  });
}

/** Why a source could not be asked; undefined for a mistake of this program. */
function reasonIn(error: unknown): string | undefined {
  if (error instanceof OverrunError) return error.kind === "stopped" ? undefined : error.message;
  if (error instanceof Failure) return error.message;
  // What the operating system refuses: a folder of somebody else, a full disk.
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined ? message : undefined;
}
