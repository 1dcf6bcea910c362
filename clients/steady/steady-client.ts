import type { Request } from "../../model/drill/requests";
import { nowMs } from "./clock";
import { type Asked, askOnce, type Question } from "./question";

/** What, whom and how often a client asks. */
export interface SteadyPlan extends Asked {
  question: Question;
  /** Milliseconds between the starts of two requests. */
  everyMs: number;
}

/** A client that asks at every tick, each time on a connection of its own. */
export interface SteadyClient {
  /** All requests that are over, in the order in which they ended. */
  readonly requests: readonly Request[];
  /** Sends no more, waits for the open ones and hands back all. */
  stop(): Promise<Request[]>;
}

/** Begins to ask in a steady row. */
export function startSteadyClient({ question, everyMs, ...asked }: SteadyPlan): SteadyClient {
  const requests: Request[] = [];
  const beginMs = nowMs();
  let open = 0;
  let tick = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    open += 1;
    const startMs = nowMs();
    void askOnce(asked, question).then((answer) => {
      open -= 1;
      requests.push({ startMs, endMs: nowMs(), ...answer });
    });
    // A late tick is not made up for: a burst would be another load than the steady one.
    tick = Math.max(tick + 1, Math.ceil((nowMs() - beginMs) / everyMs));
    timer = setTimeout(next, Math.max(0, beginMs + tick * everyMs - nowMs()));
  };
  next();
  return {
    requests,
    stop: async () => {
      clearTimeout(timer);
      while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return requests;
    },
  };
}
