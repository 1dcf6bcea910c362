import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeAddress } from "../../../model/status/address";
import type { AddressReading } from "../../../model/status/address-reading";
import { type MemberReading, readMember, silentMember } from "../../../model/status/member-reading";
import { worstFirst } from "../../../model/status/types";

const NOW = 1_790_000_000;
const MAC = { first: "52:54:00:00:00:01", second: "52:54:00:00:00:02" };

const SUM = "a".repeat(64);

/** What is asked for beside how a member stands. */
const FACTS = {
  units: ["lsyncd.service"],
  starts: ["traefik", "keepalived"],
  configuration: true,
  certificates: "/etc/traefik/certificates",
  servers: false,
};
const ALPHA = { name: "alpha", priority: 150, facts: FACTS };
const BETA = { name: "beta", priority: 100, facts: { ...FACTS, units: [] } };

/** What the preferred member prints while all is well. */
const first = `owner
aside 0
state MASTER
fit
now ${NOW}
changed ${NOW - 90_000}
valid 1
mac ${MAC.first}
unit lsyncd.service active
sum ${SUM}
certificate ${NOW + 60 * 86_400} /etc/traefik/certificates/example.org.crt
`;
const second = `aside 0
state BACKUP
fit
now ${NOW}
changed ${NOW - 90_000}
valid 1
mac ${MAC.second}
wire ${MAC.first}
sum ${SUM}
certificate ${NOW + 60 * 86_400} /etc/traefik/certificates/example.org.crt
`;

/** Servers are asked for where there are some. */
const asked = (member: typeof ALPHA, text: string) =>
  readMember({ ...member, facts: { ...member.facts, servers: /^server /m.test(text) } }, text, NOW);

function reading(texts: { first?: string; second?: string } = {}): AddressReading {
  return {
    place: "traefikPairs.web",
    vip: "192.168.1.60",
    preempt: true,
    members: [asked(ALPHA, texts.first ?? first), asked(BETA, texts.second ?? second)],
    takenAt: NOW,
  };
}

const said = (one: AddressReading) =>
  worstFirst(judgeAddress(one)).map(({ level, text }) => `${level}: ${text}`);

test("a healthy pair has a holder and a member in reserve, and nothing else to say", () => {
  expect(said(reading())).toEqual([
    "ok: 192.168.1.60 is on alpha",
    "ok: beta can take 192.168.1.60 over",
  ]);
});

const without = (text: string, ...lines: string[]) =>
  lines.reduce((rest, line) => rest.replace(`${line}\n`, ""), text);

/** What is broken, and the line that names it. */
const broken: [string, { first?: string; second?: string }, string][] = [
  [
    "both have the address",
    { second: `owner\n${second.replace("BACKUP", "MASTER")}` },
    "problem: 192.168.1.60 is on alpha and beta at the same time",
  ],
  [
    "none has the address",
    {
      first: without(first, "owner").replace("MASTER", "BACKUP"),
      second: without(second, `wire ${MAC.first}`),
    },
    "problem: no member has 192.168.1.60",
  ],
  [
    "a stranger answers for the address",
    { second: second.replace(`wire ${MAC.first}`, "wire 02:00:00:00:00:99") },
    "problem: beta sees 192.168.1.60 at 02:00:00:00:00:99, which is no member's",
  ],
  [
    "a member that let go still answers for it",
    {
      first: without(first, "owner").replace("MASTER", "BACKUP"),
      second: second.replace("BACKUP", "BACKUP"),
    },
    "problem: beta sees 192.168.1.60 at alpha, which does not have it",
  ],
  [
    "the reserve is not healthy",
    { second: `${second}sick http://127.0.0.1:8080/ping does not answer with 200\n` },
    "problem: no other member can take 192.168.1.60 over: the next failure is an outage",
  ],
  [
    "keepalived is in FAULT",
    { second: second.replace("BACKUP", "FAULT") },
    "problem: beta: keepalived reports FAULT",
  ],
  [
    "keepalived and the host disagree",
    { second: second.replace("BACKUP", "MASTER") },
    "problem: beta: keepalived reports MASTER, but the host does not have 192.168.1.60",
  ],
  [
    "files that the service would refuse",
    { second: `${second}copied refused\n` },
    "problem: beta: its service would refuse the files that were copied to it, and goes on with the ones before",
  ],
  [
    "files that the service has not read",
    { second: `${second}copied unread\n` },
    "problem: beta: its service could not be made to read the files that were copied to it",
  ],
  ["a drained member", { second: second.replace("aside 0", "aside 1") }, "warning: beta: drained"],
  [
    "the preferred member does not take it back",
    {
      first: `${without(first, "owner").replace("MASTER", "BACKUP")}wire ${MAC.second}\n`,
      second: `owner\n${without(second, `wire ${MAC.first}`).replace("BACKUP", "MASTER")}`,
    },
    "warning: 192.168.1.60 is on beta, although alpha is preferred and healthy",
  ],
  [
    "a recent move",
    { second: second.replace(`changed ${NOW - 90_000}`, `changed ${NOW - 120}`) },
    "warning: beta: keepalived changed its state 2 min ago",
  ],
  [
    "replication stopped",
    { first: first.replace("lsyncd.service active", "lsyncd.service failed") },
    "problem: alpha: lsyncd.service is failed, so nothing is copied to the other members",
  ],
  [
    "configurations differ",
    { second: second.replace(`sum ${SUM}`, `sum ${"b".repeat(64)}`) },
    "warning: the configuration differs between alpha and beta",
  ],
  [
    "a configuration that the service refuses",
    { first: first.replace("valid 1", "valid 0") },
    "problem: alpha: its service refuses the configuration on disk",
  ],
  [
    "a certificate near its end",
    { first: first.replace(`${NOW + 60 * 86_400}`, `${NOW + 5 * 86_400}`) },
    "warning: alpha: the certificate /etc/traefik/certificates/example.org.crt ends in 5 days and was not renewed",
  ],
  [
    "a certificate that ended",
    { first: first.replace(`${NOW + 60 * 86_400}`, `${NOW - 2 * 86_400}`) },
    "problem: alpha: the certificate /etc/traefik/certificates/example.org.crt ended 2 days ago",
  ],
  [
    "a clock that is off",
    { second: second.replace(`now ${NOW}`, `now ${NOW + 90}`) },
    "warning: beta: its clock is 90 s ahead of this machine's",
  ],
  [
    "a server behind it that is down",
    { first: `${first}server m1 UP\nserver m2 DOWN\n` },
    "warning: alpha: m2 is DOWN of 2 servers behind it",
  ],
  [
    "every server behind it is down",
    { first: `${first}server m1 DOWN\nserver m2 MAINT\n` },
    "problem: alpha: m1 is DOWN and m2 is MAINT of 2 servers behind it",
  ],
];

test.each(broken)("%s", (_what, texts, expected) => {
  expect(said(reading(texts))).toContain(expected);
});

const silent = (name: string, priority: number): MemberReading =>
  silentMember({ name, priority }, "no connection within 5 s");

test("a member that cannot be asked may have the address, so its absence is no verdict", () => {
  const one = reading();
  const [, beta] = one.members as [MemberReading, MemberReading];
  expect(said({ ...one, members: [silent("alpha", 150), beta] })).toEqual([
    "problem: alpha cannot be asked: no connection within 5 s",
    "unknown: 192.168.1.60 is on no member that answers; alpha may have it",
    `unknown: beta sees 192.168.1.60 at ${MAC.first}, maybe alpha`,
    "ok: beta can take 192.168.1.60 over",
  ]);
});

test("without preemption the address may be on any member", () => {
  const moved = reading({
    first: `${without(first, "owner").replace("MASTER", "BACKUP")}wire ${MAC.second}\n`,
    second: `owner\n${without(second, `wire ${MAC.first}`).replace("BACKUP", "MASTER")}`,
  });
  expect(said({ ...moved, preempt: false })).toEqual([
    "ok: 192.168.1.60 is on beta",
    "ok: alpha can take 192.168.1.60 over",
  ]);
});

test("what a member prints beyond the known words changes nothing", () => {
  const hostile = `${second}ownership yes\nowner of everything\nnow 99x\nserver\n__proto__ polluted\ncertificate x y\n`;
  expect(said(reading({ second: hostile }))).toEqual(said(reading()));
});

/** What a member may say instead of its line, and what the report then says of it. */
const untrusted: [string, string, string][] = [
  [
    "nothing at all",
    "",
    "problem: beta: its answer is not whole: it does not say whether it is healthy",
  ],
  [
    "an answer that ends early",
    second.slice(0, second.indexOf("fit")),
    "problem: beta: its answer is not whole: it does not say whether it is healthy",
  ],
  [
    "no checksum",
    without(second, `sum ${SUM}`),
    "unknown: it answers, and does not tell the checksum of its configuration",
  ],
  [
    "a checksum that is none",
    second.replace(SUM, "$(id)"),
    "unknown: it answers, and does not tell the checksum of its configuration",
  ],
  [
    "no certificate",
    second.replace(/certificate .*\n/, ""),
    "unknown: it answers, and does not tell the end of any certificate in /etc/traefik/certificates",
  ],
  [
    "a certificate of somewhere else",
    second.replace("/etc/traefik/certificates/", "/tmp/"),
    "unknown: it answers, and does not tell the end of any certificate in /etc/traefik/certificates",
  ],
  [
    "a reason with an escape sequence and a line of ours",
    `${second}sick \u001b]0;taken\u0007no\u2028ok       all: well\u202e\n`,
    "problem: beta: no ok all: well",
  ],
];

test.each(untrusted)(
  "a member that says %s is not taken for a healthy one",
  (_what, text, line) => {
    expect(said(reading({ second: text }))).toContain(line);
  },
);

test("a member whose answer is not whole is no reserve", () => {
  expect(said(reading({ second: "state BACKUP\naside 0\n" }))).toContain(
    "problem: no other member can take 192.168.1.60 over: the next failure is an outage",
  );
});

test("no word of a member becomes a command, a subject or a character that a terminal obeys", () => {
  const sound = judgeAddress(reading()).map(({ subject }) => subject);
  const keys = ["owner", "aside", "state", "sick", "fit", "now", "changed", "valid", "mac", "wire"];
  const words = ["unit", "sum", "certificate", "server", "file", ...keys];
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("lsyncd;curl$IFS|sh failed", "`id`", "\u009b31m", "\u202e", "99 /etc/x$(id)"),
    fc.constantFrom(`${NOW} /etc/traefik/certificates/$(id)\u001b[2J.crt`),
  );
  const line = fc.tuple(fc.constantFrom(...words), value).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      for (const item of judgeAddress(reading({ second: `${second}${lines.join("\n")}\n` }))) {
        expect([...sound, "beta"]).toContain(item.subject);
        expect(item.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(item.fix ?? "").not.toMatch(/curl|`id`|\$\(id|[\p{Cc}\p{Cf}\p{Cs}]/u);
      }
    }),
    { numRuns: 40 },
  );
});

test("a hundred thousand lines of a member are a bounded report", () => {
  const many = (line: (index: number) => string) =>
    Array.from({ length: 100_000 }, (_, index) => line(index)).join("\n");
  const flood = `${second}${many((index) => `certificate 1 /etc/traefik/certificates/${index}.crt`)}\n${many((index) => `file x /etc/${index}`)}\n`;
  expect(judgeAddress(reading({ second: flood })).length).toBeLessThan(60);
});

test("a load balancer whose statistics do not answer is no balancer with good servers", () => {
  const one = reading();
  const facts = { units: [], configuration: false, servers: true };
  const members = [ALPHA, BETA].map((member, index) =>
    readMember({ ...member, facts }, index === 0 ? first : second, NOW),
  );
  expect(said({ ...one, members })).toContain(
    "unknown: it answers, and does not tell the servers behind it",
  );
});
