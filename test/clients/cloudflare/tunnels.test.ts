import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { tunnelConnectors } from "../../../clients/cloudflare/tunnels";
import { budgets } from "../../../clients/deadline";

/** Cloudflare's API with one account, as it answers a reading of tunnels. */
async function api(status: number, body: unknown) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const question = { accountId: "a".repeat(32), name: "house", token: "geheim" };
  return {
    asked,
    connectors: () => tunnelConnectors({ ...question, api: `http://127.0.0.1:${port}` }),
  };
}

const connection = (client_id: string, pending = false) => ({
  client_id,
  colo_name: "fra01",
  is_pending_reconnect: pending,
});

test("connectors are counted, not their connections, and those that reconnect are not there", async () => {
  const connections = [connection("a"), connection("a"), connection("b"), connection("c", true)];
  const { connectors, asked } = await api(200, {
    success: true,
    result: [{ id: "1", name: "house", connections }],
  });
  expect(await connectors()).toBe(2);
  expect(asked).toEqual([
    `/accounts/${"a".repeat(32)}/cfd_tunnel?name=house&is_deleted=false Bearer geheim`,
  ]);
});

test("a tunnel without connections has no connectors", async () => {
  const { connectors } = await api(200, {
    result: [{ id: "1", name: "house", connections: null }],
  });
  expect(await connectors()).toBe(0);
});

test.each([
  [
    "a refused token",
    403,
    {},
    "Cloudflare answers with status 403; it needs Cloudflare Tunnel: Read",
  ],
  ["another tunnel only", 200, { result: [] }, 'the account has no tunnel "house"'],
  ["a page of a proxy", 200, "<html>", "the answer of Cloudflare is not as it documents it"],
] as const)("rejects %s in one line, without the token", async (_name, status, body, message) => {
  const { connectors } = await api(status, body);
  await expect(connectors()).rejects.toThrow(message);
});

test("a server that is silent is given up", async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const question = { accountId: "a".repeat(32), name: "house", token: "geheim" };
  const budget = { ...budgets.question, firstByteMs: 50, totalMs: 50 };
  await expect(
    tunnelConnectors({ ...question, api: `http://127.0.0.1:${port}` }, budget),
  ).rejects.toThrow(/within 0.1 s/);
});
