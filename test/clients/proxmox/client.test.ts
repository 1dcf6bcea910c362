import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  openProxmox,
  optionsFromEnvironment,
  ProxmoxError,
  type ProxmoxOptions,
} from "../../../clients/proxmox";
import { Queue } from "../../../clients/proxmox/queue";
import { selfSigned } from "../../../sim/proxmox/api-server/certificate";
import {
  type ApiFault,
  type ProxmoxApi,
  simulatedToken,
} from "../../../sim/proxmox/api-server/server";
import { clusterAsItWas, served } from "../../support/clusters/baseline-cluster";
import { freePort } from "../../support/sshd";

const version = z.looseObject({ version: z.string() });

/** A client that trusts the server by its certificate's authority, which is itself. */
function open(api: ProxmoxApi, more: Partial<ProxmoxOptions> = {}) {
  const { endpoint, token, certificate } = api;
  const client = openProxmox({ endpoint, token, ca: certificate.cert, ...more });
  onTestFinished(() => client.close());
  return client;
}

/** Kind and words of a refusal; the port differs from run to run. */
async function refused(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => "answered",
    (reason) => reason,
  );
  if (!(error instanceof ProxmoxError)) return String(error);
  expect(error.message).not.toContain(simulatedToken.split("=")[1]);
  return `${error.kind}: ${error.message.replace(/127\.0\.0\.1:\d+/g, "HOST").replace(/([0-9A-F]{2}:){31}[0-9A-F]{2}/, "SHOWN")}`;
}

const withFault = (fault: ApiFault) => served(clusterAsItWas(), { faults: [fault] });

test("an answer is read from a server whose authority is trusted, and from one whose certificate is pinned", async () => {
  const api = await served(clusterAsItWas());
  const byAuthority = open(api);
  const byPin = open(api, {
    ca: undefined,
    fingerprint: api.certificate.fingerprint.toLowerCase(),
  });
  expect(await byAuthority.get("/version", version)).toMatchObject({ version: "9.0.3" });
  // Keys that nobody named are kept.
  expect(await byPin.get("/version", version)).toMatchObject({ repoid: "025864202ebb6109" });
});

test("rejects a certificate that nobody vouches for, before the token is sent", async () => {
  const api = await served(clusterAsItWas());
  expect(
    await refused(open(api, { ca: undefined }).get("/version", version)),
  ).toMatchInlineSnapshot(
    `"certificate: https://HOST: its certificate is not trusted (self-signed certificate), and nothing was sent; put /etc/pve/pve-root-ca.pem of a node into PROXMOX_VE_CA_FILE, or pin the certificate with PROXMOX_VE_FINGERPRINT"`,
  );
  expect(api.calls).toEqual([]);
});

test("rejects another authority's certificate, and one for another host, before the token is sent", async () => {
  const api = await served(clusterAsItWas());
  const other = selfSigned(["127.0.0.1"]).cert;
  expect(await refused(open(api, { ca: other }).get("/version", version))).toMatchInlineSnapshot(
    `"certificate: https://HOST: its certificate is not trusted (self-signed certificate), and nothing was sent; PROXMOX_VE_CA_FILE is not the authority of this cluster: copy /etc/pve/pve-root-ca.pem again, or pin the certificate with PROXMOX_VE_FINGERPRINT"`,
  );
  const certificate = selfSigned(["pve.example.org"]);
  const misnamed = await served(clusterAsItWas(), { certificate });
  expect(await refused(open(misnamed).get("/version", version))).toMatchInlineSnapshot(
    `"certificate: https://HOST: its certificate is not trusted (Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ), and nothing was sent; use a name or address that the certificate lists, or pin it with PROXMOX_VE_FINGERPRINT"`,
  );
  expect([...api.calls, ...misnamed.calls]).toEqual([]);
});

test("rejects a certificate that is not the pinned one, though its authority is trusted", async () => {
  const api = await served(clusterAsItWas());
  const fingerprint = Array.from({ length: 32 }, () => "00").join(":");
  expect(await refused(open(api, { fingerprint }).get("/version", version))).toMatchInlineSnapshot(
    `"certificate: https://HOST: its certificate has the fingerprint SHOWN, and 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00 is pinned; nothing was sent: if the certificate was renewed, take the new fingerprint from \`pvenode cert info\` on the node itself"`,
  );
  expect(api.calls).toEqual([]);
});

test("rejects a token that the cluster does not take", async () => {
  const api = await served(clusterAsItWas());
  const token = "audit@pve!homelab=00000000-0000-4000-8000-000000000000";
  expect(await refused(open(api, { token }).get("/version", version))).toMatchInlineSnapshot(
    `"unauthorized: https://HOST/version: the API token is refused (401 Authentication failed!): it is unknown, expired or has another secret; make a new one (Datacenter > Permissions > API Tokens) and put it into PROXMOX_VE_API_TOKEN"`,
  );
});

test("rejects what the API refuses, in the API's words", async () => {
  const reported: string[] = [];
  for (const answer of [
    { status: 403, reason: "Permission check failed (/, Sys.Audit)" },
    { status: 500, reason: "got no worker upid - start worker failed" },
    { status: 595, reason: "Connection timed out" },
  ]) {
    const api = await withFault({ path: /version/, answer });
    reported.push(await refused(open(api).get("/version", version)));
  }
  expect(reported).toMatchInlineSnapshot(`
    [
      "forbidden: https://HOST/version: the API token may not read this (403 Permission check failed (/, Sys.Audit)); give user and token the role PVEAuditor on / (a token with privilege separation needs it too)",
      "refused: https://HOST/version: the API answered 500 got no worker upid - start worker failed; read the log of pveproxy and pvedaemon on the node",
      "node-unreachable: https://HOST/version: another node does not answer the API (595 Connection timed out); check that it is up: systemctl status pveproxy pve-cluster",
    ]
  `);
});

test("rejects a 595 with the node that did not answer", async () => {
  const api = await served(clusterAsItWas(), { silent: ["proxmox2"] });
  expect(await refused(open(api).get("/nodes/proxmox2/status", z.unknown()))).toMatchInlineSnapshot(
    `"node-unreachable: https://HOST/nodes/proxmox2/status: node proxmox2 does not answer the API (595 No route to host); check that it is up: systemctl status pveproxy pve-cluster"`,
  );
});

test("rejects an answer that is no JSON, and one that is not what was asked for", async () => {
  const html = await withFault({ path: /version/, body: "<html><body>Sign in to the network" });
  expect(await refused(open(html).get("/version", version))).toMatchInlineSnapshot(
    `"malformed: https://HOST/version: the answer is not JSON (it begins with "<html><body>Sign in to the network"); see whether a proxy answers in place of Proxmox"`,
  );
  const cut = await withFault({ path: /version/, body: '{"data":{"version":"9.0' });
  expect(await refused(open(cut).get("/version", version))).toMatchInlineSnapshot(
    `"malformed: https://HOST/version: the answer is not JSON (it begins with "{\\"data\\":{\\"version\\":\\"9.0"); see whether a proxy answers in place of Proxmox"`,
  );
  const other = await withFault({ path: /version/, body: '{"data":[]}' });
  expect(await refused(open(other).get("/version", version))).toMatchInlineSnapshot(
    `"malformed: https://HOST/version: the answer is not as Proxmox documents it: data: Invalid input: expected object, received array; see whether this version of Proxmox VE (8 and 9 are known) answers so"`,
  );
});

test("rejects a slow answer after the time that was given, and a connection that breaks", async () => {
  const slow = await withFault({ path: /version/, delayMs: 2000 });
  expect(
    await refused(open(slow, { timeoutMs: 300 }).get("/version", version)),
  ).toMatchInlineSnapshot(
    `"timeout: https://HOST/version: no complete answer within 0.3 s; see whether the node is overloaded, or name another node in PROXMOX_VE_ENDPOINT"`,
  );
  const broken = await withFault({ path: /version/, hangUp: true });
  expect(await refused(open(broken).get("/version", version))).toMatchInlineSnapshot(
    `"unreachable: https://HOST: no connection to the Proxmox API (socket hang up); correct PROXMOX_VE_ENDPOINT, or name a node that is up"`,
  );
});

test("rejects an endpoint where nobody listens", async () => {
  const api = await served(clusterAsItWas());
  const client = open(api, { endpoint: `https://127.0.0.1:${await freePort()}` });
  expect(await refused(client.get("/version", version))).toMatchInlineSnapshot(
    `"unreachable: https://HOST: no connection to the Proxmox API (connect ECONNREFUSED HOST); correct PROXMOX_VE_ENDPOINT, or name a node that is up"`,
  );
});

test("a list is read page by page to its end, or to the most that is wanted", async () => {
  const cluster = clusterAsItWas();
  const tasks = Array.from({ length: 1203 }, (_, index) => ({
    type: "startall",
    starttime: 1_700_000_000 - index,
  }));
  if (cluster.site.nodes.proxmox) cluster.site.nodes.proxmox.tasks = tasks;
  const api = await served(cluster);
  const item = z.looseObject({ starttime: z.number() });
  const path = "/nodes/proxmox/tasks";
  const all = await open(api).pages(path, item, { typefilter: "startall" });
  expect(all.map(({ starttime }) => starttime)).toEqual(tasks.map(({ starttime }) => starttime));
  expect(api.calls.map((call) => call.split("?")[1])).toEqual([
    "typefilter=startall&start=0&limit=500",
    "typefilter=startall&start=500&limit=500",
    "typefilter=startall&start=1000&limit=500",
  ]);
  expect(await open(api).pages(path, item, {}, 20)).toHaveLength(20);
});

const token = simulatedToken;
const endpoint = "https://192.168.1.125:8006";

const environments: [string, Record<string, string>][] = [
  ["nothing", {}],
  ["no token", { PROXMOX_VE_ENDPOINT: endpoint }],
  ["http", { PROXMOX_VE_ENDPOINT: "http://192.168.1.125:8006", PROXMOX_VE_API_TOKEN: token }],
  ["no URL", { PROXMOX_VE_ENDPOINT: "192.168.1.125", PROXMOX_VE_API_TOKEN: token }],
  [
    "a user in the URL",
    { PROXMOX_VE_ENDPOINT: "https://root:pw@h:8006", PROXMOX_VE_API_TOKEN: token },
  ],
  ["half a token", { PROXMOX_VE_ENDPOINT: endpoint, PROXMOX_VE_API_TOKEN: "hunter2-half-secret" }],
  [
    "a fingerprint of SHA-1",
    {
      PROXMOX_VE_ENDPOINT: endpoint,
      PROXMOX_VE_API_TOKEN: token,
      PROXMOX_VE_FINGERPRINT: "AA:BB:CC",
    },
  ],
  [
    "a CA file that is missing",
    {
      PROXMOX_VE_ENDPOINT: endpoint,
      PROXMOX_VE_API_TOKEN: token,
      PROXMOX_VE_CA_FILE: "/nowhere/pve-root-ca.pem",
    },
  ],
];

test("rejects an environment that cannot be meant, without showing a token", async () => {
  const reported: Record<string, string> = {};
  for (const [name, env] of environments) {
    reported[name] = await refused((async () => openProxmox(optionsFromEnvironment(env)))());
  }
  expect(JSON.stringify(reported)).not.toContain("hunter2");
  expect(reported).toMatchInlineSnapshot(`
    {
      "a CA file that is missing": "settings: PROXMOX_VE_CA_FILE: cannot read /nowhere/pve-root-ca.pem (ENOENT); copy /etc/pve/pve-root-ca.pem of a node and name it here",
      "a fingerprint of SHA-1": "settings: PROXMOX_VE_FINGERPRINT: found "AA:BB:CC", expected a SHA-256 fingerprint of 32 bytes with colons; take the line that \`pvenode cert info\` prints for pve-ssl.pem or pveproxy-ssl.pem",
      "a user in the URL": "settings: PROXMOX_VE_ENDPOINT: found a user name in the URL, expected the address only; put the token into PROXMOX_VE_API_TOKEN",
      "half a token": "settings: PROXMOX_VE_API_TOKEN: not of the form user@realm!name=uuid (it is not shown here); copy both parts that Proxmox showed when the token was made, e.g. audit@pve!homelab=01234567-89ab-cdef-0123-456789abcdef",
      "http": "settings: PROXMOX_VE_ENDPOINT: found "http://192.168.1.125:8006", expected an https URL; write e.g. https://192.168.1.125:8006",
      "no URL": "settings: PROXMOX_VE_ENDPOINT: found "192.168.1.125", expected an https URL; write e.g. https://192.168.1.125:8006",
      "no token": "settings: PROXMOX_VE_API_TOKEN: missing in the environment; set PROXMOX_VE_API_TOKEN to a token with the role PVEAuditor on /",
      "nothing": "settings: PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN: missing in the environment; set PROXMOX_VE_ENDPOINT to the URL of a node and PROXMOX_VE_API_TOKEN to a token with the role PVEAuditor on /",
    }
  `);
});

test("rejects a CA file without a certificate", async () => {
  const dir = mkdtempSync(join(tmpdir(), "ca-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "ca.pem");
  writeFileSync(file, "-----BEGIN PRIVATE KEY-----\n");
  const env = {
    PROXMOX_VE_ENDPOINT: endpoint,
    PROXMOX_VE_API_TOKEN: token,
    PROXMOX_VE_CA_FILE: file,
  };
  const text = await refused((async () => optionsFromEnvironment(env))());
  expect(text.replace(file, "FILE")).toMatchInlineSnapshot(
    `"settings: PROXMOX_VE_CA_FILE: FILE holds no certificate in PEM form; copy /etc/pve/pve-root-ca.pem of a node"`,
  );
});

test("rejects a CA whose certificate is damaged", async () => {
  const ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect(await refused((async () => openProxmox({ endpoint, token, ca }))())).toMatchInlineSnapshot(
    `"settings: PROXMOX_VE_CA_FILE: its certificate cannot be read; copy /etc/pve/pve-root-ca.pem of a node again"`,
  );
});

test("never more jobs at a time than allowed, and each runs once, in order", async () => {
  const queue = new Queue(3);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      queue
        .run(async () => {
          started.push(index);
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, index % 3));
          running -= 1;
          if (index === 5) throw new Error("one that fails");
        })
        .catch(() => {}),
    ),
  );
  expect(most).toBe(3);
  expect(started).toEqual(Array.from({ length: 20 }, (_, index) => index));
});
