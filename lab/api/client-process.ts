import { type RequestOptions, request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Request } from "../../model/drill/requests";
import { nowMs } from "../instruments/clock";
import type { ApiClientMessage, ApiClientPlan, Seen, Stream } from "./client";

// Runs in the client's network namespace: a list at every tick, each on a connection of its own, and
// watch streams that are opened again when they are cut. Every certificate is verified.

const LIST = "/api/v1/namespaces?resourceVersion=0";
const WATCH = "/api/v1/namespaces?watch=1";
/** Milliseconds before a cut stream is opened again. */
const AGAIN_MS = 100;

let timer: NodeJS.Timeout | undefined;
let running = false;
let requests: Request[] = [];
let streams: Stream[] = [];
let open = 0;
const watching = new Set<{ destroy(): void }>();

function optionsOf({ address, port, ca, cert, key }: ApiClientPlan, path: string): RequestOptions {
  return { host: address, port, ca, cert, key, path, agent: false };
}

/** Every master has a certificate of its own. */
function masterOf(socket: object | null): string {
  const name = (socket as TLSSocket | null)?.getPeerCertificate?.()?.subject?.CN;
  return typeof name === "string" ? name : "unknown";
}

function list(plan: ApiClientPlan): void {
  const startMs = nowMs();
  let done = false;
  open += 1;
  const finish = (outcome: string, member?: string) => {
    if (done) return;
    done = true;
    open -= 1;
    clearTimeout(late);
    asked.destroy();
    requests.push({ startMs, endMs: nowMs(), outcome, ...(member ? { member } : {}) });
  };
  const asked = request(optionsOf(plan, LIST), (answer) => {
    const master = masterOf(answer.socket);
    answer.resume();
    answer.on("end", () => {
      if (answer.statusCode === 200) finish("ok", master);
      else finish(`status ${answer.statusCode}`, master);
    });
    answer.on("error", (error) => finish(wordOf(error)));
  });
  const late = setTimeout(() => finish("timeout"), plan.timeoutMs);
  asked.on("error", (error) => finish(wordOf(error)));
  asked.end();
}

function wordOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

/** Holds a stream open; `opened` is called with its first event. */
function watch(plan: ApiClientPlan, number: number, opened: () => void): void {
  let stream: Stream | undefined;
  let done = false;
  const end = (why: string) => {
    if (done) return;
    done = true;
    watching.delete(asked);
    if (!running) return;
    if (stream) Object.assign(stream, { cutMs: nowMs(), why });
    setTimeout(() => running && watch(plan, number, opened), AGAIN_MS);
  };
  const asked = request(optionsOf(plan, WATCH), (answer) => {
    const master = masterOf(answer.socket);
    answer.on("data", () => {
      if (stream) return;
      stream = { number, openMs: nowMs(), master };
      streams.push(stream);
      opened();
    });
    answer.on("end", () => end("ended by the server"));
    answer.on("error", (error) => end(wordOf(error)));
    answer.on("close", () => end("closed"));
  });
  asked.on("socket", (socket) => socket.setKeepAlive(true, 1000));
  asked.on("error", (error) => end(wordOf(error)));
  asked.end();
  watching.add(asked);
}

async function start(plan: ApiClientPlan): Promise<void> {
  requests = [];
  streams = [];
  running = true;
  const numbers = Array.from({ length: plan.streams }, (_, index) => index + 1);
  await Promise.all(
    numbers.map((number) => new Promise<void>((opened) => watch(plan, number, opened))),
  );
  const beginMs = nowMs();
  let tick = 0;
  const next = () => {
    list(plan);
    // A late tick is not made up for: a burst would be another load than the steady one.
    tick = Math.max(tick + 1, Math.ceil((nowMs() - beginMs) / plan.everyMs));
    timer = setTimeout(next, Math.max(0, beginMs + tick * plan.everyMs - nowMs()));
  };
  next();
}

async function stop(): Promise<Seen> {
  clearTimeout(timer);
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  running = false;
  for (const asked of watching) asked.destroy();
  watching.clear();
  return { requests, streams };
}

process.on("message", (message: ApiClientMessage) => {
  if ("start" in message) void start(message.start).then(() => process.send?.({ started: true }));
  else void stop().then((seen) => process.send?.(seen));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
