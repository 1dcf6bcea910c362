import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { journalFile, writeJournal } from "../../../../cli/commands/cutover/journal";
import { homelabCommand } from "../../../../cli/homelab";
import { emptyJournal, entered } from "../../../../model/cutover/journal";
import { asRootTest, backedUpPair } from "../../../support/backed-up-pair";
import { root, scratch, startHomelab } from "../../../support/clusters/homelab";
import { issue, stackText, until } from "../../../support/cutover/house";
import {
  type Peer,
  silentDns,
  silentEngine,
  silentForge,
  silentPort,
  silentProxmox,
} from "../../../support/hung/peers";
import { rehearsedPair } from "../../../support/rehearsed-pair";

/** How a command is made to wait for somebody who says nothing. */
interface Waiting {
  args: string[];
  peer: Peer;
  /** Its account. @default nothing was changed */
  says?: string[];
}

/** `dir` is gone after the test. */
type Row = (dir: string) => Promise<Waiting> | Waiting;

const withEngine =
  (...args: string[]): Row =>
  (dir) => ({ args, peer: silentEngine(dir) });

const rehearsed =
  (...args: string[]): Row =>
  (dir) => ({ args: [...args, "--state-dir", join(dir, "state")], peer: silentEngine(dir) });

/** The commands of a pair on a member that lets SSH in and hangs. */
const onMember = async (
  pair?: Pick<Awaited<ReturnType<typeof rehearsedPair>>, "second" | "flags">,
): Promise<Waiting> => {
  const { second, flags } = pair ?? (await rehearsedPair());
  const pid = join(second.dir, "hung");
  const hang = `#!/bin/sh\necho >"${pid}"\nexec /bin/sleep 600\n`;
  for (const program of ["ip", "find"]) {
    writeFileSync(join(second.dir, "bin", program), hang, { mode: 0o755 });
  }
  const peer = {
    env: {},
    hung: () => until(() => existsSync(pid), 120_000),
    // What runs on a host is the host's own.
    alive: () => false,
    stop: () => {},
  };
  return { args: flags, peer };
};

/** One row for each command that talks to something outside; several where it talks to several. */
const waiting: readonly (readonly [command: string, row: Row])[] = [
  ["preview", rehearsed()],
  ["report", rehearsed()],
  ["up", rehearsed("--simulated")],
  [
    "destroy",
    async (dir) => ({
      ...(await rehearsed("--simulated")(dir)),
      says: [
        "stopped; begun, and not known how far it came: destroy of homelab on the simulated platforms (the next one goes on from there)",
      ],
    }),
  ],
  ["recover", withEngine()],
  ["sync-state", withEngine()],
  ["migrate-ha", withEngine()],
  ["audit", async () => ({ args: [], peer: await silentPort() })],
  ["audit", async () => ({ args: [], peer: await silentProxmox() })],
  ["adopt", async (dir) => ({ args: ["--stack", "x", "--dir", dir], peer: await silentProxmox() })],
  [
    "init",
    async (dir) => ({
      args: ["--live", "--stack", "x", "--dir", dir],
      peer: await silentProxmox(),
    }),
  ],
  ["status", async (dir) => apiOn(dir)],
  ["doctor", async () => ({ args: [], peer: await silentProxmox() })],
  [
    "gate",
    async (dir) => ({
      args: judgingChange(dir),
      peer: await silentForge(),
      says: [
        "the forge PEER cannot be reached: stopped before it answered",
        "stopped: nothing was changed",
      ],
    }),
  ],
  [
    "comment",
    async (dir) => {
      const report = join(dir, "report.md");
      writeFileSync(report, "<!-- homelab-report:homelab -->\n");
      return {
        args: ["--report", report],
        peer: await silentForge(),
        says: [
          "the forge PEER cannot be reached: stopped before it answered",
          "stopped; begun, and not known how far it came: the comment",
        ],
      };
    },
  ],
  [
    "drift",
    async () => ({
      args: ["--log", "README.md", "--code", "0"],
      peer: await silentForge('[{"id":1,"ti'),
      says: [
        "the forge PEER cannot be reached: stopped before it answered",
        "stopped; begun, and not known how far it came: the issue about drift",
      ],
    }),
  ],
  ["cutover check", async (dir) => cutoverOn(dir, ["--phase", "preflight"])],
  ["cutover start", async (dir) => cutoverOn(dir, [])],
  ["cutover next", async (dir) => cutoverOn(dir, [], ["preflight", "service"])],
  ["cutover back", async (dir) => cutoverOn(dir, [], ["preflight", "service", "dns-ttl"])],
];

/** Commands that read and write files of this machine, and wait for nobody. */
const local = [
  "check-plan",
  "clean",
  "completion",
  "cutover plan",
  "cutover status",
  "monitoring",
  "phases",
  "rehearse-restore",
  "render",
  "runbook",
  "simulate",
  "validate",
];

/** A cutover whose DNS server, or whose addresses, accept everything and answer nothing. */
async function cutoverOn(dir: string, args: string[], done: readonly string[] = []) {
  const file = join(dir, "Pulumi.house.yaml");
  const dns = done.length > 0 ? await silentDns() : undefined;
  const peer = dns ?? (await silentPort(() => ({})));
  const port = "port" in peer ? peer.port : 1;
  writeFileSync(file, stackText(dns?.at ?? "127.0.0.1:1", port, issue(dir).ca));
  if (done.length > 0) {
    mkdirSync(join(dir, ".homelab"));
    let journal = emptyJournal("move");
    for (const id of done) journal = entered(journal, id, "done", new Date(0));
    writeJournal(journalFile(file, "house", "move"), journal);
  }
  return { args: ["--file", file, ...args], peer };
}

/** A cluster whose API server takes connections and says nothing. */
async function apiOn(dir: string) {
  const file = join(dir, "Pulumi.house.yaml");
  const peer = await silentPort(() => ({}));
  const master = "{ host: k8s-1, address: 127.0.0.1, node: pve1 }";
  writeFileSync(
    file,
    `config:
  homelab:cluster: { pveVersion: 9, nodes: { pve1: { address: 127.0.0.11 } }, segments: {}, storages: {} }
  homelab:guests: {}
  homelab:kubernetes:
    home: { announcedBy: none, port: ${peer.port}, masters: [${master}] }
`,
  );
  return { args: ["--file", file], peer };
}

function leaves(command: Command, before = ""): string[] {
  return command.commands.flatMap((one) => {
    const name = `${before}${one.name()}`;
    return one.commands.length > 0 ? leaves(one, `${name} `) : [name];
  });
}

test("every command is tried here, or waits for nobody", () => {
  const tried = [
    ...new Set(waiting.map(([command]) => command)),
    "backup",
    "restore",
    "drill",
    "rollback",
    "switch",
    ...local,
  ];
  expect(tried.sort()).toEqual(leaves(homelabCommand()).sort());
});

/** A forge is asked only about a change to what judges it. */
function judgingChange(dir: string): string[] {
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-C", dir, "-c", "user.name=test", "-c", "user.email=test@example.org", ...args],
      { stdio: "ignore" },
    );
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--message", "before");
  writeFileSync(join(dir, "CODEOWNERS"), "* @ann\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "after");
  git("branch", "before", "HEAD~1");
  return ["--base", "before", "--head", "HEAD", "--change", dir];
}

/** Shorter than every deadline of a forge, of Proxmox and of a state backend. */
const PROMPT_MS = 30_000;

async function stopped(
  command: string,
  signal: NodeJS.Signals,
  { args, peer, says = ["stopped: nothing was changed"] }: Waiting,
) {
  const { child, texts, ended } = startHomelab([...command.split(" "), ...args], root, peer.env);
  await Promise.race([peer.hung(), ended]);
  child.kill(signal);
  await until(() => child.exitCode !== null, PROMPT_MS);
  const { code, stdout } = await ended;
  expect([code, stdout, ...linesAfterSignal(texts.stderr)]).toEqual([130, "", "stopping", ...says]);
  await until(() => !peer.alive(), PROMPT_MS);
}

function linesAfterSignal(stderr: string): string[] {
  const lines = stderr
    .replaceAll(/127\.0\.0\.1:\d+/g, "PEER")
    .trimEnd()
    .split("\n");
  return lines.slice(lines.findIndex((line) => line.startsWith("stopping")));
}

const rows = waiting.map(([command, row], index) => ({
  command,
  row,
  signal: index % 3 === 2 ? ("SIGTERM" as const) : ("SIGINT" as const),
}));

test.concurrent.for(rows)(
  "$signal ends $command while somebody is silent, and it says what it did",
  async ({ command, row, signal }, { onTestFinished }) => {
    const { dir, remove } = scratch();
    onTestFinished(remove);
    const tried = await row(dir);
    onTestFinished(tried.peer.stop);
    await stopped(command, signal, tried);
  },
);

test.each([
  ["rollback", "SIGINT"],
  ["switch", "SIGTERM"],
  ["status", "SIGINT"],
  ["drill", "SIGTERM"],
] as const)(
  "%s on a member that lets SSH in and is silent ends with %s",
  async (command, signal) => {
    const { args, peer } = await onMember();
    // It asks every pair.
    const named = command === "status" ? args.toSpliced(args.indexOf("--pair"), 2) : args;
    await stopped(command, signal, { args: named, peer });
  },
);

asRootTest.each([
  ["backup", "SIGTERM"],
  ["restore", "SIGINT"],
] as const)(
  "%s of a member that lets SSH in and is silent ends with %s",
  async (command, signal) => {
    const pair = await backedUpPair();
    if (command === "restore") await pair.backup({ member: "traefik-2" });
    const { args, peer } = await onMember(pair);
    const named = args.toSpliced(args.indexOf("--pair"), 2);
    await stopped(command, signal, {
      args: [...named, "--key", pair.key, "--member", "traefik-2"],
      peer,
    });
  },
);

/** A project of its own with a cutover whose stack phase was begun, and an engine of its own. */
function projectWithCutover(dir: string, answers: Record<string, string>) {
  const project = join(dir, "project");
  mkdirSync(join(project, ".homelab"), { recursive: true });
  for (const name of ["cli", "clients", "config", "model", "policy", "sim", "start", "templates"]) {
    cpSync(join(root, name), join(project, name), { recursive: true });
  }
  for (const name of ["package.json", "tsconfig.json", "Pulumi.yaml"]) {
    cpSync(join(root, name), join(project, name));
  }
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  const file = join(project, "Pulumi.house.yaml");
  writeFileSync(file, stackText("127.0.0.1:1", 1, issue(dir).ca));
  let journal = entered(emptyJournal("move"), "preflight", "done", new Date(0));
  journal = entered(journal, "service", "doing", new Date(0));
  writeJournal(journalFile(file, "house", "move"), journal);
  return { project, peer: silentEngine(dir, answers) };
}

/** What the engine is asked before it changes anything. */
const untilUp = {
  whoami: `console.log(JSON.stringify({ user: "x", url: "file:///nowhere" }))`,
  "stack select": "",
  "stack export": `fs.writeFileSync(process.argv[process.argv.indexOf("--file") + 1], JSON.stringify({ version: 3, deployment: {} }))`,
  "stack history": `console.log("[]")`,
  preview: "",
};

const update = "the update of stack house (`npx homelab recover` puts its state in order)";
const phase = 'phase "service" in Pulumi.house.yaml';

const updates = [
  {
    name: "before pulumi changes anything ends at once",
    answers: { ...untilUp, preview: undefined },
    signals: 1,
    says: ["stopping", `stopped; done: ${phase}`, `not done: ${update}`],
  },
  {
    name: "in a real update waits for pulumi, which ends by itself",
    answers: untilUp,
    ends: true,
    signals: 1,
    says: [
      "stopping: pulumi ends what it has begun on the real platforms; a second Ctrl-C does not wait for it",
      "^C received; cancelling.",
      "pulumi up: update canceled",
      `stopped; done: ${phase}`,
      `begun, and not known how far it came: ${update}`,
    ],
  },
  {
    name: "a second time does not wait for it",
    answers: untilUp,
    signals: 2,
    says: [
      "stopping: pulumi ends what it has begun on the real platforms; a second Ctrl-C does not wait for it",
      "^C received; cancelling.",
      `stopped; done: ${phase}`,
      `begun, and not known how far it came: ${update}`,
    ],
  },
];

test.concurrent.for(updates)(
  "Ctrl-C $name",
  async ({ answers, ends, signals, says }, { onTestFinished }) => {
    const { dir, remove } = scratch();
    onTestFinished(remove);
    if (ends) writeFileSync(join(dir, "ends"), "");
    const known = Object.entries(answers).filter(([, script]) => script !== undefined);
    const { project, peer } = projectWithCutover(dir, Object.fromEntries(known) as typeof untilUp);
    onTestFinished(peer.stop);
    const args = ["cutover", "next", "--stack", "house", "--yes"];
    const { child, texts, ended } = startHomelab(args, project, peer.env, project);
    await Promise.race([peer.hung(), ended]);
    child.kill("SIGINT");
    await until(() => /^stopping/m.test(texts.stderr), PROMPT_MS);
    if (signals === 2) {
      await until(() => texts.stderr.includes("cancelling"), PROMPT_MS);
      child.kill("SIGINT");
    }
    await until(() => child.exitCode !== null, PROMPT_MS);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout, ...linesAfterSignal(stderr)]).toEqual([130, "", ...says]);
    await until(() => !peer.alive(), PROMPT_MS);
  },
);
