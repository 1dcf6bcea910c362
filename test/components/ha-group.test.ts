import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import {
  HaGroup,
  type HaGroupArgs,
  type HaGroupOptions,
  type HaGroupTransforms,
  type HaGuest,
} from "../../components/ha-group";
import { replicationSchedule } from "../../components/ha-group/guests";
import { listing, pick, record, refusal } from "./recorder";

const clusterNodes = ["proxmox", "proxmox2", "proxmox3"];
const storage: HaGuest["storage"] = { name: "local-zfs", kind: "zfs", nodes: clusterNodes };
const traefik: HaGuest = {
  name: "traefik",
  vmid: 110,
  type: "ct",
  node: "proxmox2",
  storage,
  startup: { order: 3, upSec: 30 },
};
const traefik2: HaGuest = { ...traefik, name: "traefik-2", vmid: 121, node: "proxmox3" };
const connection = {
  host: "192.168.1.125",
  user: "root",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA",
};

const pair = (changes: Partial<HaGroupArgs> = {}): HaGroupArgs => ({
  pveVersion: 9,
  clusterNodes,
  guests: [traefik, traefik2],
  nodes: { proxmox2: 1, proxmox3: 1 },
  strict: true,
  keepApart: [["traefik", "traefik-2"]],
  replication: { everyMinutes: 15 },
  backup: { storage: "backup", schedule: "02:00" },
  connection,
  ...changes,
});

const build = (args: HaGroupArgs, opts: HaGroupOptions = {}) =>
  record(() => new HaGroup("reverse-proxy", args, opts));

test("registers rules, HA resources, replicas, start-up orders and a backup on PVE 9", async () => {
  const { resources } = await build(pair());
  expect(listing(resources).sort()).toEqual([
    ["command:remote:Command", "reverse-proxy-ha-manager"],
    ["command:remote:Command", "reverse-proxy-home"],
    ["command:remote:Command", "reverse-proxy-traefik-2-startup"],
    ["command:remote:Command", "reverse-proxy-traefik-startup"],
    ["homelab:components:HaGroup", "reverse-proxy"],
    ["proxmoxve:backup/job:Job", "reverse-proxy-backup"],
    ["proxmoxve:index/haresource:Haresource", "reverse-proxy-traefik-2-ha"],
    ["proxmoxve:index/haresource:Haresource", "reverse-proxy-traefik-ha"],
    ["proxmoxve:index/harule:Harule", "reverse-proxy"],
    ["proxmoxve:index/harule:Harule", "reverse-proxy-apart-ct-110"],
    ["proxmoxve:index/replication:Replication", "reverse-proxy-traefik-2-replica-2"],
    ["proxmoxve:index/replication:Replication", "reverse-proxy-traefik-replica-2"],
  ]);
  expect(new Set(resources.slice(1).map(({ parent }) => parent))).toEqual(
    new Set(["reverse-proxy"]),
  );
  expect(pick(resources, "Harule", "reverse-proxy")).toMatchObject({
    inputs: {
      rule: "ha-group-reverse-proxy",
      type: "node-affinity",
      resources: ["ct:110", "ct:121"],
      nodes: { proxmox2: 1, proxmox3: 1 },
      strict: true,
    },
    dependsOn: ["reverse-proxy-traefik-2-ha", "reverse-proxy-traefik-ha"],
  });
  expect(pick(resources, "Harule", "reverse-proxy-apart-ct-110")).toMatchObject({
    inputs: {
      rule: "reverse-proxy-apart-ct-110",
      type: "resource-affinity",
      resources: ["ct:110", "ct:121"],
      affinity: "negative",
    },
    // Proxmox refuses it while the node rule still has several priorities, and while no HA manager
    // has listed the nodes.
    dependsOn: [
      "reverse-proxy",
      "reverse-proxy-ha-manager",
      "reverse-proxy-traefik-2-ha",
      "reverse-proxy-traefik-ha",
    ],
  });
  expect(pick(resources, "Haresource", "reverse-proxy-traefik-ha")).toEqual({
    type: "proxmoxve:index/haresource:Haresource",
    name: "reverse-proxy-traefik-ha",
    parent: "reverse-proxy",
    inputs: {
      resourceId: "ct:110",
      state: "started",
      maxRestart: 3,
      maxRelocate: 2,
    },
    dependsOn: ["reverse-proxy-home", "reverse-proxy-traefik-replica-2"],
    options: {
      deleteBeforeReplace: true,
      replaceOnChanges: ["resourceId"],
      ignoreChanges: ["comment"],
    },
  });
});

test("registers one group and no rule on PVE 8, and says what a group cannot do", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const { resources } = await build(pair({ pveVersion: 8, failback: false }));
  expect(resources.filter(({ type }) => type.includes("/ha")).map(({ inputs }) => inputs)).toEqual([
    {
      group: "reverse-proxy",
      nodes: { proxmox2: 1, proxmox3: 1 },
      restricted: true,
      noFailback: true,
    },
    ...["ct:110", "ct:121"].map((resourceId) => ({
      resourceId,
      state: "started",
      maxRestart: 3,
      maxRelocate: 2,
      group: "reverse-proxy",
    })),
  ]);
  expect(pick(resources, "Haresource", "reverse-proxy-traefik-ha").dependsOn).toContain(
    "reverse-proxy",
  );
  expect(warn.mock.calls.map(([message]) => message)).toMatchInlineSnapshot(`
    [
      "groups do not separate guests on Proxmox VE 8: ct:110 and ct:121 may end up on one node after a failure; upgrade to Proxmox VE 9, or put them into groups without a common node",
    ]
  `);
  warn.mockRestore();
});

test("a rule never has priority 0, which Proxmox does not keep, and a group has what is stated", async () => {
  const nodes = { proxmox2: 1, proxmox3: 1, proxmox: 0 };
  const nine = await build(pair({ nodes, keepApart: [] }));
  expect(pick(nine.resources, "Harule", "reverse-proxy").inputs.nodes).toEqual({
    proxmox2: 2,
    proxmox3: 2,
    proxmox: 1,
  });
  const eight = await build(pair({ pveVersion: 8, nodes, keepApart: [] }));
  expect(pick(eight.resources, "Hagroup", "reverse-proxy").inputs.nodes).toEqual(nodes);
});

test("on PVE 9 failback is each guest's own, and written only where Proxmox writes it", async () => {
  const failbacks = async (failback: boolean) => {
    const { resources } = await build(pair({ failback }));
    const managed = resources.filter(({ type }) => type.endsWith(":Haresource"));
    return managed.map(({ inputs }) => inputs.failback);
  };
  expect(await failbacks(false)).toEqual([false, false]);
  expect(await failbacks(true)).toEqual([undefined, undefined]);
});

test("the comment of a rule is left to Proxmox, unless a transform gives one", async () => {
  const ignored = async (transform: HaGroupTransforms = {}) => {
    const { resources } = await build(pair(), { transform });
    return pick(resources, "Harule", "reverse-proxy").options.ignoreChanges;
  };
  expect(await ignored(undefined)).toEqual(["comment"]);
  expect(await ignored({ rule: { comment: "mine" } })).toEqual(undefined);
});

test("replication follows a guest that HA moved, and keeps its number when targets change", async () => {
  const all = { proxmox: 1, proxmox2: 1, proxmox3: 1 };
  const { resources } = await build(pair({ nodes: all, guests: [traefik], keepApart: [] }));
  const replicas = resources.filter(({ type }) => type.endsWith(":Replication"));
  expect(replicas.map(({ inputs }) => inputs)).toEqual([
    { resourceId: "110-1", type: "local", target: "proxmox", schedule: "*/15" },
    { resourceId: "110-2", type: "local", target: "proxmox3", schedule: "*/15" },
  ]);
  expect(replicas[0]?.options).toEqual({
    deleteBeforeReplace: true,
    ignoreChanges: ["target", "comment", "rate"],
  });
  const { resources: fewer } = await build(pair());
  const left = pick(fewer, "Replication", "reverse-proxy-traefik-replica-2");
  expect(left.inputs.resourceId).toBe("110-2");
});

test("a guest has the same replication jobs wherever it is declared, to every node but its own", async () => {
  const nodes = ["proxmox", "proxmox2", "proxmox3"];
  const jobsFrom = async (node: string) => {
    const guest = { ...traefik, node, storage: { ...traefik.storage, nodes } };
    const prefer = Object.fromEntries(nodes.map((name) => [name, 1]));
    const { resources } = await build(pair({ nodes: prefer, guests: [guest], keepApart: [] }));
    return resources
      .filter(({ type }) => type.endsWith(":Replication"))
      .map(({ name, inputs }) => `${name} ${inputs.resourceId} to ${inputs.target}`);
  };
  const jobs = (first: string, second: string) => [
    `reverse-proxy-traefik-replica-1 110-1 to ${first}`,
    `reverse-proxy-traefik-replica-2 110-2 to ${second}`,
  ];
  expect(await jobsFrom("proxmox")).toEqual(jobs("proxmox2", "proxmox3"));
  expect(await jobsFrom("proxmox2")).toEqual(jobs("proxmox", "proxmox3"));
  expect(await jobsFrom("proxmox3")).toEqual(jobs("proxmox2", "proxmox"));
});

test.each([
  { minutes: 1, schedule: "*/1" },
  { minutes: 15, schedule: "*/15" },
  { minutes: 59, schedule: "*/59" },
  { minutes: 60, schedule: "0/1:00" },
  { minutes: 90, schedule: "0/1:00" },
  { minutes: 120, schedule: "0/2:00" },
  { minutes: 1440, schedule: "00:00" },
])("replicates at least every $minutes minutes", ({ minutes, schedule }) => {
  expect(replicationSchedule(minutes)).toBe(schedule);
});

test("backs up the guests that want it, wherever they run", async () => {
  const guests = [
    traefik2,
    { ...traefik, backup: false },
    { ...traefik, name: "dns", vmid: 99100 },
  ];
  const { resources } = await build(pair({ guests, keepApart: [] }));
  expect(pick(resources, "Job", "reverse-proxy-backup").inputs).toEqual({
    resourceId: "reverse-proxy-backup",
    enabled: true,
    vmids: ["121", "99100"],
    storage: "backup",
    schedule: "02:00",
    mode: "snapshot",
    compress: "zstd",
    repeatMissed: true,
  });
});

test("registers no backup job when no guest wants one", async () => {
  const { resources } = await build(
    pair({ guests: [{ ...traefik, backup: false }], keepApart: [] }),
  );
  expect(resources.map(({ type }) => type)).not.toContain("proxmoxve:backup/job:Job");
});

test("a created container comes before its replicas and HA, and sets its own start-up order", async () => {
  class Container extends pulumi.CustomResource {
    constructor() {
      super("test:index:Container", "traefik", {});
    }
  }
  const { resources } = await record(
    () =>
      new HaGroup(
        "reverse-proxy",
        pair({
          guests: [traefik],
          keepApart: [],
          connection: undefined,
        }),
        { containers: { traefik: new Container() } },
      ),
  );
  const replica = pick(resources, "Replication", "reverse-proxy-traefik-replica-2");
  expect(replica.dependsOn).toEqual(["traefik"]);
  expect(replica.options.replaceWith).toEqual(["traefik"]);
  const resource = pick(resources, "Haresource", "reverse-proxy-traefik-ha");
  expect(resource.dependsOn).toEqual(["reverse-proxy-traefik-replica-2", "traefik"]);
  expect(resource.options.replaceWith).toEqual(["traefik"]);
  expect(resources.map(({ type }) => type)).not.toContain("command:remote:Command");
});

test("a transform has the last word over one kind of child", async () => {
  const { resources } = await build(pair(), {
    transform: { resource: { comment: "mine" }, rule: (args) => ({ ...args, disable: true }) },
  });
  expect(pick(resources, "Haresource", "reverse-proxy-traefik-ha").inputs.comment).toBe("mine");
  expect(pick(resources, "Harule", "reverse-proxy").inputs.disable).toBe(true);
});

test("the component's inputs are its plain facts, without the connection", async () => {
  const { resources } = await build(pair({ guests: [traefik], keepApart: [] }));
  expect(pick(resources, "HaGroup", "reverse-proxy").inputs).toEqual({
    pveVersion: 9,
    clusterNodes,
    guests: [{ ...traefik, passthrough: [], backup: true }],
    nodes: { proxmox2: 1, proxmox3: 1 },
    strict: true,
    failback: true,
    keepApart: [],
    keepTogether: [],
    maxRestart: 3,
    maxRelocate: 2,
    replication: { everyMinutes: 15 },
    backup: { storage: "backup", schedule: "02:00" },
  });
});

/** Runs a script with a `pvesh` that knows one guest and notes what it is asked to set. */
async function runStartup(startup: HaGuest["startup"], current: string, resources: object[]) {
  const { resources: registered } = await build(
    pair({ guests: [{ ...traefik, startup }], keepApart: [] }),
  );
  const command = pick(registered, "Command", "reverse-proxy-traefik-startup");
  expect(command.inputs.update).toBe(command.inputs.create);
  expect(Object.keys(command.inputs)).not.toContain("delete");
  const directory = mkdtempSync(join(tmpdir(), "pvesh-"));
  try {
    const config = JSON.stringify({ hostname: "traefik", ...(current && { startup: current }) });
    writeFileSync(
      join(directory, "pvesh"),
      `#!/bin/sh
case "$1 $2" in
  "get /cluster/resources") echo '${JSON.stringify(resources)}' ;;
  "get /nodes/proxmox3/lxc/110/config") echo '${config}' ;;
  set*) echo "$@" >> ${directory}/set ;;
  *) echo "no such path: $*" >&2; exit 2 ;;
esac
`,
    );
    chmodSync(join(directory, "pvesh"), 0o755);
    writeFileSync(join(directory, "set"), "");
    try {
      execFileSync("sh", ["-c", String(command.inputs.create)], {
        env: { PATH: `${directory}:${process.env.PATH}` },
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (error) {
      return { set: "", error: (error as { stderr: string }).stderr.trim() };
    }
    return { set: readFileSync(join(directory, "set"), "utf8").trim(), error: "" };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const moved = [
  { id: "qemu/110", node: "proxmox" },
  { id: "lxc/1100", node: "proxmox2" },
  { id: "lxc/110", node: "proxmox3" },
];

test("the start-up order is set on the node that holds the guest now", async () => {
  expect(await runStartup({ order: 3, upSec: 30 }, "order=1", moved)).toEqual({
    set: "set /nodes/proxmox3/lxc/110/config --startup order=3,up=30",
    error: "",
  });
  expect(await runStartup({ order: 3 }, "", moved)).toEqual({
    set: "set /nodes/proxmox3/lxc/110/config --startup order=3",
    error: "",
  });
});

test("a start-up order that is right already is left alone", async () => {
  expect(await runStartup({ order: 3, upSec: 30 }, "order=3,up=30", moved)).toEqual({
    set: "",
    error: "",
  });
});

test("the start-up order of a guest that is nowhere is an error with its fix", async () => {
  const { error } = await runStartup({ order: 3 }, "", []);
  expect(error).toMatchInlineSnapshot(
    `"lxc/110 (traefik) is not in the cluster; correct its vmid or type, or create it first"`,
  );
});

const refused = (changes: Partial<HaGroupArgs>) =>
  refusal(() => new HaGroup("reverse-proxy", pair(changes)));

test("rejects a name that cannot be an HA id", async () => {
  expect(await refusal(() => new HaGroup("Reverse Proxy", pair()))).toMatchInlineSnapshot(`
    "HaGroup "Reverse Proxy" has 1 problem:
      found "Reverse Proxy", expected a name of lower-case letters, digits and hyphens that starts with a letter; write e.g. reverse-proxy"
  `);
});

test("rejects several priority classes beside a keep-apart rule", async () => {
  expect(await refused({ nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 } })).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      keepApart[0]: rule "reverse-proxy-apart-ct-110" keeps ct:110 and ct:121 apart, and "reverse-proxy" gives ct:110 and ct:121 nodes of 2 priority classes (1: proxmox2 and proxmox3, 0: proxmox), which Proxmox refuses; use one priority class: give every node of "reverse-proxy" the same priority"
  `);
});

test("accepts them on PVE 8, and warns that groups do not separate", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await build(pair({ pveVersion: 8, nodes: { proxmox2: 1, proxmox3: 1, proxmox: 0 } }));
  expect(warn.mock.calls.map(([message]) => message)).toMatchInlineSnapshot(`
    [
      "groups do not separate guests on Proxmox VE 8: ct:110 and ct:121 may end up on one node after a failure; upgrade to Proxmox VE 9, or put them into groups without a common node",
    ]
  `);
  warn.mockRestore();
});

test("rejects the blueprint's contradiction: a guest on a node that its strict group leaves out", async () => {
  expect(
    await refused({ guests: [{ ...traefik, node: "proxmox" }, traefik2] }),
  ).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      guests[0].node: "traefik" lives on proxmox, and this strict group allows only proxmox2, proxmox3, so HA would move it at once; change the node of "traefik", or the nodes of the group"
  `);
});

test("warns of a home that the group does not prefer, if guests fail back", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const nodes = { proxmox2: 2, proxmox3: 1 };
  await build(pair({ nodes, keepApart: [] }));
  expect(warn.mock.calls.map(([message]) => message)).toMatchInlineSnapshot(`
    [
      ""traefik-2" lives on proxmox3, and this group prefers proxmox2 and fails back, so HA would move it at once; name proxmox2 as the node of "traefik-2", or change the priorities or failback of the group",
    ]
  `);
  warn.mockClear();
  await build(pair({ nodes, keepApart: [], failback: false }));
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test("rejects a strict group without a node", async () => {
  expect(await refused({ nodes: {}, keepApart: [] })).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      nodes: group "reverse-proxy" is strict and lists no node, so its guests could run nowhere; list the allowed nodes, or drop strict"
  `);
});

test("rejects ZFS without replication", async () => {
  expect(await refused({ replication: undefined })).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 2 problems:
      guests[0].storage: traefik (ct:110) is under HA, and its ZFS disk on proxmox2 is not replicated to proxmox3, where HA may start it; set replication for its group, or take proxmox3 out of the nodes it may run on (strict)
      guests[1].storage: traefik-2 (ct:121) is under HA, and its ZFS disk on proxmox3 is not replicated to proxmox2, where HA may start it; set replication for its group, or take proxmox2 out of the nodes it may run on (strict)"
  `);
});

test("rejects a local disk under HA", async () => {
  expect(
    await refused({
      guests: [{ ...traefik, storage: { name: "local-lvm", kind: "local", nodes: ["proxmox2"] } }],
      keepApart: [],
    }),
  ).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      guests[0].storage: traefik (ct:110) is under HA, and its disk on local-lvm is on proxmox2 only: on proxmox3 it cannot start; move the disk to shared storage or to replicated ZFS, or allow proxmox2 only (strict)"
  `);
});

test("rejects passthrough and a pin under HA", async () => {
  expect(
    await refused({
      guests: [
        { ...traefik, passthrough: [{ kind: "usb", device: "stick" }], pinned: "near the door" },
      ],
      keepApart: [],
    }),
  ).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 2 problems:
      guests[0].passthrough: traefik (ct:110) is under HA and uses usb stick of proxmox2: HA cannot start it anywhere else; take it out of haGroups, or reach the device over the network
      guests[0].pinned: traefik (ct:110) is under HA and pinned to proxmox2 (near the door): HA has nowhere to move it; take it out of haGroups, or drop the pin"
  `);
});

test("rejects a guest that is listed twice", async () => {
  expect(await refused({ guests: [traefik, traefik], keepApart: [] })).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      guests[1].name: "traefik" is listed twice; remove one of the two"
  `);
});

test("rejects a stranger in keepApart", async () => {
  expect(await refused({ keepApart: [["traefik", "grafana"]] })).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      keepApart[0]: keepApart of group "reverse-proxy" names grafana, which is not in the group; add grafana to the guests of the group, or take it out of keepApart"
  `);
});

test("rejects keepTogether on PVE 8", async () => {
  expect(
    await refused({ pveVersion: 8, keepApart: [], keepTogether: [["traefik", "traefik-2"]] }),
  ).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      keepTogether[0]: Proxmox VE 8 cannot keep ct:110 and ct:121 together; remove keepTogether, or upgrade to Proxmox VE 9"
  `);
});

test("rejects a start-up order without a connection", async () => {
  expect(await refused({ connection: undefined })).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 1 problem:
      guests[0].startup: "traefik" has a start-up order, but there is no connection to set it over; give one to a node of the cluster"
  `);
});

test("rejects every wrong value at once", async () => {
  expect(
    await refused({ maxRestart: 11, guests: [{ ...traefik, vmid: 7 }], keepApart: [] }),
  ).toMatchInlineSnapshot(`
    "HaGroup "reverse-proxy" has 2 problems:
      guests[0].vmid: found 7, expected a VMID from 100 to 999999999; use the id that Proxmox shows for the guest
      maxRestart: found 11, expected restarts from 0 to 10; write a whole number from 0 to 10"
  `);
});

test("what was there before keeps its ids, its limits, its jobs and a node without a priority", async () => {
  const before = pair({
    perGuest: { traefik: { proxmoxDefaults: ["maxRestart"], failback: true } },
    ruleIds: {
      "ha-group-reverse-proxy": "prefer-two",
      "reverse-proxy-apart-ct-110": "not-together",
    },
    nodes: { proxmox2: 0, proxmox3: 0 },
    unranked: ["proxmox2"],
    replication: {
      everyMinutes: 15,
      jobs: { traefik: [{ number: 0, target: "proxmox3", schedule: "*/5" }] },
    },
  });
  const { resources } = await build(before);
  expect(pick(resources, "Haresource", "reverse-proxy-traefik-ha").inputs).toEqual({
    resourceId: "ct:110",
    state: "started",
    maxRelocate: 2,
    failback: true,
  });
  const rule = pick(resources, "Harule", "reverse-proxy");
  expect(rule.inputs).toMatchObject({ rule: "prefer-two", nodes: { proxmox2: 0, proxmox3: 0 } });
  expect(rule.options?.ignoreChanges).toEqual(["comment", 'nodes["proxmox2"]']);
  const apart = pick(resources, "Harule", "reverse-proxy-apart-ct-110");
  expect(apart.inputs.rule).toBe("not-together");
  const jobs = resources.filter(({ type }) => type.endsWith(":Replication"));
  expect(jobs.map(({ name, inputs }) => [name, inputs.resourceId, inputs.schedule])).toEqual([
    ["reverse-proxy-traefik-replica-0", "110-0", "*/5"],
    ["reverse-proxy-traefik-2-replica-2", "121-2", "*/15"],
  ]);
  const eight = await build(pair({ pveVersion: 8, groupId: "Prod_HA", keepApart: [] }));
  expect(pick(eight.resources, "Hagroup", "reverse-proxy").inputs.group).toBe("Prod_HA");
});
