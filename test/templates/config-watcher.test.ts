import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configWatcherScript } from "../../templates/traefik/config-watcher";
import { needTool } from "../support/tools";

let directory = "";
const running: ChildProcess[] = [];
const servers: Server[] = [];
beforeEach(() => {
  for (const tool of ["inotifywait", "curl", "openssl"]) needTool(tool);
  directory = mkdtempSync(join(tmpdir(), "config-watcher-"));
  for (const name of ["dynamic", "metrics"]) mkdirSync(join(directory, name));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = once(child, "exit");
    // The whole group: a pause of the script is a program of its own.
    if (child.pid) process.kill(-child.pid, "SIGKILL");
    await ended;
  }
  for (const server of servers.splice(0)) server.close();
  rmSync(directory, { recursive: true });
});

const at = (...names: string[]) => join(directory, ...names);
const read = (...names: string[]) => readFileSync(at(...names), "utf8");
const put = (name: string, text: string) => writeFileSync(at(name), text);
const soon = { timeout: 15_000, interval: 100 };

/** A server of plain text: another member, or the metrics of Traefik. */
async function serving(text: () => string): Promise<number> {
  const server = createServer((_, response) => response.end(text())).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const PEM = [{ certificate: "_.example.org.crt", key: "_.example.org.key" }];

/** Starts a watcher whose Traefik refuses what contains "bad", and whose peer says `peerSum`. */
async function start(peerSum: () => string, certificates = false) {
  const tryScript = at("try.sh");
  const refuse = `#!/bin/sh\n! grep -rh bad ${at("dynamic")} >&2\n`;
  writeFileSync(tryScript, refuse, { mode: 0o755 });
  const text = configWatcherScript(
    {
      host: "traefik",
      directory: at("dynamic"),
      metricsPort: await serving(() => "traefik_config_last_reload_success 1.7e+09\n"),
      driftPort: await serving(() => `${peerSum()}\n`),
      peers: [{ name: "traefik-2", address: "127.0.0.1" }],
      graceSec: 2,
      ...(certificates && {
        certificates: { directory: at("pem"), file: "certificates.yml", pairs: PEM },
      }),
    },
    { log: at("log"), metrics: at("metrics"), sum: at("sum"), tryScript, periodSec: 1 },
  );
  writeFileSync(at("watcher.sh"), text, { mode: 0o755 });
  put("log", "");
  running.push(spawn(at("watcher.sh"), { detached: true, stdio: "ignore" }));
  await vi.waitFor(() => expect(read("metrics/traefik_config.prom")).not.toBe(""), soon);
}

const metric = (name: string) =>
  new RegExp(`^homelab_traefik_config_${name} (.*)$`, "m").exec(
    read("metrics/traefik_config.prom"),
  )?.[1];
const output = () => read("log").replace(/^\S+ /gm, "");

test("a refused change is reported with the words of the trial, and so is its repair", async () => {
  put("dynamic/a.yml", "good");
  await start(() => read("sum").trim());
  expect(metric("valid")).toBe("1");
  expect(metric("reload_timestamp_seconds")).toBe("1700000000");
  put("dynamic/a.yml", "bad route");
  await vi.waitFor(() => expect(metric("valid")).toBe("0"), soon);
  put("dynamic/a.yml", "good again");
  await vi.waitFor(() => expect(metric("valid")).toBe("1"), soon);
  expect(output()).toBe(
    "traefik Traefik refuses the configuration: bad route\ntraefik Traefik accepts the configuration again\n",
  );
  expect(metric('drift{peer="traefik-2"}')).toBe("0");
}, 60_000);

test("a difference that lasts is drift, one that heals is not, and silence is neither", async () => {
  let theirs = () => read("sum").trim();
  await start(() => theirs());
  expect(metric('peer_reachable{peer="traefik-2"}')).toBe("1");
  theirs = () => "another sum";
  await vi.waitFor(() => expect(metric('drift{peer="traefik-2"}')).toBe("1"), soon);
  expect(output()).toMatch(
    /^traefik the configuration differs from the one on traefik-2 since [2-9] s\n$/,
  );
  theirs = () => read("sum").trim();
  await vi.waitFor(() => expect(metric('drift{peer="traefik-2"}')).toBe("0"), soon);
  expect(output()).toContain("the configuration is the same as on traefik-2 again");
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await vi.waitFor(() => expect(metric('peer_reachable{peer="traefik-2"}')).toBe("0"), soon);
  expect(metric('drift{peer="traefik-2"}')).toBe("0");
}, 60_000);

test("half-written files and acme.json do not count, names and contents do", async () => {
  put("dynamic/a.yml", "one");
  await start(() => read("sum").trim());
  const sum = read("sum");
  put("dynamic/.a.yml.x7", "two");
  put("dynamic/acme.json", "{}");
  put("dynamic/b.yml", "one");
  await vi.waitFor(() => expect(read("sum")).not.toBe(sum), soon);
  rmSync(at("dynamic/b.yml"));
  await vi.waitFor(() => expect(read("sum")).toBe(sum), soon);
}, 60_000);

test("serve answers one request with the checksum", async () => {
  await start(() => read("sum").trim());
  const input = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const { stdout } = spawnSync(at("watcher.sh"), ["serve"], { input, encoding: "utf8" });
  const [head, body] = stdout.split("\r\n\r\n");
  expect(head).toBe("HTTP/1.0 200 OK\r\nContent-Type: text/plain");
  expect(body).toMatch(/^[0-9a-f]{64}\n$/);
});

function makePair(name: string): void {
  const subject = ["-subj", "/CN=x", "-days", "2", "-nodes", "-newkey", "ec"];
  const curve = ["-pkeyopt", "ec_paramgen_curve:P-256"];
  const files = ["-keyout", at(`${name}.key`), "-out", at(`${name}.crt`)];
  expect(spawnSync("openssl", ["req", "-x509", ...subject, ...curve, ...files]).status).toBe(0);
}

test("new certificates touch the file that names them once the key belongs to them", async () => {
  makePair("one");
  makePair("two");
  put("dynamic/certificates.yml", "tls");
  await start(() => read("sum").trim(), true);
  const old = new Date("2026-01-01");
  const touched = () => statSync(at("dynamic/certificates.yml")).mtime > old;
  const untouch = () =>
    spawnSync("touch", ["-d", old.toISOString(), at("dynamic/certificates.yml")]);
  untouch();
  writeFileSync(at("pem/_.example.org.key"), read("one.key"), { mode: 0o644 });
  put("pem/_.example.org.crt", read("one.crt"));
  // An issuer's certificate beside them has no key.
  put("pem/_.example.org.issuer.crt", read("two.crt"));
  await vi.waitFor(() => expect(touched()).toBe(true), soon);
  expect(statSync(at("pem/_.example.org.key")).mode & 0o777).toBe(0o600);
  expect(statSync(at("pem")).mode & 0o777).toBe(0o700);
  // Renewed: the certificate arrives first.
  untouch();
  put("pem/_.example.org.crt", read("two.crt"));
  await vi.waitFor(() => expect(output()).toContain("do not belong together"), soon);
  expect(touched()).toBe(false);
  put("pem/_.example.org.key", read("two.key"));
  await vi.waitFor(() => expect(touched()).toBe(true), soon);
}, 60_000);
