import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createRawServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkWatcherScript } from "../../templates/traefik/check-watcher";

let directory = "";
let file = "";
let watcher: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "watcher-"));
  file = join(directory, "traefik");
});
afterEach(async () => {
  if (watcher?.exitCode === null && watcher.signalCode === null) {
    const ended = once(watcher, "exit");
    watcher.kill("SIGKILL");
    await ended;
  }
  rmSync(directory, { recursive: true });
});

const script = () => join(directory, "watch.sh");
const verdict = () => readFileSync(file, "utf8");
async function becomes(expected: string): Promise<void> {
  await vi.waitFor(() => expect(verdict()).toBe(expected), { timeout: 10_000, interval: 10 });
}

function write(port: number, rise = 2, [intervalSec, timeoutSec] = [0.2, 0.15]) {
  const times = { intervalSec, timeoutSec, fall: 2, rise };
  const probe = { kind: "http", port, path: "/ping" } as const;
  const watcher = { daemon: "traefik", probe, script: "/usr/local/bin/check_traefik.sh" };
  const text = checkWatcherScript({ ...watcher, ...times }, file);
  writeFileSync(script(), text, { mode: 0o755 });
}

function start(port: number, rise?: number): ChildProcess {
  write(port, rise);
  watcher = spawn(script(), { stdio: ["ignore", "ignore", "pipe"] });
  return watcher;
}

/** A daemon that can be told to answer, to hang with open connections, or to die. */
async function responder(port = 0) {
  const sockets = new Set<Socket>();
  let hung = false;
  let status = 200;
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (!hung) response.writeHead(status).end();
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    hang: (value: boolean) => {
      hung = value;
    },
    answer: (value: number) => {
      status = value;
    },
    die: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

test("the file follows a daemon that starts, dies, returns, hangs, recovers and says 503", async () => {
  const first = await responder();
  start(first.port);
  await becomes("1");
  await first.die();
  await becomes("0");
  const second = await responder(first.port);
  await becomes("1");
  const answered = second.asked();
  second.hang(true);
  await becomes("0");
  // One request without an answer is not enough.
  expect(second.asked() - answered).toBeGreaterThanOrEqual(2);
  second.hang(false);
  await becomes("1");
  second.answer(503);
  await becomes("0");
  await second.die();
}, 60_000);

test("a host without a processor excuses its service, but not for ever", async () => {
  let stops = 0;
  const slow = createServer((_, response) => {
    const pid = watcher?.pid ?? 0;
    if (verdict() === "0") {
      response.writeHead(200).end();
      return;
    }
    stops += 1;
    process.kill(pid, "SIGSTOP");
    setTimeout(() => process.kill(pid, "SIGCONT"), 700);
  });
  slow.listen(0, "127.0.0.1");
  await once(slow, "listening");
  write((slow.address() as AddressInfo).port, 1, [0.4, 0.4]);
  watcher = spawn(script(), { stdio: ["ignore", "ignore", "pipe"] });
  await becomes("1");
  await vi.waitFor(() => expect(stops).toBe(4), { timeout: 20_000 });
  expect(verdict()).toBe("1");
  await vi.waitFor(() => expect(verdict()).toBe("0"), { timeout: 20_000, interval: 1 });
  expect(stops).toBe(7);
  slow.closeAllConnections();
  slow.close();
}, 60_000);

test("a check that ends slowly makes nobody late but itself", async () => {
  const check = join(directory, "check.sh");
  const rounds = join(directory, "rounds");
  const bad = join(directory, "bad");
  writeFileSync(
    check,
    `#!/bin/bash\n[ -e ${bad} ] || exit 0\necho >>${rounds}\nsleep 9 &\ntrap 'kill $!; sleep .3; exit 1' TERM\nwait\n`,
    { mode: 0o755 },
  );
  const times = { intervalSec: 0.4, timeoutSec: 0.3, fall: 2, rise: 1 };
  const probe = { kind: "script" as const, text: "" };
  const text = checkWatcherScript({ daemon: "dns", probe, script: check, ...times }, file);
  writeFileSync(script(), text, { mode: 0o755 });
  watcher = spawn(script(), { stdio: ["ignore", "ignore", "pipe"] });
  await becomes("1");
  writeFileSync(bad, "");
  await vi.waitFor(() => expect(verdict()).toBe("0"), { timeout: 20_000, interval: 1 });
  expect(readFileSync(rounds, "utf8")).toBe("\n\n");
}, 60_000);

test("starts with 0 and needs as many good answers in a row as it is told", async () => {
  const daemon = await responder();
  writeFileSync(file, "1");
  start(daemon.port, 5);
  await becomes("0");
  await becomes("1");
  expect(daemon.asked()).toBe(5);
  await daemon.die();
});

test("writes nothing while nothing changes, and starts no program", async () => {
  const daemon = await responder();
  const { pid } = start(daemon.port);
  await becomes("1");
  rmSync(file);
  const before = daemon.asked();
  await vi.waitFor(() => expect(daemon.asked()).toBeGreaterThan(before + 4), 10_000);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")).toBe("");
  await daemon.die();
});

test("a new text takes over on SIGHUP without a word in the file", async () => {
  const old = await responder();
  const other = await responder();
  const { pid } = start(old.port);
  await becomes("1");
  const seen: string[] = [];
  const looking = setInterval(() => seen.push(verdict()), 5);
  write(other.port, 5);
  watcher?.kill("SIGHUP");
  await vi.waitFor(() => expect(other.asked()).toBeGreaterThan(3), 10_000);
  clearInterval(looking);
  expect(new Set(seen)).toEqual(new Set(["1"]));
  expect(watcher?.pid).toBe(pid);
  await other.die();
  await becomes("0");
  await old.die();
}, 30_000);

test("after a killed watcher systemd's last word is 0", async () => {
  const daemon = await responder();
  const child = start(daemon.port);
  await becomes("1");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(verdict()).toBe("1");
  expect(spawnSync(script(), ["failed"]).status).toBe(0);
  expect(verdict()).toBe("0");
  await daemon.die();
});

test("an answer that trickles in is no answer", async () => {
  const server = createRawServer((socket) => {
    socket.on("error", () => {});
    const drip = setInterval(() => socket.write("H"), 50);
    socket.on("close", () => clearInterval(drip));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  writeFileSync(file, "1");
  const child = start((server.address() as AddressInfo).port);
  await becomes("0");
  child.kill("SIGKILL");
  await once(child, "exit");
  server.close();
});
