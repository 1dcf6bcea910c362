import { expect, test } from "vitest";
import { backendHost, behind, recordFor } from "../../../model/cutover/behind";
import { judgeCutover } from "../../../model/cutover/findings";
import {
  emptyJournal,
  entered,
  lastPhase,
  nextPhase,
  remainingWait,
  strayPhases,
} from "../../../model/cutover/journal";
import { cutoverPhases } from "../../../model/cutover/phases";
import type { CutoverFacts, DnsConsumer } from "../../../model/cutover/types";
import { findingText } from "../../../model/finding";

const apex: DnsConsumer = {
  name: "apex",
  kind: "dns",
  record: "example.org",
  ttlSec: 1800,
  servers: ["10.0.20.201"],
  probe: "example.org",
  stage: 1,
  step: "set it",
  undo: "set it back",
};

/** A cutover without problems. */
const sound: CutoverFacts = {
  name: "move",
  from: "10.0.20.200",
  to: { address: "10.0.20.203", what: 'Kubernetes ingress "traefik-lb"', byStack: true },
  variant: "additive",
  stackPhase: "before",
  fromService: { name: "traefik", namespace: "traefik" },
  shares: [{ name: "postgresql", ports: [5432] }],
  consumers: [apex, { name: "tunnel", kind: "tunnel", tunnel: "public" }],
  found: [{ kind: "dns", key: "example.org", why: "leads to 10.0.20.200" }],
  credentials: [
    { name: "dns-password", at: undefined },
    { name: "token", at: "10.0.20.9" },
  ],
  stateBackend: "file://~",
  windowTtlSec: 60,
  dns: [
    { record: "example.org", address: "10.0.20.200" },
    { record: "*.example.org", address: "10.0.20.200" },
    { record: "state.example.org", address: "10.0.20.9" },
  ],
  tunnels: [
    {
      tunnel: "public",
      hostname: "*.example.net",
      origin: "https://traefik-lb.traefik.svc.cluster.local",
      leads: true,
    },
  ],
  pools: [],
  verify: { hosts: ["example.org"], port: 443, path: "/", http3: true },
};

const reported = (change: Partial<CutoverFacts>) =>
  judgeCutover({ ...sound, ...change }).map(
    (finding) => `${finding.path.join(".")}: ${findingText(finding)}`,
  );

test("a sound cutover has nothing against it", () => {
  expect(reported({})).toEqual([]);
});

test("rejects a consumer that the plan forgot, whatever its kind", () => {
  const found: CutoverFacts["found"] = [
    { kind: "tunnel", key: "other", why: 'leads "a.example.org" to traefik-lb' },
    { kind: "dns", key: "*.example.org", why: "leads to 10.0.20.200" },
    { kind: "allowlist", key: "traefik-lb", why: "names networks" },
  ];
  expect(reported({ found })).toMatchInlineSnapshot(`
    [
      "consumers: tunnel "other" leads "a.example.org" to traefik-lb, and is missing from the plan; add { kind: tunnel, tunnel: other }",
      "consumers: DNS record "*.example.org" leads to 10.0.20.200, and is missing from the plan; add { kind: dns, record: "*.example.org", servers: […], step: …, undo: … }",
      "consumers: allowlist of "traefik-lb" names networks, and is missing from the plan; add { kind: allowlist, at: …, step: …, undo: … }",
    ]
  `);
});

test("rejects a credential behind what moves, however it is reached", () => {
  const places = [
    "10.0.20.200",
    "10.0.20.203",
    "example.org",
    "vault.example.org",
    "vault.example.net",
  ];
  const credentials = places.map((at, index) => ({ name: `c${index}`, at }));
  const short = reported({ credentials }).map((text) => text.replace(/, which this cutover.*/, ""));
  expect(short).toMatchInlineSnapshot(`
    [
      "credentials.c0.at: credential "c0" is at 10.0.20.200 itself",
      "credentials.c1.at: credential "c1" is at 10.0.20.203 itself",
      "credentials.c2.at: credential "c2" is at example.org, which homelab:dns leads to 10.0.20.200",
      "credentials.c3.at: credential "c3" is at vault.example.org, which homelab:dns leads to 10.0.20.200 by "*.example.org"",
      "credentials.c4.at: credential "c4" is at vault.example.net, which tunnel "public" leads to Kubernetes ingress "traefik-lb"",
    ]
  `);
  expect(reported({ credentials: credentials.slice(0, 1) })).toMatchInlineSnapshot(`
    [
      "credentials.c0.at: credential "c0" is at 10.0.20.200 itself, which this cutover moves, so it cannot be read when it is needed most; copy it to a place that does not move, such as a password manager, and name that, or write this-machine",
    ]
  `);
});

test.each(["10.0.20.9", "state.example.org", "vault.example.com"])(
  "a credential at %s is not behind what moves",
  (at) => {
    expect(reported({ credentials: [{ name: "dns-password", at }] })).toEqual([]);
  },
);

test("rejects a state backend behind what moves, and names what shares the address", () => {
  expect(reported({ stateBackend: "postgres://state@10.0.20.200/infra" })).toMatchInlineSnapshot(`
    [
      "stateBackend: the state backend is at 10.0.20.200 itself (port 5432, "postgresql", which shares it), which this cutover moves, so an update could cut off its own state and leave it locked; move the state first (\`pulumi stack export\`, \`pulumi login\` elsewhere, \`pulumi stack import\`) and name that, e.g. file://~",
    ]
  `);
  expect(
    reported({ stateBackend: "s3://state?endpoint=https://minio.example.org:9000&region=x" }),
  ).toMatchInlineSnapshot(`
    [
      "stateBackend: the state backend is at minio.example.org, which homelab:dns leads to 10.0.20.200 by "*.example.org", which this cutover moves, so an update could cut off its own state and leave it locked; move the state first (\`pulumi stack export\`, \`pulumi login\` elsewhere, \`pulumi stack import\`) and name that, e.g. file://~",
    ]
  `);
});

test.each([
  "file://~",
  "s3://state?region=eu-central-1",
  "https://api.pulumi.com",
  "postgres://10.0.20.9:5432/infra",
  "s3://state?endpoint=state.example.org:9000",
])("the state backend %s is not behind what moves", (stateBackend) => {
  expect(reported({ stateBackend })).toEqual([]);
});

test("rejects a tunnel that leads to an address", () => {
  const [rule] = sound.tunnels;
  const at = (origin: string) => reported({ tunnels: rule ? [{ ...rule, origin }] : [] });
  expect(at("https://10.0.20.200:443")).toMatchInlineSnapshot(`
    [
      "consumers: tunnel "public": the tunnel origin "https://10.0.20.200:443" is an address, expected the name of a Service, which stays when the address moves; use https://<service>.<namespace>.svc",
    ]
  `);
  expect(at("https://traefik.traefik.svc.cluster.local")).toEqual([]);
});

test("rejects a tunnel that would lead to a Service which is not there yet", () => {
  const { fromService: _, ...without } = sound;
  expect(judgeCutover(without).map(findingText)).toMatchInlineSnapshot(`
    [
      "missing: until tunnel "tunnel" moves it has to lead to the Service that has 10.0.20.200 today; name that Service, e.g. { name: traefik, namespace: traefik }",
    ]
  `);
});

test("rejects a new address that is the old one, or that a pool gives to others", () => {
  const to = (address: string) => ({ address, what: address, byStack: false });
  const pools = [{ name: "lan.dhcp", kind: "dhcp" as const, range: "10.0.21.10-10.0.21.20" }];
  expect(reported({ to: to("10.0.20.200") })[0]).toMatchInlineSnapshot(
    `"to: the new address is 10.0.20.200, which is the old one too; name the address that clients are to use"`,
  );
  expect(reported({ to: to("10.0.21.15"), pools })).toMatchInlineSnapshot(`
    [
      "to.address: 10.0.21.15 lies in the DHCP pool "lan.dhcp" (10.0.21.10-10.0.21.20), which gives it to others; choose an address outside the pool, or shrink the pool",
    ]
  `);
  expect(reported({ to: to("10.0.21.21"), pools })).toEqual([]);
});

test("rejects an interruption that is not announced, and an announcement of none", () => {
  expect(reported({ variant: "in-place" })).toMatchInlineSnapshot(`
    [
      "window: missing: with "in-place" the old address is gone before clients know the new one; announce when that is and state it here, or use variant: additive",
    ]
  `);
  expect(reported({ variant: "in-place", window: "sunday 02:00" })).toEqual([]);
  expect(reported({ window: "sunday 02:00" })).toMatchInlineSnapshot(`
    [
      "window: found a window, but "additive" interrupts nothing; remove it, or use variant: in-place",
    ]
  `);
});

test("the nearest wildcard answers, and a name that exists stops it", () => {
  const dns = [
    { record: "*.example.org", address: "1" },
    { record: "*.a.example.org", address: "2" },
    { record: "b.example.org", address: "3" },
  ];
  const address = (name: string) => recordFor(name, dns)?.address;
  expect(address("x.example.org")).toBe("1");
  expect(address("x.y.example.org")).toBe("1");
  expect(address("x.a.example.org")).toBe("2");
  expect(address("b.example.org")).toBe("3");
  // RFC 4592, 2.2.1: b.example.org exists, so no wildcard above it answers below it.
  expect(address("x.b.example.org")).toBeUndefined();
  expect(address("example.org")).toBeUndefined();
});

test("a name that the inside answers is not looked for in the tunnel", () => {
  const rule = { tunnel: "public", hostname: "*.example.org", origin: "https://a.b", leads: true };
  const facts = { ...sound, tunnels: [rule] };
  expect(behind("state.example.org", undefined, facts)).toBeUndefined();
});

test.each([
  ["postgres://u@db.example.org/x", { host: "db.example.org", port: 5432 }],
  ["postgres://db.example.org:6432/x", { host: "db.example.org", port: 6432 }],
  ["https://state.example.org", { host: "state.example.org", port: 443 }],
  ["s3://b?endpoint=minio%3A9000", { host: "minio", port: 9000 }],
  ["s3://b", undefined],
  ["gs://b", undefined],
  ["file:///srv/state", undefined],
])("the host of %s", (url, host) => {
  expect(backendHost(url)).toEqual(host);
});

test("an additive move has its phases in this order", () => {
  const ids = (facts: CutoverFacts) => cutoverPhases(facts).map(({ id }) => id);
  const alias = { name: "nat", kind: "firewallAlias", at: "router", step: "a", undo: "b" } as const;
  const all = [
    ...sound.consumers,
    alias,
    { ...alias, name: "list", kind: "allowlist" as const },
    { ...alias, name: "kuma", kind: "monitor" as const },
  ];
  expect(ids({ ...sound, consumers: all })).toEqual([
    "preflight",
    "allowlist",
    "service",
    "dns-ttl",
    "dns",
    "firewall",
    "tunnel",
    "others",
    "verification",
    "cleanup",
  ]);
  // In place, everything that can be done before the interruption is.
  expect(ids({ ...sound, consumers: all, variant: "in-place", window: "sunday" })).toEqual([
    "preflight",
    "allowlist",
    "dns-ttl",
    "service",
    "dns",
    "firewall",
    "tunnel",
    "others",
    "verification",
    "cleanup",
  ]);
});

const phase = (facts: CutoverFacts, id: string) => {
  const found = cutoverPhases(facts).find((one) => one.id === id);
  if (!found) throw new Error(`no phase ${id}`);
  return found;
};

test("DNS moves one old TTL after the TTL was lowered, and not at all where it is low already", () => {
  expect(phase(sound, "dns").forward.waits).toMatchObject([{ sec: 1800, since: "dns-ttl" }]);
  const low = { ...sound, consumers: [{ ...apex, ttlSec: 60 }] };
  expect(cutoverPhases(low).map(({ id }) => id)).not.toContain("dns-ttl");
  expect(phase(low, "dns").forward.waits).toEqual([]);
});

test("records move by stages, lower ones first", () => {
  const wildcard = { ...apex, name: "rest", record: "*.example.org", stage: 2 };
  const staged = { ...sound, consumers: [wildcard, apex] };
  const ids = cutoverPhases(staged).map(({ id }) => id);
  expect(ids.filter((id) => /^dns-\d/.test(id))).toEqual(["dns-1", "dns-2"]);
  expect(phase(staged, "dns-1").what).toBe("example.org leads to 10.0.20.203");
});

test("the new Service goes only when no answer with its address is kept any more", () => {
  expect(phase(sound, "service").back.waits).toMatchObject([{ sec: 60, since: "dns" }]);
});

test("the old address keeps what shares the port, and must fall silent otherwise", () => {
  const silent = { kind: "tcp", address: "10.0.20.200", port: 443, open: false };
  expect(phase(sound, "cleanup").forward.checks).toContainEqual(silent);
  const shares = [{ name: "other", ports: [443] }];
  expect(phase({ ...sound, shares }, "cleanup").forward.checks).not.toContainEqual(silent);
});

test("a journal leads to the first phase that is not done, and back to the last that is", () => {
  const phases = cutoverPhases(sound);
  const now = new Date("2026-01-01T00:00:00Z");
  let journal = emptyJournal("move");
  expect(nextPhase(phases, journal)?.id).toBe("preflight");
  expect(lastPhase(phases, journal)).toBeUndefined();
  journal = entered(journal, "preflight", "done", now);
  journal = entered(journal, "service", "doing", now);
  expect(nextPhase(phases, journal)?.id).toBe("service");
  expect(lastPhase(phases, journal)?.id).toBe("service");
  journal = entered(journal, "service", "undone", now);
  expect(lastPhase(phases, journal)?.id).toBe("preflight");
  expect(strayPhases(phases, entered(journal, "dns-9", "done", now))).toEqual(["dns-9"]);
  expect(strayPhases(phases, entered(journal, "dns-9", "undone", now))).toEqual([]);
});

test("a wait counts from when the other phase ended, and a clock set back does not shorten it", () => {
  const { forward } = phase(sound, "dns");
  const done = entered(emptyJournal("move"), "dns-ttl", "done", new Date("2026-01-01T00:00:00Z"));
  const left = (at: string) => remainingWait(forward, done, "done", new Date(at))?.sec;
  expect(left("2026-01-01T00:10:00Z")).toBe(1200);
  expect(left("2026-01-01T00:30:00Z")).toBeUndefined();
  expect(left("2025-12-31T23:00:00Z")).toBe(1800);
  expect(remainingWait(forward, emptyJournal("move"), "done", new Date())).toBeUndefined();
});
