import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { authorizeKey, replicationKey } from "../../templates/install";
import { checkScript, notifyScript } from "../../templates/scripts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "scripts-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Exit code of the check against a port; asynchronous, because the test itself is the daemon. */
async function check(port: number, timeoutSec = 2): Promise<number> {
  const path = join(directory, "check.sh");
  writeFileSync(path, checkScript({ daemon: "traefik", port, path: "/ping", timeoutSec }));
  const [code] = await once(spawn("bash", [path]), "exit");
  return code;
}

test.each([
  [200, 0],
  [503, 1],
  [404, 1],
])("an answer of %i makes the check exit %i", async (status, expected) => {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const code = await check((server.address() as AddressInfo).port);
  server.close();
  expect({ code, paths }).toEqual({ code: expected, paths: ["/ping"] });
});

test("a dead daemon fails the check at once, a hanging one after its timeout", async () => {
  const server = createRawServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const start = Date.now();
  expect(await check(port, 0.5)).toBe(1);
  expect(Date.now() - start).toBeGreaterThanOrEqual(450);
  server.unref();
  server.close();
  expect(await check(1)).toBe(1);
});

test("events are logged in order, also those that arrive with the end", async () => {
  const [fifo, log, script] = ["fifo", "state.log", "notify.sh"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  spawnSync("mkfifo", [fifo]);
  writeFileSync(script, notifyScript("traefik-2", log));
  const reader = spawn("bash", [script, "ignored", fifo]);
  const send = (line: string) => spawnSync("bash", ["-c", `echo '${line}' >"$0"`, fifo]);
  send('INSTANCE "traefik" BACKUP 100');
  send('GROUP "all" BACKUP 100');
  send('INSTANCE "traefik" MASTER 100');
  await vi.waitFor(() => expect(readFileSync(log, "utf8")).toContain("MASTER"), 5000);
  send('INSTANCE "traefik" MASTER_RX_LOWER_PRI 100');
  send('INSTANCE "traefik" STOP 100');
  reader.kill("SIGTERM");
  await once(reader, "exit");
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d{4} /, ""))).toEqual([
    "traefik-2 transitioned to BACKUP (traefik, priority 100)",
    "traefik-2 transitioned to MASTER (traefik, priority 100)",
    "traefik-2 reported MASTER_RX_LOWER_PRI (traefik, priority 100)",
    "traefik-2 transitioned to STOP (traefik, priority 100)",
  ]);
});

function authorize(stdin: string) {
  const env = { ...process.env, HOME: directory };
  return spawnSync("sh", ["-c", authorizeKey("192.168.1.110")], { input: stdin, env });
}

test("the replication key is made once, and its public half is let in once, restricted", () => {
  const make = () => spawnSync("sh", ["-c", replicationKey(join(directory, "key"))]);
  const key = make().stdout.toString();
  expect(key).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68}\n$/);
  expect(make().stdout.toString()).toBe(key);
  expect(authorize(key).status).toBe(0);
  expect(authorize(key).status).toBe(0);
  expect(readFileSync(join(directory, ".ssh/authorized_keys"), "utf8")).toBe(
    `restrict,from="192.168.1.110" ${key.trim()} lsyncd\n`,
  );
});

test("rejects a private key, several keys and a key of another kind", () => {
  const make = spawnSync("sh", ["-c", replicationKey(join(directory, "key"))]);
  const key = make.stdout.toString();
  const secret = readFileSync(join(directory, "key"), "utf8");
  for (const stdin of [secret, key + key, "ssh-rsa AAAAB3NzaC1yc2E", "", `command="x" ${key}`]) {
    const { status, stderr } = authorize(stdin);
    expect({ status, stderr: stderr.toString() }).toEqual({
      status: 1,
      stderr:
        "expected one public ssh-ed25519 key on standard input; refuse to authorise anything else\n",
    });
  }
});
