import { Agent, type IncomingMessage, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { nowMs } from "../../clients/steady/clock";
import {
  type ConnectionsMessage,
  type ConnectionsPlan,
  type Kept,
  USES,
  type Use,
} from "./connections";

// Runs in the client's network namespace: connections that stay open and talk all the time.

/** Milliseconds between two exchanges on a connection. */
const EVERY_MS = 1000;
/** Milliseconds without an answer after which a connection counts as cut. */
const PATIENCE_MS = 10_000;

/** A connection that is open: what it waits for next, and how it ends. */
interface Open {
  /** Makes one exchange; throws when the connection was cut. */
  exchange(): Promise<void>;
  close(): void;
}

let ending = false;
const none = () => ({ "keep-alive": 0, websocket: 0, download: 0, stream: 0 });
const result: Kept = { kept: none(), cut: none(), closedIdle: 0, exchanges: 0, why: [] };

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Bytes that come by themselves, as something to wait for. */
function arrivals() {
  let waiting: { resolve(): void; reject(error: Error): void } | undefined;
  let failed: Error | undefined;
  let arrived = 0;
  return {
    data: () => {
      arrived += 1;
      waiting?.resolve();
    },
    fail: (error: Error) => {
      failed = error;
      waiting?.reject(error);
    },
    /** Whatever comes from now on; not what lies there already. */
    next: async () => {
      if (failed) throw failed;
      const before = arrived;
      const timer = setTimeout(
        () => waiting?.reject(new Error(`silent for ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
      try {
        await new Promise<void>((resolve, reject) => {
          waiting = { resolve, reject };
        });
      } finally {
        clearTimeout(timer);
        waiting = undefined;
      }
      if (arrived === before) throw failed ?? new Error("nothing came");
    },
  };
}

/** Requests one after the other on one connection, as a browser sends them. */
function keepAlive({ address, port, host }: ConnectionsPlan): Open {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let sockets = 0;
  const ask = () =>
    new Promise<{ reused: boolean }>((resolve, reject) => {
      const asked = request(
        { agent, host: address, port, path: "/whoami", headers: { host }, timeout: PATIENCE_MS },
        (response) => {
          response.resume();
          response.on("end", () => {
            if (response.statusCode === 200) resolve({ reused: asked.reusedSocket });
            else reject(new Error(`status ${response.statusCode}`));
          });
          response.on("error", reject);
        },
      );
      asked.on("timeout", () => asked.destroy(new Error("timeout")));
      asked.on("error", (error: NodeJS.ErrnoException) =>
        reject(Object.assign(error, { reused: asked.reusedSocket })),
      );
      asked.end();
    });
  return {
    exchange: async () => {
      let reused: boolean;
      try {
        ({ reused } = await ask());
      } catch (error) {
        // RFC 9112, 9.3.1: a request that met the server's close is sent again by every client.
        const { code, reused: old } = error as { code?: string; reused?: boolean };
        if (!old || code !== "ECONNRESET") throw error;
        ({ reused } = await ask());
      }
      if (!reused) sockets += 1;
      if (!reused && sockets > 1) result.closedIdle += 1;
    },
    close: () => agent.destroy(),
  };
}

/** An upgraded connection that echoes. */
function webSocket({ address, port, host }: ConnectionsPlan): Promise<Open> {
  return new Promise((resolve, reject) => {
    const headers = {
      host,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const asked = request({ host: address, port, path: "/echo", headers, agent: false });
    asked.on("error", reject);
    asked.on("response", ({ statusCode }) => reject(new Error(`status ${statusCode}`)));
    asked.on("upgrade", (_response, socket) => {
      const { data, fail, next } = arrivals();
      socket.on("data", data);
      socket.on("error", fail);
      socket.on("close", () => fail(new Error("closed")));
      resolve({
        exchange: () => {
          const echo = next();
          // One frame, masked with zeros: a text of two bytes.
          socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
          return echo;
        },
        close: () => socket.destroy(),
      });
    });
    asked.end();
  });
}

/** A long answer that comes in pieces. */
function download({ address, port, host }: ConnectionsPlan): Promise<Open> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: address, port, path: "/pieces", headers: { host }, agent: false },
      (response: IncomingMessage) => {
        if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
        const { data, fail, next } = arrivals();
        response.on("data", data);
        response.on("error", fail);
        response.on("end", () => fail(new Error("ended early")));
        resolve({ exchange: next, close: () => asked.destroy() });
      },
    );
    asked.on("error", reject);
    asked.end();
  });
}

/** A stream of HTTP/2, as gRPC has them. */
function stream({ address, port, host }: ConnectionsPlan): Promise<Open> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://${address}:${port}`);
    session.on("error", reject);
    const asked = session.request({ ":path": "/pieces", ":authority": host });
    const { data, fail, next } = arrivals();
    asked.on("response", ({ ":status": status }) => {
      if (status !== 200) return reject(new Error(`status ${status}`));
      resolve({ exchange: next, close: () => session.destroy() });
    });
    asked.on("data", data);
    for (const source of [asked, session]) {
      source.on("error", (error: Error) => {
        fail(error);
        reject(error);
      });
      source.on("close", () => fail(new Error("closed")));
    }
  });
}

const openings: Record<Use, (plan: ConnectionsPlan) => Open | Promise<Open>> = {
  "keep-alive": keepAlive,
  websocket: webSocket,
  download,
  stream,
};

/** Keeps one place taken: a connection, and the next one when its work is done. */
async function place(use: Use, plan: ConnectionsPlan, ready: () => void): Promise<void> {
  for (let first = true; first || !ending; first = false) {
    // The first ones end at different times.
    const lastsMs = (plan.lastsSec ?? Infinity) * 1000 * (first ? 0.5 + Math.random() / 2 : 1);
    const endMs = nowMs() + lastsMs;
    let open: Open | undefined;
    try {
      open = await openings[use](plan);
      do {
        const last = ending;
        await open.exchange();
        result.exchanges += 1;
        if (first) ready();
        if (last) break;
        await pause(EVERY_MS * (0.8 + 0.4 * Math.random()));
      } while (nowMs() < endMs);
      result.kept[use] += 1;
    } catch (error) {
      result.cut[use] += 1;
      if (result.why.length < 5) result.why.push(`${use}: ${(error as Error).message}`);
      if (first) ready();
    } finally {
      open?.close();
    }
  }
}

let places: Promise<void>[] = [];

process.on("message", (message: ConnectionsMessage) => {
  if (!("open" in message)) {
    ending = true;
    void Promise.all(places).then(() => process.send?.({ kept: result }));
    return;
  }
  const { open } = message;
  const started: Promise<void>[] = [];
  places = USES.flatMap((use) =>
    Array.from({ length: open.count[use] }, () => {
      let ready = () => {};
      started.push(
        new Promise((resolve) => {
          ready = resolve;
        }),
      );
      return place(use, open, ready);
    }),
  );
  void Promise.all(started).then(() => process.send?.({ opened: true }));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
