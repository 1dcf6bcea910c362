import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createPlainServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { haproxyConf } from "../../templates/haproxy/haproxy";
import { haproxy } from "../support/template-data";
import { needTool, runTool, toolEnv } from "../support/tools";

let directory = "";
const open: (() => unknown)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "real-haproxy-"));
});
afterEach(() => {
  for (const close of open.splice(0)) close();
  rmSync(directory, { recursive: true });
});

const at = (name: string) => join(directory, name);

function openssl(...args: string[]) {
  expect(runTool("openssl", args)).toMatchObject({ status: 0 });
}

/** A certificate for the names that every API server has, signed by a CA made for it. */
function certificate(ca: string): { key: Buffer; cert: Buffer } {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const caFiles = ["-keyout", at(`${ca}.key`), "-out", at(`${ca}.crt`)];
  openssl("req", "-x509", ...key, ...caFiles, "-subj", `/CN=${ca}`, "-days", "2");
  const signed = ["-CA", at(`${ca}.crt`), "-CAkey", at(`${ca}.key`), "-days", "2", "-x509"];
  const files = ["-keyout", at(`${ca}-api.key`), "-out", at(`${ca}-api.crt`)];
  const names = ["-subj", "/CN=kube-apiserver", "-addext", "subjectAltName=DNS:kubernetes"];
  openssl("req", ...signed, ...key, ...files, ...names);
  return { key: readFileSync(at(`${ca}-api.key`)), cert: readFileSync(at(`${ca}-api.crt`)) };
}

async function apiServer(tls: { key: Buffer; cert: Buffer }, status: number): Promise<number> {
  const server: Server = createServer(tls, (request, response) => {
    response.writeHead(request.url === "/readyz" ? status : 404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createPlainServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("haproxy keeps only masters that are ready and have the cluster's certificate, and guards its statistics", async () => {
  needTool("haproxy");
  const tls = certificate("cluster-ca");
  const masters = [
    { name: "ready", address: "127.0.0.1", port: await apiServer(tls, 200) },
    { name: "not-ready", address: "127.0.0.1", port: await apiServer(tls, 500) },
    { name: "foreign", address: "127.0.0.1", port: await apiServer(certificate("other-ca"), 200) },
  ];
  const password = `it's $HOME "x" \\ #1 {a}`;
  const port = await freePort();
  const text = haproxyConf({
    port: await freePort(),
    masters,
    caFile: at("cluster-ca.crt"),
    check: haproxy.check,
    pace: haproxy.pace,
    management: { address: "127.0.0.1", port, user: "stats", password },
  })
    .replace("/run/haproxy/admin.sock", at("admin.sock"))
    .replace(/^ {2}(user|group) haproxy\n/gm, "");
  expect(text).not.toContain("/etc/");
  writeFileSync(at("haproxy.cfg"), text);
  const daemon = spawn("haproxy", ["-db", "-f", at("haproxy.cfg")], {
    env: toolEnv,
    stdio: "ignore",
  });
  open.push(() => daemon.kill());

  const url = (path: string) => `http://127.0.0.1:${port}${path}`;
  await vi.waitFor(async () => expect((await fetch(url("/healthz"))).status).toBe(200), 10_000);
  expect((await fetch(url("/stats"))).status).toBe(401);
  expect((await fetch(url("/metrics"))).status).toBe(401);

  const credentials = Buffer.from(`${haproxy.management.user}:${password}`).toString("base64");
  const headers = { authorization: `Basic ${credentials}` };
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(url("/metrics"), { headers })).text();
      const up = [...metrics.matchAll(/haproxy_server_status\{.*server="(.*)",state="UP"\} (\d)/g)];
      expect(up.map(([, name, value]) => [name, value])).toEqual([
        ["ready", "1"],
        ["not-ready", "0"],
        ["foreign", "0"],
      ]);
    },
    { timeout: 15_000, interval: 250 },
  );
}, 60_000);
