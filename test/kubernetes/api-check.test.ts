import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, createServer as createPlainServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ApiServer, startApiServer } from "../../lab/kube/api-server";
import { ensureControlPlane } from "../../lab/kube/binaries";
import { issueClient } from "../../lab/kube/certificates";
import { sleep } from "../../lab/machine/shell";
import { API_CHECKS } from "../../model/haproxy/check";
import { type ApiCheck, apiCheckOf } from "../../model/kubernetes/distribution";
import { haproxyConf } from "../../templates/haproxy/haproxy";
import { needTool, toolEnv } from "../support/tools";

// The real HAProxy and the real kube-apiserver, started as k3s, RKE2 and Talos start it.

let server: ApiServer;
let folder = "";
const children: ChildProcess[] = [];
const listeners: Server[] = [];
const clientFile = () => join(folder, "client.pem");
const endedFile = () => join(folder, "ended.pem");

beforeAll(async () => {
  needTool("haproxy");
  folder = mkdtempSync(join(tmpdir(), "api-check-"));
  server = await startApiServer(await ensureControlPlane(() => {}), ["--anonymous-auth=false"]);
  for (const [name, file, ended] of [
    ["haproxy", clientFile(), false],
    ["haproxy-ended", endedFile(), true],
  ] as const) {
    issueClient(server.pki, name, { ended });
    const read = (kind: string) => readFileSync(join(server.pki, `${name}.${kind}`), "utf8");
    writeFileSync(file, `${read("crt")}${read("key")}`);
  }
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const listener of listeners) listener.close();
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function listening(listener: Server): Promise<number> {
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  listeners.push(listener);
  return (listener.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const listener = createPlainServer();
  const port = await listening(listener);
  listeners.pop();
  listener.close();
  await once(listener, "close");
  return port;
}

/** Something else with the cluster's certificate that answers everything with one status. */
const answering = (status: number) =>
  listening(
    createServer(
      {
        key: readFileSync(join(server.pki, "server.key")),
        cert: readFileSync(join(server.pki, "server.crt")),
      },
      (_request, response) => response.writeHead(status).end(),
    ),
  );

/** Starts HAProxy with one check; hands back its metrics. */
async function measured(
  name: string,
  check: ApiCheck,
  ports: Record<string, number>,
  pace = API_CHECKS.fast,
) {
  const stats = await freePort();
  const text = haproxyConf({
    port: await freePort(),
    masters: Object.entries(ports).map(([master, port]) => ({
      name: master,
      address: "127.0.0.1",
      port,
    })),
    caFile: join(server.pki, "ca.crt"),
    check,
    pace,
    management: { address: "127.0.0.1", port: stats, user: "stats", password: "k3s-lab-pass" },
  })
    .replace("/run/haproxy/admin.sock", join(folder, `${name}.sock`))
    .replace(/^ {2}(user|group) haproxy\n/gm, "");
  const path = join(folder, `${name}.cfg`);
  writeFileSync(path, text);
  children.push(spawn("haproxy", ["-db", "-f", path], { env: toolEnv, stdio: "ignore" }));
  const authorization = `Basic ${Buffer.from("stats:k3s-lab-pass").toString("base64")}`;
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${stats}/metrics`, { headers: { authorization } });
    return answer.text();
  };
}

/** The same; hands back which masters it takes for alive. */
async function balancing(name: string, check: ApiCheck, ports: Record<string, number>) {
  const metrics = await measured(name, check, ports);
  return async () => {
    const states = (await metrics()).matchAll(
      /haproxy_server_status\{proxy="kubernetes-masters",server="(.*)",state="UP"\} 1/g,
    );
    return [...states].map(([, master]) => master);
  };
}

const soon = { timeout: 30_000, interval: 200 };
const becomes = (alive: () => Promise<unknown>, expected: readonly string[]) =>
  vi.waitFor(async () => expect(await alive()).toEqual(expected), soon);

test("the check of k3s keeps an API server that answers 401, and nothing else that answers", async () => {
  expect((await server.ask("GET", "/readyz")).status).toBe(200);
  const silent = createPlainServer((socket) => socket.on("error", () => {}));
  const ports = {
    "api-server": server.port,
    "plain-tcp": await listening(silent),
    forbidden: await answering(403),
    unavailable: await answering(503),
    closed: await freePort(),
  };
  const k3s = await balancing("k3s", apiCheckOf({ distribution: "k3s" }), ports);
  // A server counts as alive until its second failed check.
  await becomes(k3s, ["api-server"]);
  // What every guide for kubeadm says, and what happens with it.
  const only200 = await balancing("only-200", apiCheckOf({}), ports);
  await becomes(only200, []);
  expect(await k3s()).toEqual(["api-server"]);
});

test("a client certificate sees whether the server is ready, and its end takes nobody down", async () => {
  const apiCheck = { clientCertificateFile: clientFile() };
  // A server counts as alive until its second failed check: the closed port says when that was.
  const ports = { "api-server": server.port, closed: await freePort() };
  const strict = { ...apiCheckOf({ distribution: "rke2", apiCheck }), statuses: [200] };
  await becomes(await balancing("client", strict, ports), ["api-server"]);
  // With the certificate the path is looked at: this one is none.
  const missing = { ...apiCheckOf({ distribution: "rke2", apiCheck }), path: "/readyz/none" };
  await becomes(await balancing("missing", missing, ports), []);
  const ended = { clientCertificateFile: endedFile() };
  const lasting = apiCheckOf({ distribution: "rke2", apiCheck: ended });
  await becomes(await balancing("ended-200", { ...lasting, statuses: [200] }, ports), []);
  await becomes(await balancing("ended", lasting, ports), ["api-server"]);
});

test.each([
  ["three short checks keep the server", API_CHECKS.fast, false],
  ["one would not", { ...API_CHECKS.fast, fall: 1 }, true],
] as const)("while etcd has no leader, %s", async (_name, pace, goesDown) => {
  // Each check that asks etcd takes a turn of those that kube-apiserver allows in a second.
  for (const child of children.splice(0)) child.kill("SIGKILL");
  const apiCheck = { clientCertificateFile: clientFile() };
  const check = { ...apiCheckOf({ distribution: "rke2", apiCheck }), statuses: [200] };
  const metrics = await measured(`etcd-${pace.fall}`, check, { "api-server": server.port }, pace);
  const count = async (what: string) => {
    const found = new RegExp(`haproxy_server_${what}\\{.*server="api-server".*\\} (\\d+)`).exec(
      await metrics(),
    );
    return Number(found?.[1]);
  };
  // Whether one or two checks in a row meet etcd depends on when it stops.
  for (let round = 0; round < 2; round += 1) {
    await sleep(1.2);
    server.signal("SIGSTOP", "etcd");
    // Within the time that an election takes, and less than kube-apiserver waits for etcd.
    await sleep(1.5);
    server.signal("SIGCONT", "etcd");
  }
  expect(await count("check_failures_total")).toBeGreaterThan(0);
  expect((await count("check_up_down_total")) > 0).toBe(goesDown);
});

test("an API server that hangs, comes back and dies is out, in and out again", async () => {
  const check = apiCheckOf({ distribution: "talos" });
  const alive = await balancing("dying", check, { "api-server": server.port });
  await vi.waitFor(async () => expect(await alive()).toEqual(["api-server"]), soon);
  server.signal("SIGSTOP");
  await becomes(alive, []);
  server.signal("SIGCONT");
  await becomes(alive, ["api-server"]);
  server.signal("SIGKILL");
  await becomes(alive, []);
});
