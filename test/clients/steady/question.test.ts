import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Answer, askOnce, type Question } from "../../../clients/steady/question";
import { startSteadyClient } from "../../../clients/steady/steady-client";
import { ELSEWHERE, LOCAL, resolver } from "../../support/dns/resolvers";
import { freePort } from "../../support/sshd";

const ask = async (port: number, question: Question, timeoutMs = 5000) =>
  (await askOnce({ address: "127.0.0.1", port, timeoutMs }, question)).outcome;

const lookUp = (change: object = {}): Question => ({
  kind: "dns",
  name: LOCAL.name,
  type: "A",
  ...change,
});

test.each([
  ["dnsmasq", "EREFUSED", "EREFUSED"],
  ["unbound", "ENODATA", "ESERVFAIL"],
] as const)("a look-up of a real %s", async (program, other, elsewhere) => {
  const port = await freePort("127.0.0.1");
  const daemon = await resolver(program, port);
  expect(await ask(port, lookUp())).toBe("ok");
  expect(await ask(port, lookUp({ expected: LOCAL.address }))).toBe("ok");
  expect(await ask(port, lookUp({ expected: "192.168.1.2" }))).toBe(`answered ${LOCAL.address}`);
  expect(await ask(port, lookUp({ type: "TXT" }))).toBe(other);
  // unbound tries the server that is not there for a while, before it says so.
  expect([elsewhere, "timeout"]).toContain(await ask(port, lookUp({ name: ELSEWHERE }), 500));
  expect(await ask(await freePort("127.0.0.1"), lookUp(), 1000)).toBe("ECONNREFUSED");
  daemon.kill("SIGSTOP");
  expect(await ask(port, lookUp(), 300)).toBe("timeout");
  daemon.kill("SIGCONT");
  expect(await ask(port, lookUp())).toBe("ok");
});

/** A server on a port of 127.0.0.1 that answers what it hears, or ends the connection. */
async function answering(bytes: string | undefined, end = false): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      if (bytes !== undefined) socket.write(bytes, "latin1");
      if (end) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const page: Question = { kind: "http", host: "a.lan", path: "/", tls: false };

test.each<[string, string | undefined, Question, Answer["outcome"]]>([
  ["a broker that welcomes", "\x20\x02\x00\x00", { kind: "mqtt" }, "ok"],
  ["a broker that refuses strangers", "\x20\x02\x00\x05", { kind: "mqtt" }, "ok"],
  ["a broker that cannot serve", "\x20\x02\x00\x03", { kind: "mqtt" }, "refused with 3"],
  ["a broker that is a web server", "HTTP/1.1 400 Bad", { kind: "mqtt" }, "no MQTT"],
  ["a broker that says nothing", undefined, { kind: "mqtt" }, "timeout"],
  ["a port that says nothing", undefined, { kind: "tcp" }, "ok"],
  ["a page of any status", "HTTP/1.1 404 Not Found\r\n\r\n", page, "ok"],
  [
    "a page that has to be 200",
    "HTTP/1.1 502 Bad\r\n\r\n",
    { ...page, only200: true },
    "status 502",
  ],
  ["a page that breaks off", "HTT", page, "cut off"],
])("%s", async (_what, bytes, question, outcome) => {
  const end = question.kind === "http";
  expect(await ask(await answering(bytes, end), question, 500)).toBe(outcome);
});

test.each<Question>([{ kind: "tcp" }, { kind: "mqtt" }, page])(
  "$kind where nobody is",
  async (question) => {
    expect(await ask(await freePort("127.0.0.1"), question)).toBe("ECONNREFUSED");
  },
);

test("a steady client asks again and again, and waits for what it began", async () => {
  const port = await answering("\x20\x02\x00\x00");
  const client = startSteadyClient({
    address: "127.0.0.1",
    port,
    everyMs: 5,
    timeoutMs: 2000,
    question: { kind: "mqtt" },
  });
  while (client.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const all = await client.stop();
  expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(["ok"]));
  expect(all.every(({ startMs, endMs }) => endMs >= startMs)).toBe(true);
});

test("a client that stood still hears what was answered meanwhile", async () => {
  const port = await answering("HTTP/1.1 200 OK\r\n\r\n", true);
  const asked = ask(port, page, 200);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  expect(await asked).toBe("ok");
});
