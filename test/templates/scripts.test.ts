import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { healthScript } from "../../templates/host/health";
import { answers, takesConnections } from "../../templates/host/health-probe";
import { authorizeKey, replicationKey } from "../../templates/host/install";
import { checkScript } from "../../templates/keepalived/probe";
import { notifyScript } from "../../templates/keepalived/scripts";
import { FORCED_COMMAND_FILE } from "../../templates/replication/forced-command";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "scripts-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Exit code of the check against a port; asynchronous, because the test itself is the daemon. */
async function check(port: number, timeoutSec = 2): Promise<number> {
  const path = join(directory, "check.sh");
  writeFileSync(
    path,
    checkScript({ daemon: "traefik", probe: { kind: "http", port, path: "/ping" }, timeoutSec }),
  );
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
  let connections = 0;
  const server = createRawServer(() => {
    connections += 1;
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect([await check(port, 0.5), connections]).toEqual([1, 1]);
  server.unref();
  server.close();
  expect(await check(1)).toBe(1);
});

const NOTIFY = { host: "traefik-2", interface: "eth0", vips: ["192.168.1.101", "fd00::101"] };

test("events are logged in order, also those that arrive with the end", async () => {
  const [fifo, log, script] = ["fifo", "state.log", "notify.sh"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  spawnSync("mkfifo", [fifo]);
  writeFileSync(
    script,
    notifyScript(NOTIFY, { log, metrics: join(directory, "metrics"), everySec: 1 }),
  );
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
  const metrics = readFileSync(join(directory, "metrics/keepalived_traefik.prom"), "utf8");
  const values = metrics.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(values.slice(0, -1)).toEqual([
    'homelab_keepalived_state{instance="traefik",state="MASTER"} 0',
    'homelab_keepalived_state{instance="traefik",state="BACKUP"} 0',
    'homelab_keepalived_state{instance="traefik",state="FAULT"} 0',
    'homelab_keepalived_state{instance="traefik",state="STOP"} 1',
    'homelab_keepalived_transitions_total{instance="traefik"} 3',
  ]);
  const age = Date.now() / 1000 - Number(values.at(-1)?.split(" ")[1]);
  expect(Math.abs(age)).toBeLessThan(30);
});

/** Runs the script with an `ip` that shows a file and a `systemctl` that notes what it is asked for. */
async function guarded(work: (tools: Guard) => Promise<void>) {
  const path = (name: string) => join(directory, name);
  for (const [name, text] of [
    ["ip", `echo look >>${path("looks")}; cat ${path("shown")}`],
    ["systemctl", `echo "$*" >>${path("asked")}`],
  ] as const) {
    writeFileSync(path(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  for (const name of ["asked", "looks", "log"]) writeFileSync(path(name), "");
  spawnSync("mkfifo", [path("fifo")]);
  const places = { log: path("log"), metrics: path("metrics"), everySec: 0.02 };
  writeFileSync(path("notify.sh"), notifyScript(NOTIFY, places));
  const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
  const show = (...vips: string[]) =>
    writeFileSync(
      path("shown"),
      vips.map((vip) => `2: eth0    inet ${vip}/24 scope global eth0\n`).join(""),
    );
  show();
  const reader = spawn("bash", [path("notify.sh"), path("fifo")], { env });
  const text = (name: string) => readFileSync(path(name), "utf8");
  const looks = async (count: number) => {
    const before = text("looks").length;
    await vi.waitFor(
      () => expect(text("looks").length).toBeGreaterThan(before + 5 * count),
      20_000,
    );
  };
  const say = async (state: string) => {
    const before = text("log").length;
    spawnSync("bash", ["-c", `echo 'INSTANCE "traefik" ${state} 100' >"$0"`, path("fifo")]);
    await vi.waitFor(() => expect(text("log").length).toBeGreaterThan(before), 20_000);
  };
  try {
    await work({ show, say, looks, asked: () => text("asked"), log: () => text("log") });
  } finally {
    reader.kill("SIGTERM");
    await once(reader, "exit");
  }
}

interface Guard {
  show(...vips: string[]): void;
  say(state: string): Promise<void>;
  looks(count: number): Promise<void>;
  asked(): string;
  log(): string;
}

test("a master whose address is gone without a word of keepalived restarts it, once", () =>
  guarded(async ({ show, say, looks, asked, log }) => {
    show("192.168.1.101", "fd00::101");
    await say("MASTER");
    await looks(4);
    expect(asked()).toBe("");
    show("192.168.1.101");
    await vi.waitFor(() => expect(asked()).toBe("--no-block restart keepalived\n"), 20_000);
    expect(log()).toContain("reported that fd00::101 is gone from eth0, keepalived is restarted");
    await looks(5);
    expect(asked()).toBe("--no-block restart keepalived\n");
  }));

test("an address that never came, or went with a change of state, restarts nothing", () =>
  guarded(async ({ show, say, looks, asked }) => {
    show("192.168.1.101");
    await say("MASTER");
    // The other one cannot be had here, e.g. where IPv6 is off.
    await looks(5);
    await say("BACKUP");
    show();
    await say("MASTER");
    await looks(5);
    show("192.168.1.101");
    await looks(3);
    expect(asked()).toBe("");
  }));

test("the number of transitions counts on over restarts of keepalived", async () => {
  const metrics = join(directory, "metrics");
  const [fifo, script] = [join(directory, "fifo"), join(directory, "notify.sh")];
  writeFileSync(
    script,
    notifyScript(NOTIFY, { log: join(directory, "log"), metrics, everySec: 1 }),
  );
  spawnSync("mkfifo", [fifo]);
  for (const count of [1, 2]) {
    const reader = spawn("bash", [script, fifo]);
    spawnSync("bash", ["-c", `echo 'INSTANCE "traefik" BACKUP 100' >"$0"`, fifo]);
    const counted = () => readFileSync(join(metrics, "keepalived_traefik.prom"), "utf8");
    await vi.waitFor(
      () => expect(counted()).toContain(`_total{instance="traefik"} ${count}`),
      5000,
    );
    reader.kill("SIGTERM");
    await once(reader, "exit");
  }
});

function authorize(stdin: string) {
  const env = { ...process.env, HOME: directory };
  return spawnSync("sh", ["-c", authorizeKey("192.168.1.110", FORCED_COMMAND_FILE)], {
    input: stdin,
    env,
  });
}

/** The line that lets a key in, marked with a hash of its address and itself. */
function lineOf(key: string): string {
  const mark = createHash("sha256").update(`192.168.1.110 ${key.trim()}`).digest("hex");
  const command = `${FORCED_COMMAND_FILE} ${mark.slice(0, 16)}`;
  return `restrict,from="192.168.1.110",command="${command}" ${key.trim()} lsyncd\n`;
}

test("the replication key is made once, and its public half is let in once, restricted", () => {
  const make = () => spawnSync("sh", ["-c", replicationKey(join(directory, "key"))]);
  const key = make().stdout.toString();
  expect(key).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68}\n$/);
  expect(make().stdout.toString()).toBe(key);
  expect(authorize(key).status).toBe(0);
  expect(authorize(key).status).toBe(0);
  expect(readFileSync(join(directory, ".ssh/authorized_keys"), "utf8")).toBe(lineOf(key));
});

test("a key that takes the place of another is let in alone, and lines of others stay", () => {
  const [old = "", mine = "", next = ""] = ["a", "b", "c"].map((name) =>
    spawnSync("sh", ["-c", replicationKey(join(directory, name))]).stdout.toString(),
  );
  const file = join(directory, ".ssh/authorized_keys");
  expect(authorize(old).status).toBe(0);
  const others = [
    "# restrict,from= a remark lsyncd",
    `restrict,command="/usr/local/bin/other.sh" ${mine.trim()} lsyncd`,
    `${mine.trim()} me@desk`,
  ];
  const before = `restrict,from="1.2.3.4",command="${FORCED_COMMAND_FILE}" ${mine.trim()} lsyncd`;
  // The last line has no end.
  writeFileSync(file, `${others.join("\n")}\n${readFileSync(file, "utf8")}${before}`);
  expect(authorize(next).status).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(`${others.join("\n")}\n${lineOf(next)}`);
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

/** Runs the health script with a systemd that only writes down what it is asked. */
async function health(url: string, vipPort: number) {
  const stub = (name: string, body: string) =>
    writeFileSync(join(directory, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  stub("systemctl", `echo "$*" >>${join(directory, "asked")}`);
  stub("journalctl", "echo the last words of a unit");
  stub("ip", "true");
  writeFileSync(join(directory, "mark"), "");
  const script = healthScript({
    member: "traefik-2",
    units: ["traefik", "keepalived"],
    restart: { unit: "traefik", mark: join(directory, "mark"), stopSec: 15 },
    handoverSec: 0.1,
    vip: "127.0.0.1",
    questions: [answers(url), takesConnections("127.0.0.1", vipPort)],
    settleSec: 2,
    deadlineSec: 3,
  });
  const env = {
    ...process.env,
    PATH: `${directory}:${process.env.PATH}`,
    HOMELAB_HA_HISTORY: join(directory, "history"),
  };
  const child = spawn("sh", ["-c", script], { env });
  let output = "";
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const [status] = await once(child, "close");
  const asked = readFileSync(join(directory, "asked"), "utf8").split("\n");
  return { status, output, asked: asked.filter((line) => !line.startsWith("is-active") && line) };
}

test("a member is healthy when its daemon and the virtual address answer; a wanted restart happens once", async () => {
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const result = await health(`http://127.0.0.1:${port}/ping`, port);
  const again = existsSync(join(directory, "mark"));
  const healthy = readFileSync(join(directory, "history", ".healthy"), "utf8");
  server.close();
  expect(healthy).toMatch(/^\d{19}\n$/);
  expect({ ...result, again }).toEqual({
    status: 0,
    output: "",
    asked: [
      "daemon-reload",
      "restart traefik",
      "enable --quiet traefik keepalived",
      "start traefik keepalived",
    ],
    again: false,
  });
});

test.each([
  [
    "its daemon is dead",
    "http://127.0.0.1:1/ping",
    1,
    "http://127.0.0.1:1/ping does not answer with 200",
  ],
  [
    "nobody owns the virtual address",
    undefined,
    1,
    "127.0.0.1:1, the virtual address, does not take connections",
  ],
])(
  "a member is not healthy when %s",
  async (_, dead, vipPort, why) => {
    const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { status, output } = await health(dead ?? `http://127.0.0.1:${port}/ping`, vipPort);
    server.close();
    expect(status).toBe(1);
    expect(output).toBe(
      `traefik-2 is not healthy after 3 s: ${why}; the other members are left as they are\n${"the last words of a unit\n".repeat(2)}`,
    );
  },
  20_000,
);
