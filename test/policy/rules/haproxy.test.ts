import { expect, test } from "vitest";
import { API_CHECKS } from "../../../model/haproxy/check";
import type { Rule } from "../../../policy/rule";
import {
  apiMastersEven,
  haproxyApiCheck,
  haproxyFile,
  haproxyTlsNotVerified,
} from "../../../policy/rules/haproxy";
import { pairOnOneNode } from "../../../policy/rules/vrrp";
import { haproxyConf } from "../../../templates/haproxy/haproxy";
import { haproxy } from "../../support/template-data";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { command, keepalivedConf, resource } from "../resources";

const ca = "verify required ca-file /etc/haproxy/ca.crt";
const readyz = "option httpchk GET /readyz";
const server = (master: number, options = `check check-ssl ${ca}`) =>
  `server m${master} 192.168.56.1${master}:6443 ${options}`;
const three = [0, 1, 2].map((master) => server(master));
const cfg = (...lines: string[]) => `backend api\n    ${lines.join("\n    ")}\n`;
const brought = (text: string) => command("lb1", "192.168.56.5", text);
const says = (rule: Rule, text: string) => reported(rule, [brought(text)]);
const rules = [haproxyFile, haproxyTlsNotVerified, haproxyApiCheck, apiMastersEven];

/** The load balancer of the pages. */
const example = (uri: string, verify: string, masters: readonly number[]) => [
  command(
    "lb1-haproxy",
    "192.168.56.5",
    `backend kubernetes-masters
    option httpchk
    http-check send meth GET uri ${uri}
    default-server check check-ssl verify ${verify}
${masters.map((master) => `    server master-${master} 192.168.56.${9 + master}:6443\n`).join("")}`,
  ),
];
const required = "required ca-file /etc/haproxy/kubernetes-ca.crt";

pageTest("haproxy-file", [
  command(
    "lb1-haproxy",
    "192.168.56.5",
    "backend kubernetes-masters\n    server master-1 192.168.56.10:6443 \\\n        check\n",
  ),
]);

pageTest("haproxy-tls-not-verified", example("/readyz", "none", [1, 2, 3]));

pageTest("haproxy-api-check", example("/healthz", required, [1, 2, 3]));

pageTest("api-masters-even", example("/readyz", required, [1, 2]));

test("what KeepalivedLb writes passes, and so does a file by hand that does the same", async () => {
  const fast = haproxyConf({ ...haproxy, pace: API_CHECKS.fast });
  for (const text of [haproxyConf(haproxy), fast, cfg(readyz, ...three)]) {
    for (const rule of rules) expect(await says(rule, text)).toEqual([]);
  }
});

test("other texts and other services are nobody's API servers", async () => {
  const texts = [
    keepalivedConf({ priority: 100 }),
    "backend:\n  server: verify none\n",
    cfg(
      "option httpchk GET /healthz",
      "server web-1 10.0.0.1:8080 check",
      "server web-2 10.0.0.2:8080 check",
    ),
  ];
  for (const text of texts) {
    for (const rule of rules) expect(await says(rule, text)).toEqual([]);
  }
});

const unverified = {
  "on one server": cfg(readyz, ...three.slice(1), server(0, "check check-ssl verify none")),
  "for traffic": cfg(readyz, server(0, "ssl verify none check")),
  "as a default of the section": cfg(
    "default-server check check-ssl verify none",
    readyz,
    server(0, ""),
  ),
  "as a default of the file": `defaults\n  default-server check check-ssl verify none\n${cfg(readyz, server(0, ""))}`,
  "for everything": `global\n  ssl-server-verify none\n${cfg(readyz, server(0, "check check-ssl"))}`,
  "in quotes": cfg(readyz, server(0, `check check-ssl "verify" 'none' # verify required`)),
  "in a listen section": `listen api\n  bind :6443\n  ${server(0, "check check-ssl verify none")}\n`,
};

test.each(Object.entries(unverified))("rejects verify none %s", async (_where, text) => {
  const [message, ...more] = await says(haproxyTlsNotVerified, text);
  expect(message).toContain('[mandatory] haproxy-tls-not-verified: Command "lb1": "');
  expect(message).toContain('has "verify none" for "m0", so whoever answers at its address');
  expect(more).toEqual([]);
});

const verified = {
  "the server itself says required": cfg(
    "default-server check check-ssl verify none",
    server(0, ca),
  ),
  "there is no TLS": cfg(server(0, "check verify none")),
  "it is a comment": cfg(server(0, `check check-ssl ${ca} # verify none`)),
  "it is about clients": `frontend api\n  bind :6443 ssl crt /a.pem verify none\n${cfg(...three)}`,
};

test.each(Object.entries(verified))("verify none stays unmentioned when %s", async (_why, text) => {
  expect(await says(haproxyTlsNotVerified, text)).toEqual([]);
});

test("verify none for something else than an API server is advice", async () => {
  const proxmox = cfg("server pve1 192.168.1.137:8006 check ssl verify none");
  expect(await says(haproxyTlsNotVerified, proxmox)).toMatchInlineSnapshot(`
    [
      "[advisory] haproxy-tls-not-verified-advice: Command "lb1": "backend api" has "verify none" for "pve1", so whoever answers at its address is believed; write \`verify required ca-file <the CA's certificate> verifyhost <name>\` (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/haproxy-tls-not-verified.md)",
    ]
  `);
});

test.each([
  cfg("option httpchk GET /healthz", ...three),
  cfg("option httpchk", "http-check send meth GET uri /livez?verbose", ...three),
  cfg("option httpchk GET /readyz", "http-check send uri /healthz/etcd", ...three),
  `defaults\n  option httpchk /healthz\n${cfg(...three)}`,
])("rejects a check that stays good while an API server shuts down: %#", async (text) => {
  const [message] = await says(haproxyApiCheck, text);
  expect(message).toMatch(
    /^\[mandatory] haproxy-api-check: Command "lb1": "backend api" asks the API servers for "\/(healthz|livez)/,
  );
});

test("advises against checks that say little", async () => {
  const texts = [
    cfg(...three),
    cfg("option httpchk", ...three),
    cfg(readyz, server(0, "")),
    cfg("option httpchk", "option tcp-check", ...three),
  ];
  const messages = (await Promise.all(texts.map((text) => says(haproxyApiCheck, text)))).flat();
  expect(messages).toMatchInlineSnapshot(`
    [
      "[advisory] haproxy-api-check-advice: Command "lb1": "backend api" only tries whether a connection opens, which one that hangs or starts up passes too; write \`option httpchk\`, \`http-check send meth GET uri /readyz\` and \`http-check expect status 200\`, with \`check check-ssl\` on the servers (k3s and RKE2 answer 401 to a check without a client certificate: \`status 200,401\`, or \`crt <certificate>\` on the servers) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/haproxy-api-check.md)",
      "[advisory] haproxy-api-check-advice: Command "lb1": "backend api" asks the API servers for "/", which does not say whether one takes requests; write \`option httpchk\`, \`http-check send meth GET uri /readyz\` and \`http-check expect status 200\`, with \`check check-ssl\` on the servers (k3s and RKE2 answer 401 to a check without a client certificate: \`status 200,401\`, or \`crt <certificate>\` on the servers) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/haproxy-api-check.md)",
      "[advisory] haproxy-api-check-advice: Command "lb1": "backend api" has no check of "m0", so requests go on to one that is dead; write \`option httpchk\`, \`http-check send meth GET uri /readyz\` and \`http-check expect status 200\`, with \`check check-ssl\` on the servers (k3s and RKE2 answer 401 to a check without a client certificate: \`status 200,401\`, or \`crt <certificate>\` on the servers) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/haproxy-api-check.md)",
      "[advisory] haproxy-api-check-advice: Command "lb1": "backend api" only tries whether a connection opens, which one that hangs or starts up passes too; write \`option httpchk\`, \`http-check send meth GET uri /readyz\` and \`http-check expect status 200\`, with \`check check-ssl\` on the servers (k3s and RKE2 answer 401 to a check without a client certificate: \`status 200,401\`, or \`crt <certificate>\` on the servers) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/haproxy-api-check.md)",
    ]
  `);
});

test("a section's own check replaces the inherited one", async () => {
  const text = `defaults\n  option httpchk GET /healthz\n${cfg(readyz, ...three)}`;
  expect(await says(haproxyApiCheck, text)).toEqual([]);
});

test("rejects 2 and 4 masters, not those that stand by", async () => {
  expect(await says(apiMastersEven, cfg(readyz, ...three.slice(1)))).toHaveLength(1);
  expect(await says(apiMastersEven, cfg(readyz, ...three, server(3)))).toMatchInlineSnapshot(`
    [
      "[mandatory] api-masters-even: Command "lb1": "backend api" has 4 API servers, and the etcd of an even number survives no more losses than that of one less; use 3 or 5; with etcd on hosts of its own switch this rule off (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/api-masters-even.md)",
    ]
  `);
  expect(await says(apiMastersEven, cfg(readyz, ...three, server(3, "check disabled")))).toEqual(
    [],
  );
});

const env = (name: string) => `"\${${name}}"`;

test("a variable counts as what the file says of it, else it is said", async () => {
  const verify = (text: string) => server(0, `check check-ssl verify ${text} ca-file /ca.crt`);
  const says = async (text: string) =>
    (await reported(haproxyTlsNotVerified, [brought(text)])).map((line) => line.slice(0, 120));
  expect(await says(cfg(verify(env("V-required"))))).toEqual([]);
  expect(await says(`global\n  setenv V required\n${cfg(verify(env("V")))}`)).toEqual([]);
  expect(await says(cfg(verify(env("V"))))).toEqual([
    expect.stringContaining(
      '[advisory] haproxy-tls-not-verified-advice: Command "lb1": "backend api"',
    ),
  ]);
  for (const text of [
    cfg(verify(env("V-none"))),
    `global\n  presetenv V none\n${cfg(verify(env("V")))}`,
  ]) {
    expect(await says(text)).toEqual([expect.stringContaining("[mandatory]")]);
  }
});

test("servers of a ring are verified like others", async () => {
  const ring = (verify: string) =>
    `ring logs\n  format raw\n  server log 192.168.1.9:6514 ssl verify ${verify}\n`;
  expect(await says(haproxyTlsNotVerified, ring("required ca-file /ca.crt"))).toEqual([]);
  expect(await says(haproxyTlsNotVerified, ring("none"))).toHaveLength(1);
});

const elsewhere = (port: number) =>
  [1, 2].map((master) => `server m${master} 10.0.0.${master}:${port} check check-ssl ${ca}`);
const apiOnOtherPorts = {
  "clients come in at 6443": `frontend in\n  bind :6443\n  default_backend x\nbackend x\n  ${elsewhere(16443).join("\n  ")}\n`,
  "a listen section at 6443": `listen x\n  bind 10.0.0.9:6443,[::]:6443\n  ${elsewhere(7443).join("\n  ")}\n`,
  "asked for /readyz over TLS": `backend x\n  ${readyz}\n  ${elsewhere(8443).join("\n  ")}\n`,
  "by name": `backend kube-apiserver\n  mode tcp\n  ${elsewhere(16443).join("\n  ")}\n`,
};

test.each(Object.entries(apiOnOtherPorts))("finds API servers: %s", async (_how, text) => {
  expect(await says(apiMastersEven, text)).toHaveLength(1);
});

test("an ingress, the joining of nodes and services that stop TLS are no API servers", async () => {
  const texts = [
    `backend kubernetes-ingress\n  mode tcp\n  ${elsewhere(30443).join("\n  ")}\n`,
    `backend rke2-join\n  mode tcp\n  ${elsewhere(9345).join("\n  ")}\n`,
    `backend k8s\n  mode tcp\n  ${elsewhere(443).join("\n  ")}\n`,
    `backend x\n  mode http\n  ${readyz}\n  ${elsewhere(8443).join("\n  ")}\n`,
    `defaults\n  mode http\nbackend kube-apiserver-docs\n  ${elsewhere(8443).join("\n  ")}\n`,
    `backend api\n  ${elsewhere(8443).join("\n  ")}\n`,
  ];
  for (const text of texts) expect(await says(apiMastersEven, text)).toEqual([]);
});

test("a request that tcp-check writes out counts, one whose answer nobody reads does not", async () => {
  const sequence = (path: string, ...more: string[]) =>
    cfg(
      "option tcp-check",
      "tcp-check connect ssl",
      `tcp-check send "GET ${path} HTTP/1.0\\r\\n\\r\\n"`,
      ...more,
      ...three,
    );
  const expecting = 'tcp-check expect rstring "200 OK"';
  expect(await says(haproxyApiCheck, sequence("/readyz", expecting))).toEqual([]);
  expect(await says(haproxyApiCheck, sequence("/healthz", expecting))).toEqual([
    expect.stringContaining("[mandatory]"),
  ]);
  expect(await says(haproxyApiCheck, sequence("/readyz"))).toEqual([
    expect.stringContaining("only tries whether a connection opens"),
  ]);
});

test("a check that expects 401 as well passes, and the advice says when", async () => {
  const k3s = cfg(readyz, "http-check expect status 200,401", ...three);
  expect(await says(haproxyApiCheck, k3s)).toEqual([]);
  const [advice] = await says(haproxyApiCheck, cfg(...three));
  expect(advice).toContain("k3s and RKE2 answer 401");
});

test.each([
  [cfg('description "it', ...three), "line 2 opens"],
  [cfg("server m0 192.168.56.10:6443 \\", "check"), "line 2 ends in a backslash"],
  [cfg("server m0 192.168.56.10:6443 ssl check"), "states no CA"],
  [cfg("server m0 192.168.56.10:6443 ssl verify off"), "knows only"],
  [cfg("server m0 192.168.56.10:6443", "server m0 192.168.56.11:6443"), "two servers named"],
  [cfg("option httpchk", "no option httpchk", ...three), "takes back"],
])("rejects a file that HAProxy refuses: %#", async (text, what) => {
  expect(await says(haproxyFile, text)).toEqual([expect.stringContaining(what)]);
});

test("rejects a file in a script, in a copy and as a secret the same way", async () => {
  const text = cfg("option httpchk GET /healthz", ...three);
  const inScript = {
    stdin: undefined,
    create: `cat >/etc/haproxy/haproxy.cfg <<'EOF'\n${text}EOF\n`,
  };
  const copy = resource("command:remote:CopyToRemote", "lb1", {
    source: text,
    remotePath: "/etc/haproxy/haproxy.cfg",
  });
  const secret = {
    stdin: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: text },
  };
  const all = [
    command("lb1", "192.168.56.5", "", inScript),
    copy,
    command("lb1", "192.168.56.5", "", secret),
  ];
  for (const one of all) expect(await reported(haproxyApiCheck, [one])).toHaveLength(1);
});

test("rejects both load balancers on one node, machines and files by hand", async () => {
  const machine = (name: string, nodeName: string, address: string) =>
    resource("proxmoxve:index/vmLegacy:VmLegacy", name, {
      name,
      nodeName,
      initialization: { ipConfigs: [{ ipv4: { address: `${address}/24` } }] },
    });
  const conf = (priority: number) => keepalivedConf({ priority, vip: "192.168.56.100/24" });
  const pair = (second: string) => [
    machine("lb1", "proxmox2", "192.168.56.5"),
    machine("lb2", second, "192.168.56.6"),
    command("lb1-conf", "192.168.56.5", conf(150)),
    command("lb2-conf", "192.168.56.6", conf(100)),
  ];
  expect(await reported(pairOnOneNode, pair("proxmox3"))).toEqual([]);
  expect(await reported(pairOnOneNode, pair("proxmox2"))).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: keepalived.conf of lb1 (192.168.56.5) and lb2 (192.168.56.6): "lb1" and "lb2" are on the same node "proxmox2", so its death takes them down with the virtual address; move "lb2" to another node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)",
    ]
  `);
});

const placed = (name: string, path: string, text: string, host = "192.168.56.5") =>
  command(name, host, text, { create: `cat > ${path}` });

test("a folder of files is read as one: defaults count for the files behind them", async () => {
  const defaults = `defaults\n    ${readyz}\n    default-server check check-ssl ${ca}\n`;
  const backend = cfg(...[0, 1, 2].map((master) => server(master, "")));
  const rest = placed("rest", "/etc/haproxy/conf.d/20-api.cfg", backend);
  const found = async (...more: ReturnType<typeof placed>[]) =>
    (await Promise.all(rules.map((rule) => reported(rule, [...more, rest])))).flat();

  expect(await found(placed("main", "/etc/haproxy/haproxy.cfg", defaults))).toEqual([]);
  expect(await found(placed("main", "/etc/haproxy/conf.d/10.cfg", defaults))).toEqual([]);
  for (const [path, host] of [
    ["/etc/haproxy/conf.d/30.cfg", "192.168.56.5"],
    ["/root/old.cfg", "192.168.56.5"],
    ["/etc/haproxy/haproxy.cfg", "192.168.56.6"],
  ] as const) {
    expect(await found(placed("main", path, defaults, host)), path).toEqual([
      expect.stringContaining("has no check of"),
    ]);
  }
});

const k3sServer = `server k3s-1 192.168.56.11:6443 check check-ssl ${ca}`;
const expecting = (status: string) => `http-check expect ${status}`;

test.each([
  [
    "a check of kubeadm for k3s, by the servers' names",
    cfg(readyz, expecting("status 200"), k3sServer),
  ],
  ["no rule, which takes 200 to 399", cfg(readyz, k3sServer)],
  [
    "by the name of the section",
    `backend rke2_api\n  ${readyz}\n  ${expecting("rstatus ^2")}\n  ${server(1)}\n`,
  ],
  [
    "by the path of the CA",
    cfg(readyz, server(1, "check check-ssl verify required ca-file /etc/haproxy/talos.crt")),
  ],
])("advises where every healthy server would be marked down: %s", async (_what, text) => {
  expect(await says(haproxyApiCheck, text)).toEqual([
    expect.stringMatching(/^\[advisory\].* so every healthy server is marked down; write/),
  ]);
});

test.each([
  ["401 is taken", cfg(readyz, expecting("status 200,401"), k3sServer)],
  ["401 in a range", cfg(readyz, expecting("status 200-401"), k3sServer)],
  ["a certificate is shown", cfg(readyz, `${k3sServer} crt /etc/haproxy/client.pem`)],
  ["nothing says that it is k3s", cfg(readyz, expecting("status 200"), server(1))],
  ["something else is looked at", cfg(readyz, expecting("string ok"), k3sServer)],
])("is silent about an answer where %s", async (_what, text) => {
  expect(await says(haproxyApiCheck, text)).toEqual([]);
});

test.each(["status 200-599", "! status 404", "rstatus ^[2345]"])(
  "advises against a check that takes a server that is not ready for good: %s",
  async (status) => {
    expect(await says(haproxyApiCheck, cfg(readyz, expecting(status), ...three))).toEqual([
      expect.stringContaining("takes 500 or 503 for a good answer"),
    ]);
  },
);
