import { setMaxListeners } from "node:events";
import { type Budget, type Exchange, nextDeadline, type Overrun, OverrunError } from "./deadline";

/** One carrying out of a command, which somebody may end. */
export interface Run {
  /** Aborted when somebody ended it. */
  readonly signal: AbortSignal;
  /** Gives up everything that is under way in it. */
  interrupt(): void;
}

let current = newRun();

function newRun(): Run {
  const controller = new AbortController();
  // Every open connection listens to it.
  setMaxListeners(0, controller.signal);
  return { signal: controller.signal, interrupt: () => controller.abort() };
}

/** Begins a run of its own: what ended the one before does not end this one. */
export function beginRun(): Run {
  current = newRun();
  return current;
}

/** Aborted when somebody ends the run (Ctrl-C, SIGTERM): everything outside is given up at once. */
export function interruption(): AbortSignal {
  return current.signal;
}

/** Whoever watches an exchange calls these when something happens. */
export interface Watch {
  connected(): void;
  /** Bytes of the answer came. */
  heard(bytes: number): void;
  /** It is over, well or badly: no deadline counts any more. */
  done(): void;
}

/**
 * Watches one exchange with something outside.
 *
 * @param giveUp ends it; called at most once, never after `done`
 * @param signal gives it up as well. @default the interruption of the run
 */
export function watch(
  budget: Budget,
  giveUp: (why: OverrunError) => void,
  signal: AbortSignal = interruption(),
): Watch {
  const exchange: Exchange = { startedAt: Date.now(), bytes: 0 };
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const done = () => {
    over = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", stopped);
  };
  const end = (kind: Overrun) => {
    if (over) return;
    done();
    giveUp(new OverrunError(kind, budget));
  };
  const stopped = () => end("stopped");
  const look = () => {
    const { at, kind } = nextDeadline(budget, exchange);
    const left = at - Date.now();
    if (left <= 0) return end(kind);
    timer = setTimeout(look, left);
  };
  signal.addEventListener("abort", stopped, { once: true });
  if (signal.aborted) setImmediate(stopped);
  else look();
  // A later deadline is noticed when the earlier one rings; only an earlier one needs a new timer.
  const again = () => {
    if (over) return;
    clearTimeout(timer);
    look();
  };
  return {
    connected() {
      exchange.connectedAt ??= Date.now();
      again();
    },
    heard(bytes) {
      const first = exchange.heardAt === undefined;
      exchange.connectedAt ??= Date.now();
      exchange.heardAt = Date.now();
      exchange.bytes += bytes;
      if (first || exchange.bytes > budget.maxBytes) again();
    },
    done,
  };
}

/** Waits, but no longer than until the process is ended. */
export function pause(ms: number, signal: AbortSignal = interruption()): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}

/**
 * Does something outside this process under a watch.
 *
 * @param giveUp ends what is under way, e.g. closes its connection
 * @throws OverrunError when it was given up
 */
export function watched<T>(
  budget: Budget,
  work: (watch: Watch) => Promise<T>,
  giveUp: () => void,
  signal: AbortSignal = interruption(),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const guard = watch(
      budget,
      (why) => {
        giveUp();
        reject(why);
      },
      signal,
    );
    work(guard).then(resolve, reject).finally(guard.done);
  });
}
