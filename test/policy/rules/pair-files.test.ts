import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { Rule } from "../../../policy/rule";
import { lsyncdRule, traefikPairFile } from "../../../policy/rules/pair-files";
import { lsyncdConf } from "../../../templates/replication/lsyncd";
import { traefikStatic } from "../../../templates/traefik/traefik";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { command, rawPair } from "../resources";

const hosts = ["192.168.1.110", "192.168.1.103"] as const;
const pair = rawPair({ priority: 200 }, { priority: 100 });
const file = (host: string, path: string, text: string) =>
  command(`${path} of ${host}`, host, text, { create: `cat > ${path}` });
const statics = (more: object = {}, ...on: string[]) =>
  (on.length > 0 ? on : hosts).map((host) =>
    file(
      host,
      "/etc/traefik/traefik.yml",
      stringify({ entryPoints: { web: { address: ":80" } }, ...more }),
    ),
  );
const acme = (challenge: string) => ({
  certificatesResolvers: { le: { acme: { storage: "/etc/traefik/acme.json", [challenge]: {} } } },
});
const says = (rule: Rule, resources: Parameters<typeof reported>[1]) =>
  reported(rule, [...pair, ...resources]);

pageTest("traefik-pair-file", [
  ...pair,
  ...hosts.map((host) =>
    command(
      `traefik-yml-${host}`,
      host,
      `entryPoints: { websecure: { address: ":443" } }
certificatesResolvers: { le: { acme: { storage: /etc/traefik/acme.json, tlsChallenge: {} } } }
`,
      { create: "cat > /etc/traefik/traefik.yml" },
    ),
  ),
]);

pageTest("lsyncd-file", [
  ...pair,
  command(
    "lsyncd-conf",
    hosts[0],
    `settings { insist = true }
sync { default.rsyncssh, source = "/etc/traefik/dynamic", host = "192.168.1.103", targetdir = "/etc/traefik/dynamic" }
`,
    { create: "cat > /etc/lsyncd/lsyncd.conf.lua" },
  ),
]);

test.each([
  ["httpChallenge", "[mandatory] traefik-pair-file"],
  ["tlsChallenge", "[mandatory] traefik-pair-file"],
  ["dnsChallenge", "[advisory] traefik-pair-file-advice"],
])("two members that ask over ACME: %s", async (challenge, level) => {
  expect(await says(traefikPairFile, statics(acme(challenge)))).toEqual([
    expect.stringContaining(`${level}: Traefik of traefik-2: "traefik" and "traefik-2" each ask`),
  ]);
  expect(await says(traefikPairFile, statics(acme(challenge), hosts[0]))).toEqual([]);
});

test("hosts that share no virtual address may each ask", async () => {
  expect(await reported(traefikPairFile, statics(acme("tlsChallenge")))).toEqual([]);
});

test("acme.json in a tree that lsyncd copies is advised against, excluded it is not", async () => {
  const sync = (source: string, more = "") =>
    file(
      hosts[0],
      "/etc/lsyncd/lsyncd.conf.lua",
      `settings { insist = true }\nsync { default.rsync, source = "${source}", delete = false, ${more} target = "x" }\n`,
    );
  const asking = statics(acme("dnsChallenge"), hosts[0]);

  expect(await says(traefikPairFile, [...asking, sync("/etc/traefik/")])).toEqual([
    expect.stringContaining('lsyncd copies "/etc/traefik/acme.json"'),
  ]);
  for (const other of [
    sync("/etc/traefik", 'exclude = { "acme.json" },'),
    sync("/etc/traefik/dynamic"),
  ]) {
    expect(await says(traefikPairFile, [...asking, other])).toEqual([]);
  }
});

test("a check for /ping wants ping, at a port of Traefik", async () => {
  const check = (url: string) =>
    file(hosts[0], "/usr/local/bin/check.sh", `#!/bin/sh\ncurl -fsS -m 1 ${url}\n`);
  const one = (more: object, url: string) =>
    says(traefikPairFile, [...statics(more, hosts[0]), check(url)]);

  expect(await one({}, "http://127.0.0.1:8080/ping")).toEqual([
    expect.stringContaining(
      "[mandatory] traefik-pair-file: Traefik of traefik: the health check asks",
    ),
  ]);
  expect(await one({}, "http://127.0.0.1/ping")).toHaveLength(1);
  expect(await one({ ping: {} }, "http://127.0.0.1:8080/ping")).toEqual([]);
  expect(await one({ ping: null }, "http://127.0.0.1:8080/ping")).toEqual([]);
  expect(await one({}, "http://127.0.0.1:9000/ping")).toEqual([]);
  expect(await one({}, "http://127.0.0.1:8080/health")).toEqual([]);
});

const lsyncd = (text: string, host: string = hosts[0]) =>
  file(host, "/etc/lsyncd/lsyncd.conf.lua", text);
const lua = (options: string, settings = "insist = true") =>
  `settings { ${settings} }\nsync {\n  default.rsyncssh,\n  source = "/etc/traefik",\n  ${options}\n  host = "192.168.1.103",\n  rsync = { archive = true },\n}\n`;

test.each(["", "delete = true,", 'delete = "startup",', "-- delete = false,"])(
  "rejects a delete at the start without a guard: %s",
  async (options) => {
    expect(await says(lsyncdRule, [lsyncd(lua(options))])).toEqual([
      expect.stringContaining(
        '[mandatory] lsyncd-file: lsyncd of traefik: "delete" of "/etc/traefik"',
      ),
    ]);
    expect(await reported(lsyncdRule, [lsyncd(lua(options), "192.168.1.9")])).toEqual([
      expect.stringContaining("[advisory] lsyncd-file-advice"),
    ]);
  },
);

test("no delete, one while it runs, and a guard of any kind pass", async () => {
  const unit = file(
    hosts[0],
    "/etc/systemd/system/lsyncd.service.d/guard.conf",
    "[Service]\nExecStartPre=/usr/bin/test -e /etc/traefik/dynamic/.guard\n",
  );
  const passing = [
    [lsyncd(lua("delete = false,"))],
    [lsyncd(lua("delete = 'running',"))],
    [lsyncd(`if not io.open("/x") then error("no /x") end\n${lua("")}`)],
    [lsyncd(lua("")), unit],
  ];
  for (const resources of passing) expect(await says(lsyncdRule, resources)).toEqual([]);
});

test("advises against settings without insist", async () => {
  expect(await says(lsyncdRule, [lsyncd(lua("delete = false,", "nodaemon = true"))])).toEqual([
    expect.stringContaining("settings have no insist"),
  ]);
});

test("what the components write passes", async () => {
  const traefik = traefikStatic({
    pingPort: 8082,
    dynamicDirectory: "/etc/traefik/dynamic",
    graceSec: 5,
  });
  const conf = lsyncdConf({
    trees: [
      {
        module: "dynamic",
        directory: "/etc/traefik/dynamic",
        exclude: ["acme.json"],
        chmod: "D755",
      },
    ],
    guardFile: "/etc/traefik/dynamic/.guard",
    targets: [{ address: hosts[1], user: "root", port: 22 }],
    keyFile: "/root/.ssh/key",
    knownHostsFile: "/root/.ssh/known",
    delaySec: 2,
  });
  const resources = [
    ...hosts.map((host) => file(host, "/etc/traefik/traefik.yml", traefik)),
    file(hosts[0], "/usr/local/bin/check.sh", "curl -fsS http://127.0.0.1:8082/ping\n"),
    lsyncd(conf),
  ];
  for (const rule of [traefikPairFile, lsyncdRule]) expect(await says(rule, resources)).toEqual([]);
});

const told = {
  toml: (challenge: string) => ({
    path: "/etc/traefik/traefik.toml",
    text: `[entryPoints.web]\n  address = ":80"\n[certificatesResolvers.le.acme]\n  storage = "/x/acme.json"\n  [certificatesResolvers.le.acme.${challenge}]\n`,
  }),
  unit: (challenge: string) => ({
    path: "/etc/systemd/system/traefik.service",
    text: `[Service]\nExecStart=/usr/bin/traefik --entrypoints.web.address=:80 --certificatesresolvers.le.acme.${challenge.toLowerCase()}=true\n`,
  }),
  compose: (challenge: string) => ({
    path: "/opt/traefik/compose.yaml",
    text: `services:\n  traefik:\n    image: traefik:v3\n    command:\n      - --entrypoints.web.address=:80\n      - --certificatesresolvers.le.acme.${challenge}=true\n`,
  }),
  variables: (challenge: string) => ({
    path: "/etc/default/traefik",
    text: `TRAEFIK_ENTRYPOINTS_WEB_ADDRESS=:80\nTRAEFIK_CERTIFICATESRESOLVERS_LE_ACME_${challenge.toUpperCase()}=true\n`,
  }),
};

test.each(Object.entries(told))("certificates over ACME as %s tells Traefik", async (_, as) => {
  const both = (challenge: string) =>
    hosts.map((host) => file(host, as(challenge).path, as(challenge).text));

  expect(await says(traefikPairFile, both("tlsChallenge"))).toEqual([
    expect.stringContaining("[mandatory] traefik-pair-file"),
  ]);
  expect(await says(traefikPairFile, both("dnsChallenge"))).toEqual([
    expect.stringContaining("[advisory] traefik-pair-file-advice"),
  ]);
});

test("a unit's flags beside a file count for nothing, and that is said", async () => {
  const unit = told.unit("tlsChallenge");
  const resources = [...statics(), ...hosts.map((host) => file(host, unit.path, unit.text))];

  expect(await says(traefikPairFile, resources)).toEqual(
    ["traefik-2", "traefik"].map((name) =>
      expect.stringContaining(`Traefik of ${name}: its unit starts it with flags or variables`),
    ),
  );
});
