import { type RequestOptions, request } from "node:https";
import type { TLSSocket } from "node:tls";
import { nowMs } from "../../clients/steady/clock";
import type { Request } from "../../model/drill/requests";
import type { ApiClientMessage, ApiClientPlan, Seen, Stream } from "./client";

// Runs in the client's network namespace: a list at every tick, each on a connection of its own, fewer
// requests that need etcd, and watch streams that are opened again when they are cut. Every
// certificate is verified.

const LIST = "/api/v1/namespaces?resourceVersion=0";
const WATCH = "/api/v1/namespaces?watch=1";
/** Objects that are written in turn. */
const OBJECTS = 128;
/** Milliseconds before a cut stream is opened again. */
const AGAIN_MS = 100;

let timer: NodeJS.Timeout | undefined;
let running = false;
let stored: NodeJS.Timeout | undefined;
let seen: Seen = { requests: [], reads: [], writes: [], streams: [] };
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

interface Question {
  path: string;
  method?: string;
  type?: string;
  body?: string;
}

function ask(plan: ApiClientPlan, { path, method, type, body }: Question, into: Request[]): void {
  const startMs = nowMs();
  let done = false;
  open += 1;
  const finish = (outcome: string, member?: string) => {
    if (done) return;
    done = true;
    open -= 1;
    clearTimeout(late);
    asked.destroy();
    into.push({ startMs, endMs: nowMs(), outcome, ...(member ? { member } : {}) });
  };
  const options = {
    ...optionsOf(plan, path),
    ...(method !== undefined && { method }),
    ...(type !== undefined && { headers: { "content-type": type } }),
  };
  const asked = request(options, (answer) => {
    const master = masterOf(answer.socket);
    answer.resume();
    answer.on("end", () => {
      if (answer.statusCode === 200 || answer.statusCode === 201) finish("ok", master);
      else finish(`status ${answer.statusCode}`, master);
    });
    answer.on("error", (error) => finish(wordOf(error)));
  });
  const late = setTimeout(() => finish("timeout"), plan.timeoutMs);
  asked.on("error", (error) => finish(wordOf(error)));
  asked.end(body);
}

/** Writes an object, and reads one from etcd itself: without a version the server may not answer from memory. */
function store(plan: ApiClientPlan, number: number): void {
  const objects = "/api/v1/namespaces/default/configmaps";
  // More objects than can be under way, so that no write waits for another one.
  const name = `lab-${number % OBJECTS}`;
  const written = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
  ask(
    plan,
    {
      path: `${objects}/${name}?fieldManager=lab&force=true`,
      method: "PATCH",
      type: "application/apply-patch+yaml",
      body: JSON.stringify({ ...written, data: { number: String(number) } }),
    },
    seen.writes,
  );
  ask(plan, { path: "/api/v1/namespaces/default" }, seen.reads);
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
      seen.streams.push(stream);
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
  seen = { requests: [], reads: [], writes: [], streams: [] };
  running = true;
  const numbers = Array.from({ length: plan.streams }, (_, index) => index + 1);
  await Promise.all(
    numbers.map((number) => new Promise<void>((opened) => watch(plan, number, opened))),
  );
  const beginMs = nowMs();
  let tick = 0;
  const next = () => {
    ask(plan, { path: LIST }, seen.requests);
    // A late tick is not made up for: a burst would be another load than the steady one.
    tick = Math.max(tick + 1, Math.ceil((nowMs() - beginMs) / plan.everyMs));
    timer = setTimeout(next, Math.max(0, beginMs + tick * plan.everyMs - nowMs()));
  };
  next();
  let number = 0;
  stored = setInterval(() => store(plan, number++), plan.storeEveryMs);
}

async function stop(): Promise<Seen> {
  clearTimeout(timer);
  clearInterval(stored);
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  running = false;
  for (const asked of watching) asked.destroy();
  watching.clear();
  return seen;
}

process.on("message", (message: ApiClientMessage) => {
  if ("start" in message) void start(message.start).then(() => process.send?.({ started: true }));
  else void stop().then((seen) => process.send?.(seen));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
