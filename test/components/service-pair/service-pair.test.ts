import type { CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import {
  ServicePair,
  type ServicePairArgs,
  type ServicePairOptions,
} from "../../../components/service-pair";
import { evaluate } from "../../../policy/evaluate";
import { rules } from "../../../policy/rules/all";
import { pick, record, refusal, resolvedValue } from "../recorder";
import { listed, resolvers, waits } from "../vrrp-data";

const build = (change: Partial<ServicePairArgs> = {}, opts: ServicePairOptions = {}) =>
  record(() => new ServicePair("dns", { ...resolvers, ...change }, opts));
const refused = (change: Partial<ServicePairArgs>) =>
  refusal(() => new ServicePair("dns", { ...resolvers, ...change }));
const command = "command:remote:Command";
const replicate = {
  directories: ["/etc/unbound/unbound.conf.d"],
  test: "unbound-checkconf",
  reload: "systemctl reload unbound",
};

test("registers everything of the second member, then of the first, then the copies", async () => {
  const { resources } = await build({ replicate });
  // A name is identity: a changed line here destroys one resource and creates another.
  expect(listed(resources)).toMatchInlineSnapshot(`
    "homelab:components:ServicePair dns < 
    command:remote:Command dns-dns-1-peers < dns
    command:remote:Command dns-dns-2-peers < dns
    command:remote:Command dns-dns-2-packages < dns
    command:remote:Command dns-dns-2-service-drop-in < dns
    command:remote:Command dns-dns-2-check < dns
    command:remote:Command dns-dns-2-notify < dns
    command:remote:Command dns-dns-2-logrotate < dns
    command:remote:Command dns-dns-2-keepalived-drop-in < dns
    command:remote:Command dns-dns-2-keepalived-conf < dns
    command:remote:Command dns-dns-2-health < dns
    command:remote:Command dns-dns-1-packages < dns
    command:remote:Command dns-dns-1-service-drop-in < dns
    command:remote:Command dns-dns-1-check < dns
    command:remote:Command dns-dns-1-notify < dns
    command:remote:Command dns-dns-1-logrotate < dns
    command:remote:Command dns-dns-1-keepalived-drop-in < dns
    command:remote:Command dns-dns-1-keepalived-conf < dns
    command:remote:Command dns-dns-1-health < dns
    command:remote:Command dns-dns-1-copied-guard < dns
    command:remote:Command dns-dns-2-after-copy < dns
    command:remote:Command dns-dns-1-lsyncd-packages < dns
    command:remote:Command dns-dns-2-lsyncd-packages < dns
    command:remote:Command dns-dns-1-lsyncd-key < dns
    command:remote:Command dns-dns-1-lsyncd-known-hosts < dns
    command:remote:Command dns-dns-1-lsyncd-rsync < dns
    command:remote:Command dns-dns-1-lsyncd-conf < dns
    command:remote:Command dns-dns-1-lsyncd-unit < dns
    command:remote:Command dns-dns-1-lsyncd-full-sync-unit < dns
    command:remote:Command dns-dns-1-lsyncd-full-sync-timer < dns
    command:remote:Command dns-dns-2-lsyncd-door < dns
    command:remote:Command dns-dns-2-lsyncd-authorized-key < dns
    command:remote:Command dns-dns-1-lsyncd-start < dns"
  `);
  expect(waits(resources)).toMatchInlineSnapshot(`
    "dns-dns-1-peers: 
    dns-dns-2-peers: 
    dns-dns-2-packages: dns-dns-1-peers, dns-dns-2-peers
    dns-dns-2-service-drop-in: dns-dns-1-peers, dns-dns-2-packages, dns-dns-2-peers
    dns-dns-2-check: dns-dns-1-peers, dns-dns-2-packages, dns-dns-2-peers
    dns-dns-2-notify: dns-dns-1-peers, dns-dns-2-packages, dns-dns-2-peers
    dns-dns-2-logrotate: dns-dns-1-peers, dns-dns-2-packages, dns-dns-2-peers
    dns-dns-2-keepalived-drop-in: dns-dns-1-peers, dns-dns-2-packages, dns-dns-2-peers
    dns-dns-2-keepalived-conf: dns-dns-1-peers, dns-dns-2-check, dns-dns-2-notify, dns-dns-2-peers
    dns-dns-2-health: dns-dns-1-peers, dns-dns-2-check, dns-dns-2-keepalived-conf, dns-dns-2-keepalived-drop-in, dns-dns-2-logrotate, dns-dns-2-notify, dns-dns-2-peers, dns-dns-2-service-drop-in
    dns-dns-1-packages: dns-dns-2-health
    dns-dns-1-service-drop-in: dns-dns-1-packages, dns-dns-2-health
    dns-dns-1-check: dns-dns-1-packages, dns-dns-2-health
    dns-dns-1-notify: dns-dns-1-packages, dns-dns-2-health
    dns-dns-1-logrotate: dns-dns-1-packages, dns-dns-2-health
    dns-dns-1-keepalived-drop-in: dns-dns-1-packages, dns-dns-2-health
    dns-dns-1-keepalived-conf: dns-dns-1-check, dns-dns-1-notify, dns-dns-2-health
    dns-dns-1-health: dns-dns-1-check, dns-dns-1-keepalived-conf, dns-dns-1-keepalived-drop-in, dns-dns-1-logrotate, dns-dns-1-notify, dns-dns-1-service-drop-in, dns-dns-2-health
    dns-dns-1-copied-guard: dns-dns-1-health, dns-dns-2-health
    dns-dns-2-after-copy: dns-dns-1-health, dns-dns-2-health
    dns-dns-1-lsyncd-packages: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-2-lsyncd-packages: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-key: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-known-hosts: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-rsync: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-conf: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-unit: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-full-sync-unit: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-1-lsyncd-full-sync-timer: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-packages, dns-dns-2-after-copy, dns-dns-2-health
    dns-dns-2-lsyncd-door: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-2-after-copy, dns-dns-2-health, dns-dns-2-lsyncd-packages
    dns-dns-2-lsyncd-authorized-key: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-key, dns-dns-2-after-copy, dns-dns-2-health, dns-dns-2-lsyncd-door, dns-dns-2-lsyncd-packages
    dns-dns-1-lsyncd-start: dns-dns-1-copied-guard, dns-dns-1-health, dns-dns-1-lsyncd-conf, dns-dns-1-lsyncd-full-sync-timer, dns-dns-1-lsyncd-full-sync-unit, dns-dns-1-lsyncd-known-hosts, dns-dns-1-lsyncd-rsync, dns-dns-1-lsyncd-unit, dns-dns-2-after-copy, dns-dns-2-health, dns-dns-2-lsyncd-authorized-key"
  `);
});

test("without a unit and without copies there is nothing of both", async () => {
  const { unit: _unit, ...others } = resolvers;
  const { resources } = await record(() => new ServicePair("dns", others));
  const names = resources.map(({ name }) => name);
  expect(names.filter((name) => /drop-in|lsyncd|copied/.test(name))).toEqual([
    "dns-dns-2-keepalived-drop-in",
    "dns-dns-1-keepalived-drop-in",
  ]);
  const health = pick(resources, command, "dns-dns-1-health").inputs.create as string;
  expect(health).toContain("systemctl start keepalived\n");
});

test("a member is asked with the check itself, and then through the address", async () => {
  const { resources } = await build();
  const check = pick(resources, command, "dns-dns-1-check").inputs.stdin as string;
  expect(check).toContain("-q 'router.home.arpa' -t A");
  const health = pick(resources, command, "dns-dns-1-health").inputs.create as string;
  expect(health).toContain("/usr/local/bin/check_dns.sh >/dev/null 2>&1 ||");
  expect(health).toContain("/usr/local/bin/check_dns.sh 192.168.1.53 >/dev/null 2>&1 ||");
  expect(health).toContain("systemctl start unbound.service keepalived\n");
  expect(pick(resources, command, "dns-dns-1-packages").inputs.create).toContain("bind9-dnsutils");
});

test("a check of one's own is deployed as it is, and a script that nothing can run is not", async () => {
  const text = "#!/usr/bin/python3\nraise SystemExit(0)\n";
  const { resources } = await build({ check: { script: { text } }, port: 5432 });
  const { stdin, create } = pick(resources, command, "dns-dns-1-check").inputs;
  expect(stdin).toBe(text);
  expect(create).toContain("with which the check is run");
  expect(create).not.toContain('bash -n "$NEW"');
});

test("a program that is there already is run in its place", async () => {
  const { resources } = await build({ check: { script: { path: "/opt/check" } }, port: 5432 });
  expect(pick(resources, command, "dns-dns-1-check").inputs.stdin).toBe(
    "#!/bin/sh\nexec /opt/check\n",
  );
});

test("what a firewall lets through", async () => {
  const { result } = await build({ replicate, drainSec: 60 });
  expect(await resolvedValue(result.address)).toBe("192.168.1.53");
  const { rules: needed, ipFilter } = await resolvedValue(result.firewall);
  expect(needed.map(({ protocol, port, why }) => `${protocol} ${port} ${why}`)).toEqual([
    "vrrp undefined adverts, IP protocol 112, unicast",
    "tcp 53 clients",
    "udp 53 clients",
    "tcp 8082 members agree on keeping open connections",
    "tcp 22 copies of the service's files",
  ]);
  expect(ipFilter).toEqual({
    "dns-1": ["192.168.1.21", "192.168.1.53"],
    "dns-2": ["192.168.1.22", "192.168.1.53"],
  });
});

test("the pack judges what is deployed as it does for other pairs", async () => {
  const judged = async (change: (text: string) => string) => {
    const keepalivedConf = (args: CommandArgs) => ({
      ...args,
      stdin: pulumi.output(args.stdin ?? "").apply(change),
    });
    // As the engine shows them to a pack: secrets in clear text.
    const clear = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(clear);
      if (typeof value !== "object" || value === null) return value;
      if ("secret" in value) return clear(value.secret);
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clear(inner)]));
    };
    const { resources } = await build({ replicate }, { transform: { keepalivedConf } });
    const observed = resources.map(({ type, name, inputs }) => ({
      type,
      name,
      urn: name,
      props: clear(inputs) as Record<string, unknown>,
    }));
    const violations = await evaluate(rules, observed);
    return violations.map(({ policy, enforcement, urn }) => `${enforcement} ${policy} ${urn}`);
  };
  expect(await judged((text) => text)).toEqual([]);
  const late = (text: string) => text.replace(/^ {2}fall 2$/m, "  fall 2\n  weight -20");
  expect(await judged(late)).toEqual(["mandatory vrrp-weight dns-dns-1-keepalived-conf"]);
});

const mistakes: [string, Partial<ServicePairArgs>][] = [
  ["no question", { check: {} as ServicePairArgs["check"] }],
  ["two questions", { check: { dns: { name: "a.lan" }, tcp: { port: 53 } } }],
  ["a script and a path", { check: { script: { text: "#!/bin/sh\n", path: "/x" } }, port: 1 }],
  ["a script without a port", { check: { script: { path: "/opt/check" } } }],
  ["a weight that moves nothing", { check: { weight: -20, tcp: { port: 53 } } }],
  ["keepalived as the service", { unit: "keepalived" }],
  ["files of a database", { replicate: { ...replicate, directories: ["/var/lib/postgresql/15"] } }],
  ["files of the system", { replicate: { ...replicate, directories: ["/etc/ssh"] } }],
  [
    "one directory in the other",
    { replicate: { ...replicate, directories: ["/opt/a", "/opt/a/b"] } },
  ],
];

test("rejects what is no pair, each mistake by its place", async () => {
  const found: Record<string, string> = {};
  for (const [what, change] of mistakes) found[what] = await refused(change);
  expect(found).toMatchInlineSnapshot(`
    {
      "a script and a path": "ServicePair "dns" has 1 problem:
      check.script: found both "text" and "path"; state one of them",
      "a script without a port": "ServicePair "dns" has 1 problem:
      port: missing, since check.script names none; state the TCP port that clients use",
      "a weight that moves nothing": "ServicePair "dns" has 1 problem:
      check.weight: a failed check lowers "dns-1" from 200 to 180, which is not below 150 of "dns-2", so the virtual address never moves; use weight -51 or lower (for example -60), or weight 0 (FAULT)",
      "files of a database": "ServicePair "dns" has 1 problem:
      replicate.directories[0]: found "/var/lib/postgresql/15", where a database keeps its data, of which copies are torn while it is written; let the database replicate itself, and leave the directory out",
      "files of the system": "ServicePair "dns" has 1 problem:
      replicate.directories[0]: found "/etc/ssh", which is below /etc/ssh and belongs to the system, so that whoever may copy it may do anything on the other members; use a directory of the service's own",
      "keepalived as the service": "ServicePair "dns" has 1 problem:
      unit: keepalived moves the address; name the service behind it",
      "no question": "ServicePair "dns" has 1 problem:
      check: found no question, expected one of dns, http, tcp, mqtt, script; state what a member is asked, e.g. dns: { name: router.lan }",
      "one directory in the other": "ServicePair "dns" has 1 problem:
      replicate.directories[1]: found "/opt/a/b", which overlaps "/opt/a"; state the outer one only",
      "two questions": "ServicePair "dns" has 1 problem:
      check: found "dns" and "tcp", expected one of dns, http, tcp, mqtt, script; keep one",
    }
  `);
});

test("a member with an interface of its own has it in its file, and the others the common one", async () => {
  const members = resolvers.members.map((member, index) =>
    index === 1 ? { ...member, interface: "ens18" } : member,
  );
  const { resources } = await build({ members });
  const files = await Promise.all(
    ["dns-dns-1", "dns-dns-2"].map((member) =>
      resolvedValue(
        pulumi.output(pick(resources, command, `${member}-keepalived-conf`).inputs.stdin),
      ),
    ),
  );
  const used = files.map((text) => [
    ...new Set([...String(text).matchAll(/(?:\binterface|\bdev) (\w+)/g)].map(([, one]) => one)),
  ]);
  expect(used).toEqual([["eth0"], ["ens18"]]);
  const notified = await Promise.all(
    ["dns-dns-1", "dns-dns-2"].map((member) =>
      resolvedValue(pulumi.output(pick(resources, command, `${member}-notify`).inputs.stdin)),
    ),
  );
  expect(notified.map((text) => /^device=(.*)$/m.exec(String(text))?.[1])).toEqual([
    "eth0",
    "ens18",
  ]);
});
