import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { expect, onTestFinished, test } from "vitest";
import { newIdentity } from "../../../cli/lib/backup/key";
import { simulatedToken } from "../../../sim/proxmox/api-server/server";
import { root } from "../../structure/sources";
import { stackText as houseText, issue, until } from "../../support/cutover/house";
import { changeOfJudges } from "../../support/hostile/change";
import { forgeEnv } from "../../support/hostile/peers";
import {
  type Behaviour,
  type HostileServer,
  hostileServer,
  httpBehaviours,
  sshBehaviours,
} from "../../support/hostile/servers";
import { hurry, patiently } from "../../support/hurried";
import { everyCommand, runInProcess } from "../../support/in-process";

const MB = 1024 * 1024;

hurry(500, MB);

/** How a command is led to a server. */
interface Led {
  args: string[];
  env?: Record<string, string>;
}

/** One way of a command to somebody outside. */
interface Way {
  behaviours: Readonly<Record<string, Behaviour>>;
  /** Whether the server speaks TLS first. @default plain */
  tls?: boolean;
  /** Exit codes with which it may end. */
  codes: readonly number[];
  /** Whether its message names the server, whose port it has. @default true */
  named?: boolean;
  lead(dir: string, server: HostileServer): Led | Promise<Led>;
}

const file = (dir: string, name: string, text: string) => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

const proxmoxEnv = ({ port, fingerprint }: HostileServer) => ({
  PROXMOX_VE_ENDPOINT: `https://127.0.0.1:${port}`,
  PROXMOX_VE_API_TOKEN: simulatedToken,
  PROXMOX_VE_FINGERPRINT: fingerprint,
});

const proxmox = (codes: number[], args: (dir: string) => string[]): Way => ({
  behaviours: httpBehaviours,
  tls: true,
  codes,
  lead: (dir, server) => ({ args: args(dir), env: proxmoxEnv(server) }),
});

/** Of a client that another command has shown with all servers already. */
const few = (way: Way): Way => ({
  ...way,
  behaviours: Object.fromEntries(
    Object.entries(way.behaviours).filter(([name]) =>
      /^(says nothing|hangs up (in the middle|after its greeting)|drips (the body|its greeting)|has (a body|heads) without end|greets without end|nests maps)/.test(
        name,
      ),
    ),
  ),
});

const forge = (args: (dir: string) => string[]): Way => ({
  behaviours: httpBehaviours,
  // A list without an entry of ours is one to which something is added.
  codes: [0, 1],
  named: false,
  lead: (dir, { port }) => ({ args: args(dir), env: forgeEnv(port) }),
});

/** The owner's stack on the loopback network, with one port for SSH everywhere. */
const members = (codes: number[], more: (dir: string) => string[] | Promise<string[]>): Way => ({
  behaviours: sshBehaviours,
  codes,
  named: false,
  lead: async (dir, { port }) => {
    const text = readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8")
      .replaceAll("192.168.1.", "127.0.0.")
      .replace("homelab:cluster:\n", `homelab:cluster:\n    ssh: { port: ${port} }\n`);
    const kept = `  homelab:backups: { directory: "${join(dir, "kept")}" }\n`;
    const path = file(dir, "Pulumi.hostile.yaml", `${text}${kept}`);
    const identity = file(dir, "id", privateKey);
    return { args: ["--file", path, "--identity", identity, ...(await more(dir))] };
  },
});

const keyIn = async (dir: string) => ["--key", file(dir, "key", `${await newIdentity()}\n`)];

/** A cluster of Kubernetes whose API server is the hostile one. */
const apiServer: Way = {
  behaviours: httpBehaviours,
  tls: true,
  codes: [0, 1],
  named: false,
  lead: (dir, { port }) => ({
    args: [
      "--file",
      file(
        dir,
        "Pulumi.house.yaml",
        `config:
  homelab:cluster: { pveVersion: 9, nodes: { pve1: { address: 127.0.0.11 } }, segments: {}, storages: {} }
  homelab:guests: {}
  homelab:kubernetes:
    home: { announcedBy: none, port: ${port}, masters: [{ host: k8s-1, address: 127.0.0.1, node: pve1 }] }
`,
      ),
    ],
  }),
};

/** A move whose addresses answer in a hostile way. */
const moved = (...args: string[]): Way => ({
  behaviours: httpBehaviours,
  codes: [1, 3, 4],
  named: false,
  lead: (dir, { port }) => ({
    args: [
      "--file",
      file(dir, "Pulumi.house.yaml", houseText("127.0.0.1:1", port, issue(dir).ca)),
      ...args,
    ],
  }),
});

/** A key that opens nothing. Of those that the library makes some cannot be read by it. */
const privateKey = (() => {
  for (;;) {
    const { private: made } = utils.generateKeyPairSync("ed25519");
    if (!(utils.parseKey(made) instanceof Error)) return made;
  }
})();

/** Of every command that talks to somebody: whom. */
const ways: Readonly<Record<string, readonly Way[]>> = {
  adopt: [proxmox([4], (dir) => ["--stack", "x", "--dir", dir])],
  audit: [proxmox([4], () => [])],
  backup: [few(members([1], keyIn))],
  comment: [forge((dir) => ["--report", file(dir, "r.md", "<!-- homelab-report:homelab -->\n")])],
  "cutover check": [moved("--phase", "preflight")],
  "cutover start": [few(moved("--yes"))],
  doctor: [few(proxmox([1], () => ["--stack", "homelab"])), few(members([1], () => []))],
  drift: [few(forge((dir) => ["--log", file(dir, "log", "x\n"), "--code", "255"]))],
  drill: [few(members([4], () => ["--pair", "traefik", "--yes"]))],
  gate: [few(forge((dir) => changeOfJudges(dir)))],
  init: [few(proxmox([4], (dir) => ["--live", "--stack", "x", "--dir", dir]))],
  rollback: [few(members([4], () => ["--pair", "traefik"]))],
  status: [
    few(proxmox([1], () => ["--stack", "homelab"])),
    few(members([1], () => [])),
    few(apiServer),
  ],
  switch: [members([4], () => ["--pair", "traefik"])],
};

/** Commands that talk to the engine alone. `engine.test.ts` has those with a deadline; a rehearsal or an update has none. */
const engineOnly = ["destroy", "migrate-ha", "preview", "recover", "report", "sync-state", "up"];

/** Commands that go no further than the files of this machine, or the same way as another one. */
const local = [
  ...[
    "check-plan",
    "clean",
    "completion",
    "cutover plan",
    "cutover status",
    "monitoring",
    "phases",
  ],
  ...["rehearse-restore", "render", "runbook", "simulate", "validate"],
  // Their checks are those of `cutover check`, and the way to a host is that of `rollback`.
  ...["cutover back", "cutover next", "restore"],
];

test("every command is led to hostile servers, or talks to nobody", () => {
  expect([...Object.keys(ways), ...engineOnly, ...local].sort()).toEqual(everyCommand());
});

const rows = Object.entries(ways).flatMap(([command, all]) =>
  all.map(
    (way, index) => [all.length > 1 ? `${command} (${index + 1})` : command, command, way] as const,
  ),
);

test.each(rows)("%s ends well with every hostile server", async (_, command, way) => {
  const dir = mkdtempSync(join(tmpdir(), "homelab-hostile-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  // Plain where TLS is spoken, and TLS where it is not.
  const other = await hostileServer(way.behaviours["says nothing"] ?? (() => {}), !way.tls);
  const all: [string, Behaviour | undefined][] = Object.entries(way.behaviours);
  for (const [index, [name, behaviour]] of [
    ...all,
    ["speaks the other language"] as const,
  ].entries()) {
    const server = behaviour ? await hostileServer(behaviour, way.tls) : other;
    if (!behaviour) server.behave(httpBehaviours["answers {}"] ?? (() => {}));
    const own = join(dir, String(index));
    mkdirSync(own);
    const { args, env = {} } = await way.lead(own, server);
    const before = process.memoryUsage.rss();
    const { code, stdout, stderr } = await runInProcess([...command.split(" "), ...args], env);
    const said = `${stdout}${stderr}`;
    const wrong = [
      ...(way.codes.includes(code ?? -1) ? [] : [`exit code ${code}`]),
      ...(/^\s+at .*:\d+:\d+\)?$/m.test(said) ? ["a stack trace"] : []),
      ...(said.length > 30_000 ? [`${said.length} characters`] : []),
      ...(/SSL routines|openssl/.test(said) ? ["speaks of OpenSSL's files"] : []),
      ...(said.trim() === "" ? ["not a word"] : []),
      ...(way.named === false || said.includes(`:${server.port}`) ? [] : ["does not say where"]),
      ...(server.connections() > 0 ? [] : ["never asked"]),
      ...(process.memoryUsage.rss() - before > 300 * MB ? ["fills the memory"] : []),
    ];
    expect([name, ...wrong, ...(wrong.length > 0 ? [said.slice(-1500)] : [])]).toEqual([name]);
  }
});

test.each([
  ["audit", "says nothing"],
  ["audit", "drips the body"],
  ["adopt", "has a body without end"],
  ["comment", "drips the head"],
  ["gate", "drips the head"],
  ["cutover check", "says nothing"],
  ["status", "says nothing"],
  ["switch", "is silent after its greeting"],
  ["drill", "drips its greeting"],
  ["backup", "greets without end"],
] as const)("Ctrl-C ends %s while the server %s", async (command, name) => {
  const dir = mkdtempSync(join(tmpdir(), "homelab-hostile-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const way = ways[command]?.[0];
  const behaviour = way?.behaviours[name] ?? httpBehaviours[name] ?? sshBehaviours[name];
  if (!way || !behaviour) throw new Error(`there is no server that ${name}`);
  const restore = patiently();
  onTestFinished(restore);
  const server = await hostileServer(behaviour, way.tls);
  const { args, env = {} } = await way.lead(dir, server);
  const ended = await runInProcess([...command.split(" "), ...args], env, (stop) => {
    void until(() => server.connections() > 0, 60_000).then(stop);
  });
  expect([ended.code, ended.stdout, ended.stderr.trimEnd().split("\n").at(-1)]).toEqual([
    130,
    "",
    expect.stringMatching(/^(stopped: nothing was changed|stopped; |begun, )/),
  ]);
});
