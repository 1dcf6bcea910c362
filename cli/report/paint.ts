import picocolors from "picocolors";

/** Colours of the terminal, or functions that change nothing. */
export type Paint = ReturnType<typeof picocolors.createColors>;

/** Text without colours: for files, pipes and tests. */
export const plain: Paint = picocolors.createColors(false);

/**
 * Colours for a stream: only where a person looks at it. (picocolors alone would also colour the
 * log files of a CI server.)
 */
export function paintFor(stream: { isTTY?: boolean }): Paint {
  const wanted = stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
  return picocolors.createColors(wanted);
}

/** How good or bad a piece of news is. */
export type Tone = "good" | "warn" | "bad";

/** Paints by tone: green, yellow, red. */
export function toned(paint: Paint, tone: Tone, text: string): string {
  return { good: paint.green, warn: paint.yellow, bad: paint.red }[tone](text);
}
