import { createInterface } from "node:readline/promises";
import { interruption } from "../../../clients/watch";
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
    // A terminal that is read line by line passes Ctrl-C on to nobody else.
    lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    const signal = interruption();
    const stopped = () => lines.close();
    signal.addEventListener("abort", stopped, { once: true });
    const shown = fallback === undefined || fallback === "" ? "" : ` [${fallback}]`;
    try {
      const answer = await Promise.race([lines.question(`${question}${shown}: `), ended]);
      return answer.trim() || (fallback ?? "");
    } finally {
      signal.removeEventListener("abort", stopped);
      lines.close();
    }
  };
}
