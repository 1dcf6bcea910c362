import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { audit } from "../../model/audit/audit";
import type { ClusterSnapshot } from "../../model/cluster-snapshot";
import { runOnNode } from "../../sim/proxmox/node-commands";
import { seedWorld } from "../../sim/seed";
import { World } from "../../sim/world";
import { sound } from "../model/audit/data";

/** The simulated cluster of a snapshot: the same guests, HA resources, rules and jobs. */
function worldOf(cluster: ClusterSnapshot): World {
  const nodes = cluster.nodes.map(({ name }) => name);
  const guests = cluster.guests.map(({ vmid, type, node, name }) => ({ vmid, type, node, name }));
  const state = seedWorld({ nodes, guests, pveVersion: cluster.version.major >= 9 ? 9 : 8 });
  for (const { sid, state: asked } of cluster.ha.resources) {
    const crmState = cluster.ha.status.services.find((service) => service.sid === sid)?.crmState;
    state.proxmox.haResources[sid] = { resourceId: sid, state: asked, crmState };
  }
  for (const { rule, errors: _, unranked: __, ...rest } of cluster.ha.rules) {
    state.proxmox.haRules[rule] = rest;
  }
  for (const { id, vmid, target, disabled } of cluster.replication) {
    state.proxmox.replications[id] = { guest: vmid, target, disable: disabled };
  }
  return World.inMemory(state);
}

const move = (cluster: ClusterSnapshot, sid: string, node: string) => {
  for (const guest of cluster.guests) if (guest.sid === sid) guest.node = node;
};
const several = (cluster: ClusterSnapshot, resources: string[]) =>
  cluster.ha.rules.push({
    rule: "placed",
    type: "node-affinity",
    resources,
    nodes: { a: 2, b: 1, c: 1 },
    strict: false,
    disable: false,
    errors: [],
  });

const faults: Record<string, (cluster: ClusterSnapshot) => void> = {
  "a pair on one node": (cluster) => move(cluster, "ct:121", "a"),
  "a pair on one node without a rule": (cluster) => {
    move(cluster, "ct:121", "a");
    cluster.ha.rules = [];
  },
  "a pair in a rule with several priorities": (cluster) => {
    move(cluster, "ct:121", "a");
    cluster.ha.rules = [];
    several(cluster, ["ct:110", "ct:121"]);
  },
  "a rule that is switched off": ({ ha }) => {
    for (const rule of ha.rules) rule.disable = true;
  },
  "a resource that is ignored": ({ ha }) => {
    for (const resource of ha.resources) if (resource.sid === "ct:113") resource.state = "ignored";
  },
  "nothing under HA": ({ ha }) => {
    ha.resources = [];
    ha.rules = [];
  },
  "a resource that gave up": ({ ha }) => {
    for (const service of ha.status.services) {
      if (service.sid === "ct:110") service.crmState = "error";
    }
  },
  "everything on one node": (cluster) => {
    for (const guest of cluster.guests) guest.node = "a";
    several(cluster, ["ct:113"]);
  },
  "a folder that replication cannot copy": ({ guests }) => {
    for (const { vmid, config } of guests) {
      if (config && vmid === 113) config.raw.mp0 = "/media,mp=/media,shared=1";
    }
  },
  "a CD image in the drive of a machine": ({ guests, ha }) => {
    for (const guest of guests.filter(({ vmid }) => vmid === 113)) {
      Object.assign(guest, { type: "vm", sid: "vm:113" });
      if (guest.config) guest.config.raw.ide2 = "local:iso/debian-12.iso,media=cdrom";
    }
    for (const each of [...ha.resources, ...ha.status.services]) {
      if (each.sid === "ct:113") each.sid = "vm:113";
    }
  },
  "a job that is switched off": ({ replication }) => {
    for (const job of replication) job.disabled = job.id === "113-0";
  },
};

const commandsIn = (text: string) =>
  [...text.matchAll(/(?:ha-manager|pct|qm|pvesr) (?:(?! && |[;,] | \(|$).)+/g)].map(([command]) =>
    command.trim(),
  );

test.each(Object.entries(faults))(
  "the advice for %s is taken by Proxmox, and HA leaves it so",
  (_what, damage) => {
    const cluster = sound();
    damage(cluster);
    for (const { fix } of audit({ cluster })) {
      const world = worldOf(cluster);
      for (const command of commandsIn(fix)) {
        if (/crm-command|<|pct fsck|pvesr status/.test(command)) continue;
        const where = () => runOnNode(world, command.split(/\s+/));
        expect(where, command).not.toThrow();
        const [, sid, node] = /^ha-manager migrate (\S+) (\S+)$/.exec(command) ?? [];
        if (sid === undefined) continue;
        expect(world.state.proxmox.guests[sid.split(":")[1] ?? ""]?.node, command).toBe(node);
      }
    }
  },
);

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
])("the simulated node refuses %s", (line, why) => {
  const world = World.inMemory(seedWorld({ guests: [{ vmid: 110, type: "ct", node: "a" }] }));
  expect(() => runOnNode(world, wordsOf(line))).toThrow(why);
});
