import { foreign } from "../../../model/foreign-text";

/** The part of standard error that steps need. */
interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** The list of steps of long work. */
export interface Steps {
  /** Begins a step; the one before is done. */
  begin(line: string): void;
  /**
   * Nothing is under way any more.
   *
   * @param done whether the last step came to its end. @default true
   */
  end(done?: boolean): void;
}

const FRAMES = ["-", "\\", "|", "/"];
const FRAME_MS = 120;

/**
 * Steps as a person watches them: a wheel turns before the one under way, and a tick stands before
 * those that are done. Where nobody watches (a pipe, a log of CI) each is a plain line.
 */
export function stepsOn(screen: Screen, env: NodeJS.ProcessEnv = process.env): Steps {
  const watched = screen.isTTY === true && !env.CI && env.TERM !== "dumb";
  if (!watched) return { begin: (line) => void screen.write(`${line}\n`), end() {} };
  const tick = env.NO_COLOR ? "✓" : "\u001b[32m✓\u001b[39m";
  let current: string | undefined;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  // A line that is wider than the screen could not be drawn over again.
  const drawn = (head: string, line: string) =>
    `\r\u001b[2K${head} ${line.slice(0, Math.max(10, (screen.columns || 80) - 3))}`;
  const end = (done = true) => {
    clearInterval(timer);
    if (current !== undefined) screen.write(`${drawn(done ? tick : "-", current)}\n`);
    current = undefined;
  };
  return {
    begin(line) {
      end();
      current = foreign(line);
      const turn = () => {
        screen.write(drawn(FRAMES[frame++ % FRAMES.length] ?? "", current ?? ""));
      };
      turn();
      timer = setInterval(turn, FRAME_MS);
      // It must not hold a process that is done otherwise.
      timer.unref();
    },
    end,
  };
}
