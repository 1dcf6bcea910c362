import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newIdentity } from "../../../cli/lib/backup/key";
import { root } from "../../structure/sources";
import { clusterAsItWas, served } from "../../support/clusters/baseline-cluster";
import { stackText as houseText, issue } from "../../support/cutover/house";
import { changeIn, changeOfJudges } from "../../support/hostile/change";
import { achieved, type Form } from "../../support/hostile/judge";
import { forgeEnv, httpServer, refusingEngine, talkingPair } from "../../support/hostile/peers";
import { lyingProxmox, underKey } from "../../support/hostile/proxmox";
import { NASTY, poisonedStack, sectionsIn, stackText } from "../../support/hostile/stack";
import { hurry } from "../../support/hurried";
import { everyCommand, runInProcess } from "../../support/in-process";
import type { StackFile } from "../../support/rehearsed-pair";

hurry(4000);

/** One run of a command with texts of somebody else before it. */
interface Asked {
  args: string[];
  form?: Form;
  env?: Record<string, string>;
  /** Folder with what it writes. */
  out?: string;
}

type Row = (dir: string) => Asked[] | Promise<Asked[]>;

const file = (dir: string, name: string, text: string) => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

/** Stack files in which every text is hostile that may be, and one in which every text is. */
const houses = [
  "Pulumi.homelab.yaml",
  "Pulumi.matrix.yaml",
  "examples/Pulumi.two-node-dns.yaml",
].map((name) => poisonedStack(join(root, name)));
const ruined = stackText(
  JSON.parse(JSON.stringify(sectionsIn(join(root, "Pulumi.homelab.yaml"))), (_, value) =>
    typeof value === "string" ? NASTY : value,
  ),
);

const onFiles =
  (...runs: [form: Form, ...args: string[]][]): Row =>
  (dir) =>
    [...houses.map(({ text }) => text), ruined].flatMap((text, index) => {
      const path = file(dir, `Pulumi.x${index}.yaml`, text);
      const out = join(dir, `out${index}`);
      return runs.map(([form, ...args]) => ({
        args: ["--file", path, ...args.map((one) => (one === "OUT" ? out : one))],
        form,
        ...(args.includes("OUT") && { out }),
      }));
    });

/** What is free text for Proxmox itself, by the answer that has it. */
const FREE: readonly [path: RegExp, ...keys: string[]][] = [
  [/^\/cluster\/resources/, "name", "tags", "status"],
  [/\/config$/, "description", "hostname", "tags", "net0", "ostype", "arch", "rootfs"],
  [/^\/cluster\/ha\//, "comment", "status", "crm_state", "state_text"],
  [/^\/cluster\/(backup|replication)$/, "comment", "schedule", "mode", "notes-template"],
  [
    /^\/nodes\/[^/]+\/(status|replication|tasks)/,
    "pveversion",
    "kversion",
    "error",
    "status",
    "user",
  ],
  [/^\/storage$/, "path", "export", "server"],
];

const onProxmox =
  (...runs: [form: Form, ...args: string[]][]): Row =>
  async (dir) => {
    const liar = await lyingProxmox(await served(clusterAsItWas(9)));
    liar.tell((path, data) =>
      FREE.filter(([where]) => where.test(path)).reduce(
        (told: unknown, [, ...keys]) => keys.reduce((one, key) => underKey(one, key, NASTY), told),
        data,
      ),
    );
    const refusing = await lyingProxmox(await served(clusterAsItWas(9)));
    refusing.tell((_, data) => underKey(data, "message", NASTY));
    const broken = await lyingProxmox(await served(clusterAsItWas(9)));
    broken.tell(() => NASTY);
    return [liar, refusing, broken].flatMap(({ env }, index) =>
      runs.map(([form, ...args]) => {
        const out = join(dir, `out${index}`);
        mkdirSync(out, { recursive: true });
        return {
          args: args.map((one) => (one === "OUT" ? out : one)),
          form,
          env,
          ...(args.includes("OUT") && { out }),
        };
      }),
    );
  };

const onEngine =
  (...args: string[]): Row =>
  (dir) => [{ args: [...args], env: refusingEngine(dir) }];

/** Of what was sent to a forge, the bodies. */
const sent: string[] = [];

const onForge =
  (args: (dir: string) => string[]): Row =>
  async (dir) => {
    const user = { login: NASTY, username: NASTY, id: 3 };
    const item = { ...user, number: 7, iid: 7, user, title: NASTY, body: NASTY, state: NASTY };
    const answer = { ...item, message: NASTY, head: { sha: NASTY } };
    const answers: [number, string][] = [
      [500, NASTY],
      [200, NASTY],
      [200, JSON.stringify([answer])],
      [200, JSON.stringify(answer)],
      [403, JSON.stringify(answer)],
    ];
    return Promise.all(
      answers.map(async ([status, body]) => {
        const port = await httpServer((request, response) => {
          let text = "";
          request.on("data", (chunk) => {
            text += chunk;
          });
          request.on("end", () => {
            if (text !== "") sent.push(String(JSON.parse(text).body));
            response.writeHead(status).end(body);
          });
        });
        return { args: args(dir), env: forgeEnv(port) };
      }),
    );
  };

const onMembers =
  (...more: string[]): Row =>
  async (dir) => {
    const kept = ({ config }: StackFile) => {
      config["homelab:backups"] = { directory: join(dir, "backups") } as never;
    };
    const flags = await talkingPair(NASTY, 0, kept);
    const failing = await talkingPair(NASTY, 3, kept);
    return [flags, failing].map((args) => ({ args: [...args, ...more] }));
  };

const withoutPair =
  (row: Row): Row =>
  async (dir) =>
    (await row(dir)).map(({ args, ...rest }) => ({
      ...rest,
      args: args.toSpliced(args.indexOf("--pair"), 2),
    }));

const all =
  (...rows: Row[]): Row =>
  async (dir) => {
    const found: Asked[] = [];
    for (const [index, row] of rows.entries()) {
      const own = join(dir, String(index));
      mkdirSync(own);
      found.push(...(await row(own)));
    }
    return found;
  };

/** A move whose steps are hostile, with its first phases done or not. */
const onCutover =
  (...args: string[]): Row =>
  (dir) => {
    const text = houseText("127.0.0.1:1", 1, issue(dir).ca);
    const path = file(dir, "Pulumi.house.yaml", text);
    const poisoned = file(dir, "Pulumi.poisoned.yaml", poisonedStack(path).text);
    return [
      { args: ["--file", poisoned, ...args] },
      ...onFilesSync(dir, "--name", "traefik-own-address", ...args),
    ];
  };

const onFilesSync = (dir: string, ...args: string[]): Asked[] => {
  const text = houses[0]?.text ?? "";
  return [{ args: ["--file", file(dir, "Pulumi.first.yaml", text), ...args] }];
};

/** A file with a new key of the backups. */
async function keyIn(dir: string): Promise<string> {
  return file(dir, "identity", `${await newIdentity()}\n`);
}

/** Of every command, where texts of others come from. */
const rows: Record<string, Row> = {
  adopt: onProxmox(["terminal", "--stack", "x", "--dir", "OUT"]),
  audit: all(
    onProxmox(
      ["terminal", "--width", "1000"],
      ["terminal", "--width", "1000", "--stack", "homelab"],
      ["markdown", "--format", "markdown"],
      ["json", "--json"],
    ),
    async () => {
      const flags = await talkingPair();
      const liar = await lyingProxmox(await served(clusterAsItWas(9)));
      const [, path = "", , , , identity = ""] = flags;
      return [{ args: ["--file", path, "--identity", identity, "--width", "1000"], env: liar.env }];
    },
  ),
  backup: all(
    async (dir) => withoutPair(onMembers("--key", await keyIn(dir)))(dir),
    async (dir) => {
      const key = await keyIn(dir);
      const kept = join(dir, "backups");
      const text = `${houses[0]?.text}  homelab:backups: { directory: "${kept}" }\n`;
      const path = file(dir, "Pulumi.kept.yaml", text);
      mkdirSync(join(kept, "kept"), { recursive: true });
      for (const member of ["traefik", "traefik-2"]) {
        file(join(kept, "kept"), `${member}-20260101T000000Z.tar.age`, NASTY);
        file(join(kept, "kept"), `zz\nzz critical.tar.age`, NASTY);
      }
      return [
        { args: ["--file", path, "--units"], form: "file" },
        { args: ["--file", path, "--verify", "--key", key] },
        { args: ["--file", path, "--verify", "--key", key, "--json"], form: "json" },
      ];
    },
  ),
  "check-plan": (dir) => {
    const told = { message: NASTY, urn: NASTY, resourceUrn: NASTY, policyName: NASTY };
    const events = [
      { policyEvent: { ...told, policyPackName: NASTY, enforcementLevel: "mandatory" } },
      { diagnosticEvent: { ...told, severity: "error" } },
      { resourcePreEvent: { metadata: { urn: NASTY, type: NASTY, op: "create" } } },
    ];
    const path = file(dir, "events.json", events.map((one) => JSON.stringify(one)).join("\n"));
    return [{ args: ["--events", path] }, { args: ["--events", file(dir, "bad.json", NASTY)] }];
  },
  clean: () => [{ args: [] }],
  comment: onForge((dir) => [
    "--report",
    file(dir, "report.md", `<!-- homelab-report:homelab -->\n${NASTY}\n`),
  ]),
  completion: () => [{ args: ["bash"], form: "file" }],
  "cutover back": onCutover("--yes"),
  "cutover check": onCutover("--phase", "preflight"),
  "cutover next": onCutover("--yes"),
  "cutover plan": onCutover(),
  "cutover start": onCutover("--yes"),
  "cutover status": onCutover(),
  destroy: onEngine("--simulated"),
  doctor: all(onProxmox(["terminal", "--stack", "homelab"]), withoutPair(onMembers())),
  drift: onForge((dir) => ["--log", file(dir, "log", NASTY), "--code", "255"]),
  drill: all(onMembers("--yes"), onFiles(["terminal", "--history"])),
  gate: all(
    onForge((dir) => (existsSync(join(dir, ".git")) ? changeIn(dir) : changeOfJudges(dir))),
    (dir) => [{ args: [...changeOfJudges(dir), "--append", join(dir, "report.md")], out: dir }],
  ),
  init: onProxmox(["terminal", "--live", "--stack", "x", "--dir", "OUT"]),
  "migrate-ha": onEngine(),
  monitoring: (dir) =>
    houses.map(({ text }, index) => {
      const out = join(dir, `out${index}`);
      const path = file(dir, `Pulumi.x${index}.yaml`, `${text}  homelab:monitoring: {}\n`);
      return { args: ["--file", path, "--out", out], out };
    }),
  phases: onFiles(["terminal", "--width", "1000"], ["json", "--json"]),
  preview: all(onFiles(["terminal", "--no-engine", "--width", "1000"]), onEngine()),
  recover: onEngine(),
  "rehearse-restore": onFiles(["terminal", "--guest", "postgresql"]),
  render: onFiles(["terminal", "--out", "OUT"]),
  report: all(
    onFiles(
      ["markdown", "--no-engine"],
      ["html", "--no-engine", "--format", "html"],
      ["html", "--no-engine", "--format", "svg"],
      ["json", "--no-engine", "--json"],
    ),
    async (dir) => [{ ...(await onEngine()(dir))[0], args: [], form: "markdown" }],
  ),
  restore: async (dir) => {
    const key = await keyIn(dir);
    const from = file(dir, "archive.tar.age", NASTY);
    const flags = ["--member", "traefik-2", "--key", key];
    return [
      ...(await withoutPair(onMembers(...flags))(dir)),
      ...(await withoutPair(onMembers(...flags, "--from", from))(dir)),
    ];
  },
  rollback: onMembers(),
  runbook: onFiles(["markdown"], ["json", "--json"]),
  simulate: onFiles(["terminal", "--width", "1000", "--all"], ["json", "--json"]),
  status: all(
    onProxmox(["terminal", "--stack", "homelab"], ["json", "--stack", "homelab", "--json"]),
    withoutPair(onMembers()),
    async (dir) => {
      const [one] = await withoutPair(onMembers())(dir);
      const path = join(dir, "out");
      mkdirSync(path);
      return [{ args: [...(one?.args ?? []), "--prometheus", join(path, "x.prom")], out: path }];
    },
  ),
  switch: onMembers(),
  "sync-state": onEngine(),
  up: onEngine("--simulated"),
  validate: onFiles(["terminal"], ["json", "--json"]),
};

test("every command is asked with hostile texts", () => {
  expect(Object.keys(rows).sort()).toEqual(everyCommand());
});

test("the stack files have hostile texts in every kind of place that takes them", () => {
  const kinds = new Set(
    houses.flatMap(({ places }) => [...places.keys()].map((at) => at.replace(/^.*\./, ""))),
  );
  for (const kind of ["purpose", "device", "pinned", "step", "undo", "at", "test", "reload"]) {
    expect(kinds).toContain(kind);
  }
});

const formOf = (name: string): Form =>
  /\.ya?ml$/.test(name)
    ? "yaml"
    : name.endsWith(".json")
      ? "json"
      : name.endsWith(".prom")
        ? "metrics"
        : name.endsWith(".md")
          ? "markdown"
          : "file";

test.each(Object.entries(rows))(
  "no text of others achieves anything in %s",
  async (command, row) => {
    const dir = mkdtempSync(join(tmpdir(), "homelab-texts-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
    for (const { args, form = "terminal", env = {}, out } of await row(dir)) {
      const ended = await runInProcess([...command.split(" "), ...args], env);
      const shown = `${command} ${args.join(" ")}`.slice(0, 300);
      const found = [
        ...(ended.stdout === "" ? [] : achieved(form, ended.stdout)),
        ...achieved("terminal", ended.stderr),
      ];
      // A stack trace is an accident that a text caused.
      if (/^\s+at .*:\d+:\d+\)?$/m.test(ended.stderr)) found.push(`a stack trace: ${ended.stderr}`);
      if (out !== undefined && existsSync(out)) {
        for (const name of readdirSync(out, { recursive: true, encoding: "utf8" })) {
          const path = join(out, name);
          if (!statSync(path).isFile() || /^(\.git|policy)\//.test(name)) continue;
          found.push(
            ...achieved(formOf(name), readFileSync(path, "utf8")).map((one) => `${name}: ${one}`),
          );
        }
      }
      // A report is what a job wrote; the drift is what a program printed.
      if (command === "drift") found.push(...sent.flatMap((body) => achieved("markdown", body)));
      sent.length = 0;
      expect([shown, ...new Set(found)]).toEqual([shown]);
    }
  },
);
