import { createInterface } from "node:readline/promises";
import { UsageError } from "../usage";

/**
 * Asks a person one question.
 *
 * @param fallback what an empty answer means
 */
export type Ask = (question: string, fallback?: string) => Promise<string>;

/** Questions on standard error, for standard output belongs to the result. */
export function terminal(): Ask {
  return async (question, fallback) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const ended = new Promise<never>((_resolve, reject) => {
      lines.once("close", () => reject(new UsageError("no answer, so nothing was written")));
    });
    ended.catch(() => {});
    const shown = fallback === undefined || fallback === "" ? "" : ` [${fallback}]`;
    try {
      const answer = await Promise.race([lines.question(`${question}${shown}: `), ended]);
      return answer.trim() || (fallback ?? "");
    } finally {
      lines.close();
    }
  };
}
