import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeChecks } from "../../../cli/commands/cutover/probes";
import { checkedLines } from "../../../cli/commands/cutover/text";
import { plain } from "../../../cli/report/paint";
import type { Check } from "../../../model/cutover/types";
import { seedWorld } from "../../../sim/seed";
import { scratch } from "../../support/clusters/homelab";
import { type DnsServer, startDns } from "../../support/cutover/dns";
import { chartService, issue, NEW, OLD } from "../../support/cutover/house";
import { type Certificates, type Plane, startPlane } from "../../support/cutover/plane";

const host = "app.example.org";
const home = scratch();
let certificates: Certificates;
let dns: DnsServer;
let plane: Plane;

beforeAll(async () => {
  certificates = issue(home.dir);
  dns = await startDns("127.0.20.54", {
    [host]: { address: OLD, ttl: 300 },
    "*.example.org": { address: NEW, ttl: 60 },
  });
  const world = join(home.dir, "world.json");
  mkdirSync(home.dir, { recursive: true });
  const own = chartService("LoadBalancer", NEW);
  own.spec.externalTrafficPolicy = "Local";
  const kubernetes = { "v1/Service/a/old": chartService("LoadBalancer"), "v1/Service/a/new": own };
  writeFileSync(world, JSON.stringify({ ...seedWorld({ nodes: ["a"] }), kubernetes }));
  plane = await startPlane(world, certificates);
});
afterAll(async () => {
  await plane.stop();
  await dns.stop();
  home.remove();
});

/** What a check says, with the ports of this run named. */
async function reported(check: Check, options: Parameters<typeof makeChecks>[1] = {}) {
  const [checked] = await makeChecks([check], { caFile: certificates.ca, ...options });
  if (!checked) throw new Error("nothing was checked");
  return checkedLines([checked], plain)
    .join("\n")
    .trim()
    .replaceAll(dns.at, "DNS")
    .replaceAll(String(plane.port), "PORT");
}

const request = (address: string, more = {}) => ({
  host,
  address,
  port: plane.port,
  path: "/",
  ...more,
});

test("DNS answers are compared at the server itself, wildcards by a name below", async () => {
  const ask = (name: string, ...addresses: string[]) =>
    reported({ kind: "dns", name, server: dns.at, addresses });
  expect([
    await ask(host, OLD),
    await ask(host, NEW),
    await ask(host, NEW, OLD),
    await ask("cutover-check.example.org", NEW),
    await ask("example.net", NEW),
  ]).toMatchInlineSnapshot(`
    [
      "ok   DNS answers 127.0.20.200 for app.example.org: 127.0.20.200",
      "FAIL DNS answers 127.0.20.203 for app.example.org: 127.0.20.200",
      "ok   DNS answers 127.0.20.203 or 127.0.20.200 for app.example.org: 127.0.20.200",
      "ok   DNS answers 127.0.20.203 for cutover-check.example.org: 127.0.20.203",
      "FAIL DNS answers 127.0.20.203 for example.net: the name does not exist",
    ]
  `);
});

test("a server that is not there is a failure, and so is an answer that is kept too long", async () => {
  const ttl = (limits: object) => reported({ kind: "ttl", name: host, server: dns.at, ...limits });
  expect([
    await reported(
      { kind: "dns", name: host, server: "127.0.20.55:9", addresses: [OLD] },
      { timeoutMs: 300 },
    ),
    await ttl({ maxSec: 300 }),
    await ttl({ maxSec: 60 }),
    await ttl({ minSec: 61 }),
    await ttl({ minSec: 301 }),
  ]).toMatchInlineSnapshot(`
    [
      "FAIL 127.0.20.55:9 answers 127.0.20.200 for app.example.org: connection refused",
      "ok   answers of DNS for app.example.org may be kept at most 300 s: TTL 300 s",
      "FAIL answers of DNS for app.example.org may be kept at most 60 s: TTL 300 s",
      "ok   answers of DNS for app.example.org may be kept at least 61 s: TTL 300 s",
      "FAIL answers of DNS for app.example.org may be kept at least 301 s: TTL 300 s",
    ]
  `);
});

test("a free address does not answer, one that is taken does", async () => {
  const tcp = (address: string, open: boolean) =>
    reported({ kind: "tcp", address, port: plane.port, open });
  expect([
    await tcp(NEW, true),
    await tcp(NEW, false),
    await tcp("127.0.20.204", false),
    await tcp("127.0.20.204", true),
  ]).toMatchInlineSnapshot(`
    [
      "ok   127.0.20.203:PORT answers: it answers",
      "FAIL 127.0.20.203:PORT does not answer: it answers",
      "ok   127.0.20.204:PORT does not answer: connection refused",
      "FAIL 127.0.20.204:PORT answers: connection refused",
    ]
  `);
});

test("HTTPS goes to the given address with the host's name, and the certificate is verified", async () => {
  const https = (probe: object, options = {}) =>
    reported({ kind: "https", ...request(NEW), ...probe }, options);
  expect([
    await https({}),
    await https({ host: "other.example.org" }),
    await https({}, { caFile: undefined }),
    await https({ address: "127.0.20.204" }),
  ]).toMatchInlineSnapshot(`
    [
      "ok   https://app.example.org:PORT/ is served at 127.0.20.203: status 200",
      "FAIL https://other.example.org:PORT/ is served at 127.0.20.203: Hostname/IP does not match certificate's altnames: Host: other.example.org. is not in the cert's altnames: DNS:app.example.org",
      "FAIL https://app.example.org:PORT/ is served at 127.0.20.203: unable to verify the first certificate",
      "FAIL https://app.example.org:PORT/ is served at 127.0.20.204: connection refused",
    ]
  `);
});

test("the client's address is seen under policy Local, and a node's under policy Cluster", async () => {
  const seen = (address: string, path = "/whoami") =>
    reported({ kind: "clientAddress", ...request(address, { path }) });
  expect([await seen(NEW), await seen(OLD), await seen(NEW, "/")]).toMatchInlineSnapshot(`
    [
      "ok   https://app.example.org/whoami at 127.0.20.203 sees this machine's own address: the origin sees 127.0.0.1, this machine has 127.0.0.1",
      "FAIL https://app.example.org/whoami at 127.0.20.200 sees this machine's own address: the origin sees 127.0.20.103, this machine has 127.0.0.1",
      "FAIL https://app.example.org/ at 127.0.20.203 sees this machine's own address: the page shows neither X-Real-Ip nor X-Forwarded-For",
    ]
  `);
});

test("HTTP/3 that nobody can check is a failure, unless it is left out", async () => {
  const check: Check = { kind: "http3", ...request(NEW) };
  expect([
    await reported(check, { curl: "/bin/false" }),
    await reported(check, { curl: "/nowhere/curl" }),
    await reported(check, { skip: ["http3"] }),
  ]).toMatchInlineSnapshot(`
    [
      "FAIL https://app.example.org:PORT/ is served at 127.0.20.203 over HTTP/3: not checked: found no client with HTTP/3 (https://github.com/homelab-ha/homelab-ha/blob/main/docs/cutover.md names some; --curl, --skip http3)",
      "FAIL https://app.example.org:PORT/ is served at 127.0.20.203 over HTTP/3: not checked: found no client with HTTP/3 (https://github.com/homelab-ha/homelab-ha/blob/main/docs/cutover.md names some; --curl, --skip http3)",
      "skip https://app.example.org:PORT/ is served at 127.0.20.203 over HTTP/3: left out by --skip",
    ]
  `);
});

test("what lies apart leads to none of the addresses", async () => {
  const apart = (at: string) =>
    reported({ kind: "apart", what: 'credential "x"', host: at, addresses: ["127.0.0.1", NEW] });
  expect([
    await apart("127.0.20.9"),
    await apart(NEW),
    await apart("localhost"),
    await apart("does-not-exist.invalid"),
  ]).toMatchInlineSnapshot(`
    [
      "ok   credential "x" (127.0.20.9) is at none of 127.0.0.1, 127.0.20.203: 127.0.20.9 is 127.0.20.9",
      "FAIL credential "x" (127.0.20.203) is at none of 127.0.0.1, 127.0.20.203: 127.0.20.203 is 127.0.20.203",
      "FAIL credential "x" (localhost) is at none of 127.0.0.1, 127.0.20.203: localhost is 127.0.0.1",
      "FAIL credential "x" (does-not-exist.invalid) is at none of 127.0.0.1, 127.0.20.203: the name does not exist",
    ]
  `);
});

test("the word of a person counts only when they give it", async () => {
  const check: Check = { kind: "word", what: '"nat" is changed' };
  expect([await reported(check), await reported(check, { confirm: true })]).toMatchInlineSnapshot(`
    [
      "FAIL "nat" is changed: a manual step; confirm it with --confirm",
      "ok   "nat" is changed: said with --confirm",
    ]
  `);
});
