import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Budget, budgets } from "../../../clients/deadline";
import { dial, runOn } from "../../../clients/ssh/client";
import { startSshd } from "../../support/sshd";

const brief: Budget = { ...budgets.question, firstByteMs: 400, silenceMs: 400, totalMs: 2000 };

/** What comes of a command on a real server on which every session runs `forced`. */
async function told(forced: string, budget: Partial<Budget>): Promise<string> {
  const sshd = await startSshd({ forced });
  const client = await dial(sshd.connection);
  try {
    const { output } = await runOn(client, "true", { budget: { ...brief, ...budget } });
    return output;
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.end();
  }
}

test("a command that answers in time is not disturbed", async () => {
  expect(await told("echo hello", { firstByteMs: 10_000, totalMs: 10_000 })).toBe("hello\n");
});

test("gives up a member that lets us in and hangs", async () => {
  expect(await told("sleep 600", {})).toBe("no answer within 0.4 s");
  expect(await told("echo begun; sleep 600", { firstByteMs: 10_000, totalMs: 10_000 })).toBe(
    "silent for 0.4 s in the middle of its answer",
  );
});

test("gives up one that trickles bytes", async () => {
  const trickle = "while echo; do sleep 0.05; done";
  expect(await told(trickle, { firstByteMs: 20_000, silenceMs: 1900 })).toBe(
    "no complete answer within 2 s",
  );
});

test("gives up one that sends 700 MB, after the first of them", async () => {
  const before = process.memoryUsage().rss;
  const size = { maxBytes: 1024 * 1024, firstByteMs: 20_000, silenceMs: 20_000, totalMs: 20_000 };
  expect(await told("head -c 700000000 /dev/zero", size)).toBe("the answer is longer than 1 MB");
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

/** A server that accepts a connection and then does what a test wants. */
async function rawServer(then: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    then(socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

test.each<[string, (socket: Socket) => void]>([
  ["accepts and is silent", () => {}],
  [
    "trickles a greeting",
    (socket) => {
      const timer = setInterval(() => socket.write("a"), 50);
      socket.on("close", () => clearInterval(timer));
    },
  ],
])("gives up a server that %s, however often it may be dialled", async (_what, then) => {
  const port = await rawServer(then);
  const connection = { host: "127.0.0.1", port, password: "x", dialErrorLimit: -1 };
  await expect(dial({ ...connection, perDialTimeout: 0 }, 500)).rejects.toThrow(
    /^after 0 failed attempts: dial tcp 127\.0\.0\.1:\d+: i\/o timeout$/,
  );
});

test.each([
  ["before it greets", (socket: Socket) => void socket.destroy()],
  ["after its greeting", (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
])("a server that hangs up %s is not waited for", async (_, behave) => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    behave(socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = {
    host: "127.0.0.1",
    port,
    password: "x",
    dialErrorLimit: 0,
    perDialTimeout: 0,
  };
  await expect(dial(connection)).rejects.toThrow(/^after 0 failed attempts: .*handshake/);
});
