import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Request } from "../../model/drill/requests";

/** Where and how often a client asks. */
export interface SteadyPlan {
  address: string;
  port: number;
  /** Value of the `Host` header. */
  host: string;
  path: string;
  /** Whether it speaks TLS; it takes any certificate, for it asks for nothing and says nothing. */
  tls: boolean;
  /** Milliseconds between the starts of two requests. */
  everyMs: number;
  /** Milliseconds after which a request counts as lost. */
  timeoutMs: number;
  /** Whether only the status 200 is an answer. @default any answer of a server is one */
  only200?: boolean;
}

/** A client that sends a request at every tick, each on a connection of its own. */
export interface SteadyClient {
  /** All requests that are over, in the order in which they ended. */
  readonly requests: readonly Request[];
  /** Sends no more, waits for the open ones and hands back all. */
  stop(): Promise<Request[]>;
}

/** Characters of an answer that are kept. */
const LONGEST = 64 * 1024;

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Begins to send requests in a steady row. */
export function startSteadyClient(plan: SteadyPlan): SteadyClient {
  const requests: Request[] = [];
  const beginMs = nowMs();
  let open = 0;
  let tick = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    open += 1;
    void oneRequest(plan).then((request) => {
      open -= 1;
      requests.push(request);
    });
    // A late tick is not made up for: a burst would be another load than the steady one.
    tick = Math.max(tick + 1, Math.ceil((nowMs() - beginMs) / plan.everyMs));
    timer = setTimeout(next, Math.max(0, beginMs + tick * plan.everyMs - nowMs()));
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

/** One request on a connection of its own, whatever becomes of it. */
function oneRequest(plan: SteadyPlan): Promise<Request> {
  const { address, port, host, path, tls, timeoutMs, only200 = false } = plan;
  return new Promise((resolve) => {
    const startMs = nowMs();
    let text = "";
    let done = false;
    const socket: Socket = tls
      ? connectTls({ host: address, port, rejectUnauthorized: false })
      : connectPlain({ host: address, port });
    const finish = (outcome: string, member?: string) => {
      if (done) return;
      done = true;
      clearTimeout(late);
      socket.destroy();
      resolve({ startMs, endMs: nowMs(), outcome, ...(member ? { member } : {}) });
    };
    const late = setTimeout(() => finish("timeout"), timeoutMs);
    socket.setNoDelay(true);
    socket.on(tls ? "secureConnect" : "connect", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      // The head and the beginning of the body tell all; whoever sends without end fills no memory.
      if (text.length < LONGEST) text += chunk.slice(0, LONGEST - text.length);
    });
    socket.on("end", () => {
      const [head = "", body = ""] = text.split("\r\n\r\n");
      const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1];
      if (status === undefined) finish("cut off");
      else if (status === "200" || !only200) finish("ok", /\d+\.\d+\.\d+\.\d+/.exec(body)?.[0]);
      else finish(`status ${status}`);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
