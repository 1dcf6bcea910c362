import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { checkScript, type Probe } from "../../templates/keepalived/probe";
import { ELSEWHERE, LOCAL, resolver } from "../support/dns/resolvers";
import { freePort } from "../support/sshd";
import { runTool } from "../support/tools";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "probe-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Exit code of a check, run as keepalived does. */
function passes(probe: Probe, timeoutSec = 5, args: string[] = []): Promise<boolean> {
  const path = join(directory, "check.sh");
  writeFileSync(path, checkScript({ daemon: "dns", probe, timeoutSec }), { mode: 0o755 });
  return new Promise((resolve) => {
    execFile(path, args, (error) => resolve(error === null));
  });
}

const lookUp = (port: number, change: object = {}): Probe => ({
  kind: "dns",
  port,
  name: LOCAL.name,
  type: "A",
  ...change,
});

test.each(["dnsmasq", "unbound"] as const)("a look-up that a real %s answers", async (program) => {
  const port = await freePort("127.0.0.1");
  const daemon = await resolver(program, port);
  expect(await passes(lookUp(port))).toBe(true);
  expect(await passes(lookUp(port, { expected: LOCAL.address }))).toBe(true);
  expect(await passes(lookUp(port), 5, ["127.0.0.1"])).toBe(true);
  // Another answer than the right one, another type, and an address where nobody is.
  expect(await passes(lookUp(port, { expected: "192.168.1.2" }))).toBe(false);
  expect(await passes(lookUp(port, { type: "TXT" }))).toBe(false);
  expect(await passes(lookUp(port), 1, ["127.0.0.9"])).toBe(false);
  // SERVFAIL of unbound, REFUSED of dnsmasq: dig itself ends well with both.
  expect(await passes(lookUp(port, { name: ELSEWHERE }))).toBe(false);
  daemon.kill("SIGSTOP");
  expect(await passes(lookUp(port), 0.5)).toBe(false);
  daemon.kill("SIGCONT");
  expect(await passes(lookUp(port))).toBe(true);
});

test("a resolver that answers over UDP only is no resolver", async () => {
  const port = await freePort("127.0.0.1");
  await resolver("dnsmasq", port);
  // The firewall of a host that forgot TCP: a server that takes connections and says nothing.
  const silent = `#!/bin/bash\nexec /usr/bin/dig "$@"\n`;
  writeFileSync(
    join(directory, "dig"),
    silent.replace("exec", '[[ "$*" == *" +tcp "* ]] && exit 9\nexec'),
    { mode: 0o755 },
  );
  const path = join(directory, "check.sh");
  writeFileSync(path, checkScript({ daemon: "dns", probe: lookUp(port), timeoutSec: 5 }), {
    mode: 0o755,
  });
  expect(runTool("env", [`PATH=${directory}:${process.env.PATH}`, path]).status).toBe(1);
});

/** A server on a port of 127.0.0.1 that answers what it is asked with some bytes. */
async function answering(bytes: number[] | string | undefined): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      if (bytes !== undefined) socket.write(typeof bytes === "string" ? bytes : Buffer.from(bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

test.each<[string, number[] | undefined, boolean]>([
  ["welcomes", [0x20, 2, 0, 0], true],
  ["refuses strangers", [0x20, 2, 0, 5], true],
  ["cannot serve", [0x20, 2, 0, 3], false],
  ["speaks something else", [0x48, 0x54, 0x54, 0x50], false],
  ["says nothing", undefined, false],
])("a broker that %s", async (_what, bytes, good) => {
  expect(await passes({ kind: "mqtt", port: await answering(bytes) }, 1)).toBe(good);
});

test("a connection that is taken, and one that is not", async () => {
  expect(await passes({ kind: "tcp", port: await answering(undefined) })).toBe(true);
  expect(await passes({ kind: "tcp", port: await freePort("127.0.0.1") }, 1)).toBe(false);
});

test("a status of HTTP that is expected", async () => {
  const port = await answering("HTTP/1.1 401 Unauthorized\r\n\r\n");
  expect(await passes({ kind: "http", port, path: "/", status: 401 })).toBe(true);
  expect(await passes({ kind: "http", port, path: "/" })).toBe(false);
});

test.each([
  ["name", "a.lan; reboot"],
  ["name", "$(reboot)"],
  ["expected", "1.2.3.4' }"],
])("rejects a hostile %s: %s", (key, value) => {
  const probe = { ...lookUp(53), [key]: value } as Probe;
  expect(() => checkScript({ daemon: "dns", probe, timeoutSec: 2 })).toThrow(/expected one word/);
});
