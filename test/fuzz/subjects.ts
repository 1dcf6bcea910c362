import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import type { z } from "zod";
import { forgeOf } from "../../clients/forge/forge";
import { ForgeError } from "../../clients/forge/forge-error";
import { type Proxmox, ProxmoxError, readCluster } from "../../clients/proxmox";
import { parseStackFile } from "../../config/file/parse-file";
import { haproxyBackends, haproxySections, verifiesNoServer } from "../../model/haproxy/conf";
import { judgeConf } from "../../model/keepalived/judge";
import { readConf } from "../../model/keepalived/read";

/** One kind of text that comes from outside, and what must not crash on it. */
export interface Subject {
  name: string;
  /** Tries one input; throws when something breaks that is no refusal of ours. */
  property: fc.IAsyncProperty<[unknown]>;
}

/** Longest time that one input may take: a hang is a failure, on a slow machine as well. */
const MOST_MS = 20_000;

/** Times what is done at once: no timer could end it. */
function timed<T>(run: () => T): T {
  const begin = performance.now();
  const result = run();
  const ms = performance.now() - begin;
  if (ms > MOST_MS) throw new Error(`took ${Math.round(ms)} ms`);
  return result;
}

function oneLine(text: string): void {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) throw new Error(`not one line: ${JSON.stringify(text)}`);
}

const root = join(__dirname, "../..");
const sample = (path: string) => readFileSync(join(root, path), "utf8");

/** Parts of a good text, damaged: cut, doubled, moved, and mixed with what parsers dislike. */
function damaged(texts: readonly string[], spice: readonly string[]): fc.Arbitrary<string> {
  const lines = texts.flatMap((text) => text.split("\n"));
  const part = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...lines) },
    { weight: 3, arbitrary: fc.constantFrom(...spice) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...lines), fc.nat(80), fc.string({ maxLength: 5 }))
        .map(([line, at, more]) => line.slice(0, at) + more + line.slice(at)),
    },
  );
  const mixed = fc.array(part, { maxLength: 60 }).map((parts) => parts.join("\n"));
  const cut = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.nat(40), part), { maxLength: 8 }),
    )
    .map(([text, edits]) =>
      edits.reduce((before, [at, length, more]) => {
        const place = at % (before.length + 1);
        return before.slice(0, place) + more + before.slice(place + length);
      }, text),
    );
  return fc.oneof(mixed, cut, fc.string({ unit: "binary", maxLength: 300 }));
}

const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"];
const spice = [
  ...names,
  ...names.map((name) => `${name}: { vmid: 1 }`),
  "&a [*a]",
  "*a",
  "<<: *a",
  "? [a]",
  "!!binary x",
  "- - - -",
  "{[",
  "]}",
  '"',
  "'",
  "---",
  "...",
  "|",
  ">-",
  "\t",
  "\\",
  "\u0000",
  "1e309",
  "-0",
  ".inf",
  ".nan",
  "0x7fffffffffffffff",
  "~",
  "null",
  "999999999999999999999",
  "::",
  "255.255.255.255/33",
  "::ffff:1.2.3.4",
  "}",
  "{",
  "#",
  "$_X=1",
  "@x y",
  "include *",
  `\${V}`,
];

const stackTexts = ["Pulumi.homelab.yaml", "Pulumi.matrix.yaml"].map(sample);

/** Any JSON value, with names that objects know themselves. */
const anything = fc.oneof(
  fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text) as unknown),
  fc
    .dictionary(fc.constantFrom(...names, "id", "name", "node", "a"), fc.anything({ maxDepth: 1 }))
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  fc.constantFrom(...names, null, "", 0, -1, 1e300, [], {}),
);

/** Stack files that YAML can read, with any value at any place. */
const strangeStacks = fc
  .tuple(
    fc.constantFrom(...stackTexts),
    fc.array(fc.tuple(fc.nat(), anything), { minLength: 1, maxLength: 5 }),
  )
  .map(([text, changes]) => {
    const lines = text.split("\n");
    for (const [at, value] of changes) {
      const place = at % lines.length;
      const found = /^(\s+(?:- )?"?[\w.:-]+"?:) /.exec(lines[place] ?? "");
      if (found) lines[place] = `${found[1]} ${JSON.stringify(value)}`;
    }
    return lines.join("\n");
  });

function tryStackFile(text: string): void {
  const { parsed } = timed(() => parseStackFile(text));
  for (const { message } of parsed.stack ? parsed.warnings : parsed.problems) oneLine(message);
}

const keepalivedTexts = [
  "test/templates/__files__/keepalived.conf",
  "test/templates/__files__/traefik-keepalived.conf",
].flatMap((path) => {
  try {
    return [sample(path)];
  } catch {
    return [];
  }
});
const keepalived = `global_defs {
  enable_script_security
  script_user root
}
vrrp_script check { script "/bin/true" interval 2 weight -20 fall 2 rise 1 }
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 200
  advert_int 1
  authentication { auth_type PASS auth_pass secret }
  unicast_peer { 192.168.1.2 }
  virtual_ipaddress { 192.168.1.101/24 dev eth0 }
  track_script { check weight 10 }
  track_file { x weight -10 reverse }
}
`;
const haproxy = `global
  log /dev/log local0
defaults
  mode tcp
  timeout client 10s
frontend f
  bind 192.168.1.1:6443 ssl crt "/etc/x y.pem"
  use_backend b if { ssl_fc }
backend b
  option httpchk GET /readyz
  default-server check inter 2s ca-file /etc/ca verify required
  server a 192.168.1.2:6443 check
`;

/** A cluster whose every answer is whatever comes next. */
function lyingCluster(answers: readonly unknown[]): Proxmox {
  let next = 0;
  const answer = <T>(path: string, schema: z.ZodType<T>): T => {
    const body = answers[next++ % answers.length];
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new ProxmoxError("malformed", `${path}: malformed`);
  };
  return {
    origin: "https://192.0.2.1:8006",
    get: async (path, schema) => answer(path, schema),
    pages: async (path, item) => answer(path, item.array()),
    close: () => {},
  };
}

/** What a node, a guest or a rule could say, with anything in the place of some. */
const apiItem = fc.record(
  {
    type: fc.constantFrom("node", "cluster", "lxc", "qemu", "node-affinity", "x"),
    name: fc.constantFrom("a", "b", ...names),
    node: fc.constantFrom("a", "b", ...names),
    vmid: fc.constantFrom(100, "101", -1, 1e300),
    storage: fc.constantFrom("local", ...names),
    content: anything,
    nodes: fc.constantFrom("a,b:2", ":::", "a:b:c", ""),
    resources: fc.constantFrom("ct:100", "vm:x,ct:", ""),
    sid: fc.constantFrom("ct:100", "vm:", "x"),
    group: fc.constantFrom("g", ...names),
    rule: fc.constantFrom("r", ...names),
    id: fc.constantFrom("100-0", "x", ...names),
    version: fc.constantFrom("9.0.3", "8", "x", ""),
    release: fc.constantFrom("9.0", ""),
    starttime: fc.nat(),
    "/": anything,
    rootfs: fc.constantFrom("local:1,size=8G", ",,,", "=", "a=b=c"),
    net0: fc.constantFrom("name=eth0,ip=10.0.0.1/24", "ip=,,", "="),
  },
  { requiredKeys: [] },
);

async function tryCluster(answers: readonly unknown[]): Promise<void> {
  try {
    await readCluster(lyingCluster(answers), { history: true });
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    oneLine(error.message);
  }
}

/** A forge that sends what comes next; one server for all runs. */
export async function startForge() {
  let status = 200;
  let body = "";
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environments = [
    { GITHUB_REPOSITORY: "me/home", GITHUB_API_URL: url, GITHUB_TOKEN: "t", PULL_REQUEST: "7" },
    {
      GITLAB_CI: "true",
      GITLAB_API_TOKEN: "t",
      CI_PROJECT_ID: "3",
      CI_API_V4_URL: url,
      CI_MERGE_REQUEST_IID: "7",
    },
  ];
  return {
    async ask(answer: { status: number; body: string }, which: number): Promise<void> {
      ({ status, body } = answer);
      const forge = forgeOf(environments[which % 2] ?? {});
      for (const call of [
        () => forge.comment("<!-- m -->", "x"),
        () => forge.openIssue("Drift", "x"),
        () => forge.review(),
      ]) {
        try {
          await call();
        } catch (error) {
          if (!(error instanceof ForgeError)) throw error;
          oneLine(error.message);
        }
      }
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const forgeItem = fc.record(
  {
    id: fc.constantFrom<unknown>(1, 2, -1, "1", null, 1e300),
    number: fc.constantFrom<unknown>(1, "../..", null),
    iid: fc.constantFrom<unknown>(1, null),
    title: fc.constantFrom<unknown>("Drift", 3, null),
    body: fc.constantFrom<unknown>("<!-- m --> x", null, 5, {}),
    user: anything,
    author: anything,
    state: fc.constantFrom<unknown>("APPROVED", null),
  },
  { requiredKeys: [] },
);
const forgeBody = fc.oneof(
  fc.array(fc.oneof(forgeItem, anything), { maxLength: 5 }).map((value) => JSON.stringify(value)),
  fc.oneof(forgeItem, anything).map((value) => JSON.stringify(value) ?? ""),
  fc.string({ unit: "binary" }),
);

/** Everything that is fuzzed. */
export function subjects(forge: Awaited<ReturnType<typeof startForge>>): Subject[] {
  const at = <T>(name: string, input: fc.Arbitrary<T>, run: (input: T) => unknown): Subject => ({
    name,
    property: fc.asyncProperty(input as fc.Arbitrary<unknown>, async (value) => {
      await run(value as T);
    }),
  });
  return [
    at("stack files", damaged(stackTexts, spice), tryStackFile),
    at("stack files with strange values", strangeStacks, tryStackFile),
    at("keepalived texts", damaged([keepalived, ...keepalivedTexts], spice), (text) =>
      timed(() => {
        for (const { message } of judgeConf(readConf(text))) oneLine(message);
      }),
    ),
    at("haproxy texts", damaged([haproxy], spice), (text) =>
      timed(() => [haproxySections(text), haproxyBackends(text), verifiesNoServer(text)]),
    ),
    at(
      "Proxmox answers",
      fc.array(fc.oneof(apiItem, fc.array(apiItem, { maxLength: 4 }), anything), {
        minLength: 1,
        maxLength: 30,
      }),
      tryCluster,
    ),
    at(
      "forge answers",
      fc.tuple(
        fc.record({ status: fc.constantFrom(200, 200, 200, 201, 302, 403, 500), body: forgeBody }),
        fc.nat(1),
      ),
      ([answer, which]) => forge.ask(answer, which),
    ),
  ];
}
