import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { createServer as createPlain, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { apiStatus, askApiServer } from "../../../clients/kubernetes/api-status";
import { selfSigned } from "../../../sim/proxmox/api-server/certificate";
import { freePort } from "../../support/sshd";

const { key, cert } = selfSigned(["127.0.0.1"]);
const BUDGET = {
  connectMs: 2000,
  firstByteMs: 2000,
  silenceMs: 2000,
  totalMs: 2000,
  maxBytes: 1000,
};
const HUNG = { ...BUDGET, firstByteMs: 300, totalMs: 300 };

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const secure = (answer: RequestListener) => listening(createServer({ key, cert }, answer));
const ask = (port: number, budget = BUDGET) =>
  apiStatus({ address: "127.0.0.1", port, path: "/readyz" }, budget);

test("the status of an API server, whose certificate nobody here knows", async () => {
  const port = await secure(({ url }, response) => {
    response.statusCode = url === "/readyz" ? 401 : 404;
    response.end("{}");
  });
  expect(await ask(port)).toBe(401);
});

test("the head of an answer is enough", async () => {
  const port = await secure((_request, response) => void response.writeHead(500).write("etcd"));
  expect(await ask(port)).toBe(500);
});

test.each<[string, () => Promise<number>, RegExp]>([
  ["a server that is silent", () => secure(() => {}), /^no (complete )?answer within 0.3 s$/],
  ["a port without a greeting", () => listening(createPlain(() => {})), /within 0.3 s$/],
  ["a port of plain text", () => listening(createPlain((one) => one.end("hi"))), /./],
  ["nobody", () => freePort("127.0.0.1"), /ECONNREFUSED/],
])("%s is no answer", async (_what, start, why) => {
  await expect(ask(await start(), HUNG)).rejects.toThrow(why);
});

test("the certificate of a server is read, and whether it is for the address", async () => {
  const port = await secure((_request, response) => void response.writeHead(401).end());
  const own = await askApiServer({ address: "127.0.0.1", port, path: "/readyz" }, BUDGET);
  expect(own.certificate?.fits).toBe(true);
  expect(own.certificate?.endMs).toBeGreaterThan(Date.now());
  const other = selfSigned(["127.0.0.9"]);
  const elsewhere = await listening(
    createServer(other, (_request, response) => void response.writeHead(200).end()),
  );
  const strange = { address: "127.0.0.1", port: elsewhere, path: "/readyz" };
  expect((await askApiServer(strange, BUDGET)).certificate?.fits).toBe(false);
});
