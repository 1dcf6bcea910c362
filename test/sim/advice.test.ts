import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ClusterSnapshot } from "../../clients/proxmox";
import { audit } from "../../model/audit/audit";
import { commandOf } from "../../sim/proxmox/commands";
import { runOnNode } from "../../sim/proxmox/node-commands";
import { seedWorld } from "../../sim/seed";
import { World } from "../../sim/world";
import { sound } from "../model/audit/data";
import { proseOnly, several, situationOf, situations } from "./advice-situations";

/** The simulated cluster of a snapshot: the same guests, HA resources, rules and jobs. */
function worldOf(cluster: ClusterSnapshot): World {
  const nodes = cluster.nodes.map(({ name }) => name);
  const guests = cluster.guests.map(({ vmid, type, node, name }) => ({ vmid, type, node, name }));
  const state = seedWorld({ nodes, guests, pveVersion: cluster.version.major >= 9 ? 9 : 8 });
  const { proxmox: pve } = state;
  for (const { vmid, running, config } of cluster.guests) {
    Object.assign(pve.guests[vmid] ?? {}, { running, config: { ...config?.raw } });
  }
  for (const { sid, state: asked, group } of cluster.ha.resources) {
    const crmState = cluster.ha.status.services.find((service) => service.sid === sid)?.crmState;
    pve.haResources[sid] = { resourceId: sid, state: asked, crmState, ...(group && { group }) };
  }
  for (const { group, nodes: listed, restricted, nofailback } of cluster.ha.groups) {
    pve.haGroups[group] = { nodes: listed, restricted, noFailback: nofailback };
  }
  for (const { rule, errors: _, unranked: __, ...rest } of cluster.ha.rules) {
    pve.haRules[rule] = rest;
  }
  for (const { id, vmid, target, disabled } of cluster.replication) {
    pve.replications[id] = { guest: vmid, target, disable: disabled };
  }
  return World.inMemory(state);
}

/** Programs that advice may name; a text with one of these words gives a command. */
const programs =
  "ha-manager|pct|qm|pvesr|pvesh|pvecm|pveum|pulumi|systemctl|journalctl|ceph|corosync-cfgtool|smartctl|modprobe|grep|sleep|ssh-keyscan";

/** Commands of a text: up to what ends one in our sentences. */
const commandsIn = (text: string) =>
  [
    ...text.matchAll(
      new RegExp(
        `(?<![\\w/-])(?:${programs}) (?:(?! && |[;,] |[\\x60)]|\\.(?: [A-Z]|$)| \\(|$).)+`,
        "g",
      ),
    ),
  ].map(([command]) =>
    command
      .trim()
      // What only the owner knows.
      .replace(/<its address>|\bADDRESS\b/, "192.0.2.9")
      .replace(/<disk>/, "sda")
      .replace(/\b(VMID|<vmid>)/, "113")
      .replace(/\bNODE\b/, "a"),
  );

/** Which command it is: `ha-manager rules add`. */
function headOf(command: string): string {
  const words = command.split(/\s+/);
  const known = commandOf(words);
  return words.slice(0, known ? words.length - known.rest.length : 1).join(" ");
}

/** Runs the commands of an advice where it was given, one after the other as they are written. */
function follow(world: World, fix: string): string[] {
  const commands = commandsIn(fix).filter((command) => command !== "pulumi up");
  for (const command of commands) {
    const where = () => runOnNode(world, command.split(/\s+/));
    expect(where, `${command}, of: ${fix}`).not.toThrow();
    const [, sid, node] = /^ha-manager migrate (\S+) (\S+)$/.exec(command) ?? [];
    if (sid === undefined) continue;
    // The HA manager has gone round and left it there.
    expect(world.state.proxmox.guests[sid.split(":")[1] ?? ""]?.node, command).toBe(node);
  }
  return commands;
}

const told = new Set<string>();
const heads = new Set<string>();
const rules = new Set<string>();
const prose = new Set<RegExp>();

test.each(Object.entries(situations))(
  "the advice for %s is taken by Proxmox, and HA leaves it so",
  (_what, change) => {
    const input = situationOf(change);
    const findings = audit(input);
    expect(findings).not.toEqual([]);
    for (const { rule, fix } of findings) {
      rules.add(rule);
      told.add(fix);
      for (const command of follow(worldOf(input.cluster), fix)) heads.add(headOf(command));
      if (commandsIn(fix).length > 0) continue;
      const known = proseOnly.filter(([pattern]) => pattern.test(fix));
      expect(known.length, `no command in: ${fix}`).toBeGreaterThan(0);
      for (const [pattern] of known) prose.add(pattern);
    }
  },
);

test("every reason for advice without a command is needed", () => {
  expect(
    proseOnly.filter(([pattern]) => !prose.has(pattern)).map(([pattern]) => `${pattern}`),
  ).toEqual([]);
});

/** Texts between backticks, and lines of shell blocks; pages break lines within both. */
function codeOf(page: string): string[] {
  const blocks = [...page.matchAll(/```(?:sh|text)\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  const texts = blocks.filter((code) => code.includes("`"));
  const inline = [page.replace(/```[\s\S]*?```/g, ""), ...texts].flatMap((text) => [
    ...text.matchAll(/`([^`]+)`/g),
  ]);
  return [
    ...blocks.flatMap((code) => code.split("\n")),
    ...inline.map(([, code = ""]) => code.replace(/\s+/g, " ")),
  ];
}

const docs = join(__dirname, "../../docs");
const pages = [
  ...readdirSync(docs).map((file) => join(docs, file)),
  ...readdirSync(join(docs, "policies")).map((file) => join(docs, "policies", file)),
].filter((file) => file.endsWith(".md"));

test("every Proxmox command of the documentation is one, and is taken by a sound cluster", () => {
  const found = pages.flatMap((file) =>
    codeOf(readFileSync(file, "utf8"))
      .filter((code) => /^(ha-manager|pct|qm|pvesr|pvecm|ssh-keyscan) \S/.test(code))
      .map((code) => ({ file, code: code.replace(/\bHOST\b/, "host.example") })),
  );
  expect(found.length).toBeGreaterThan(5);
  for (const { file, code } of found) {
    const cluster = sound();
    const world = worldOf(cluster);
    // A quorum device is for an even number of nodes.
    if (/^pvecm qdevice/.test(code)) world.state.proxmox.nodes = ["a", "b"];
    if (/^qm /.test(code)) Object.assign(world.state.proxmox.guests[113] ?? {}, { type: "vm" });
    for (const command of commandsIn(code)) {
      expect(() => runOnNode(world, wordsOf(command)), `${file}: ${code}`).not.toThrow();
      heads.add(headOf(command));
    }
  }
});

const sources = ["model/audit", "model/storage", "model/placement", "policy/rules"].flatMap(
  (folder) =>
    readdirSync(join(__dirname, "../..", folder))
      .filter((file) => file.endsWith(".ts") && file !== "host.ts")
      .map((file) => readFileSync(join(__dirname, "../..", folder, file), "utf8")),
);

test("the situations bring out every finding of the audit and every command of its texts", () => {
  const audits = sources.join("\n");
  const named = [...audits.matchAll(/rule: "([a-z-]+)"/g)].map(([, rule = ""]) => rule);
  expect(
    [...new Set(named)].filter((rule) => !rules.has(rule) && rule !== "cluster-quorum"),
  ).toEqual([]);
  const texts = audits.split("\n").filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line));
  const written = new Set(
    texts
      .flatMap((line) => commandsIn(line.replaceAll(/\$\{[^}]*\}/g, "x").replaceAll(/["`]/g, "; ")))
      .map(headOf)
      .filter((head) => head !== "pulumi"),
  );
  expect(written.size).toBeGreaterThan(15);
  expect([...written].filter((head) => !heads.has(head)).sort()).toEqual([]);
});

test("the simulated cluster refuses what the real one refuses, and undoes what HA undoes", () => {
  const cluster = sound();
  cluster.ha.rules = [];
  several(cluster, ["ct:110", "ct:121"]);
  const world = worldOf(cluster);
  const run = (command: string) => runOnNode(world, command.split(" "));
  expect(() =>
    run(
      "ha-manager rules add resource-affinity apart --affinity negative --resources ct:110,ct:121",
    ),
  ).toThrow(/multiple priorities/);
  expect(() => run("ha-manager add ct:113 --state started")).toThrow(/already defined/);
  run("ha-manager migrate ct:110 b");
  expect(world.state.proxmox.guests["110"]?.node).toBe("a");
  run("ha-manager rules set node-affinity placed --disable 1");
  run("ha-manager rules set node-affinity placed --disable 0");
  expect(world.state.proxmox.haRules.placed?.disable).toBe(true);
  run("ha-manager rules set node-affinity placed --delete disable");
  expect(world.state.proxmox.haRules.placed?.disable).toBe(false);
});

/** Words of a command line, without their quotes. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, one, two, three]) => one ?? two ?? three ?? "",
  );

const security = readFileSync(join(__dirname, "../../docs/security.md"), "utf8");
const accessLines = security.split("\n").filter((line) => line.startsWith("pveum "));

test("a resource that gave up takes another state only once HA went round", () => {
  const { cluster } = situationOf(situations["a resource that gave up"] ?? (() => undefined));
  const run = (world: World, lines: string[]) => {
    for (const line of lines) runOnNode(world, line.split(" "));
  };
  const disabled = "ha-manager set ct:110 --state disabled";
  const started = "ha-manager set ct:110 --state started";
  expect(() => run(worldOf(cluster), [started])).toThrow(/must be disabled and fixed first/);
  expect(() => run(worldOf(cluster), [disabled, started])).toThrow(/must be disabled and fixed/);
  expect(() => run(worldOf(cluster), ["ha-manager migrate ct:110 b"])).toThrow(/in error state/);
  const world = worldOf(cluster);
  run(world, [disabled, "sleep 20", started]);
  expect(world.state.proxmox.guests["110"]?.running).toBe(true);
});

test("the commands of docs/security.md are taken in their order, by a cluster without users", () => {
  const world = World.inMemory(seedWorld({ nodes: ["a"] }));
  expect(accessLines.length).toBeGreaterThan(6);
  for (const line of accessLines) {
    expect(() => runOnNode(world, wordsOf(line)), line).not.toThrow();
  }
  const { access } = world.state.proxmox;
  expect(access?.acl.map(({ who, role }) => `${who} ${role}`)).toEqual([
    "homelab@pve PVEAuditor",
    "homelab@pve!preview PVEAuditor",
    "homelab@pve HomelabHa",
    "homelab@pve!up HomelabHa",
  ]);
  // The role may do what `up` does with existing guests, and nobody less.
  for (const privilege of ["Sys.Console", "Sys.Modify", "VM.Replicate", "VM.Audit"]) {
    expect(access?.roles.HomelabHa).toContain(privilege);
  }
});

test.each([
  [
    "pveum acl modify / --users homelab@pve --roles PVEAuditor",
    /user 'homelab@pve' does not exist/,
  ],
  ["pveum user token add homelab@pve up --privsep 1", /no such user/],
  ["pveum role add Mine --privs Sys.Audit,VM.Everything", /invalid privilege 'VM.Everything'/],
  ["pct set 110 --mp0 /media,shared=1", /mp0.mp: property is missing/],
  ["pvesr frobnicate 110-0", /no such command/],
  ["ha-manager crm-command node-maintenance enable", /not enough arguments: node/],
  ["ha-manager crm-command node-maintenance enable z", /no such cluster node/],
  ["ha-manager remove ct:110 at once", /too many arguments/],
  ["ha-manager add ct:110 --restarts 3", /Unknown option: restarts/],
  ["pct fsck 110", /cannot run fsck when container is running/],
  ["pct fsck 999", /does not exist/],
  ["pct exec 110", /missing command/],
  ["qm guest exec 110 -- id", /does not exist/],
  ["systemctl restart pve-ha-crm on a node", /wrong arguments/],
  ["pvecm qdevice setup", /wrong arguments/],
  ["pvecm qdevice setup --network 192.0.2.0/24", /wrong arguments/],
  ["pvecm qdevice setup 192.0.2.9", /odd node count/],
  ["pvecm expected 0", /wrong arguments/],
])("the simulated node refuses %s", (line, why) => {
  const world = World.inMemory(seedWorld({ guests: [{ vmid: 110, type: "ct", node: "a" }] }));
  Object.assign(world.state.proxmox.guests["110"]?.config ?? {}, { rootfs: "lvm:vm-110-disk-0" });
  expect(() => runOnNode(world, wordsOf(line))).toThrow(why);
});
