import { connect } from "node:net";
import type { ClientMessage, ClientPlan } from "./client";
import { nowMs } from "./clock";
import type { Request } from "./requests";

// Runs in the client's network namespace: a request at every tick, each on a connection of its own.

let timer: NodeJS.Timeout | undefined;
let requests: Request[] = [];
let open = 0;

function request({ address, port, host, timeoutMs }: ClientPlan): void {
  const startMs = nowMs();
  let text = "";
  let done = false;
  open += 1;
  const socket = connect({ host: address, port });
  const finish = (outcome: string, member?: string) => {
    if (done) return;
    done = true;
    open -= 1;
    clearTimeout(late);
    socket.destroy();
    requests.push({ startMs, endMs: nowMs(), outcome, ...(member ? { member } : {}) });
  };
  const late = setTimeout(() => finish("timeout"), timeoutMs);
  socket.setNoDelay(true);
  socket.on("connect", () =>
    socket.write(`GET /whoami HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
  );
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("end", () => {
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1];
    if (status === "200") finish("ok", /\d+\.\d+\.\d+\.\d+/.exec(body)?.[0]);
    else finish(status === undefined ? "cut off" : `status ${status}`);
  });
  socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
}

function start(plan: ClientPlan): void {
  requests = [];
  const beginMs = nowMs();
  let tick = 0;
  const next = () => {
    request(plan);
    // A late tick is not made up for: a burst would be another load than the steady one.
    tick = Math.max(tick + 1, Math.ceil((nowMs() - beginMs) / plan.everyMs));
    timer = setTimeout(next, Math.max(0, beginMs + tick * plan.everyMs - nowMs()));
  };
  next();
}

async function stop(): Promise<Request[]> {
  clearTimeout(timer);
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return requests;
}

process.on("message", (message: ClientMessage) => {
  if (!("start" in message)) {
    void stop().then((all) => process.send?.({ requests: all }));
    return;
  }
  start(message.start);
  process.send?.({ started: true });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
