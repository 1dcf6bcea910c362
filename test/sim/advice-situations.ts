import type { ClusterSnapshot } from "../../clients/proxmox";
import type { AuditInput } from "../../model/audit/audit";
import { container, guestIn, sound, wanted } from "../model/audit/data";

/** Breaks something, and gives what else the audit is told; a number and the like is nothing. */
type Change = (cluster: ClusterSnapshot) => unknown;

const move = (cluster: ClusterSnapshot, sid: string, node: string) => {
  for (const guest of cluster.guests) if (guest.sid === sid) guest.node = node;
};
const state = (cluster: ClusterSnapshot, sid: string, asked: string) => {
  for (const each of cluster.ha.resources) if (each.sid === sid) each.state = asked;
};
const crm = (cluster: ClusterSnapshot, sid: string, crmState: string) => {
  for (const each of cluster.ha.status.services) if (each.sid === sid) each.crmState = crmState;
};
export const several = (cluster: ClusterSnapshot, resources: string[]) =>
  cluster.ha.rules.push({
    rule: "placed",
    type: "node-affinity",
    resources,
    nodes: { a: 2, b: 1, c: 1 },
    strict: false,
    disable: false,
    errors: [],
  });
const group = (cluster: ClusterSnapshot) =>
  cluster.ha.groups.push({
    group: "all",
    nodes: { a: 1, b: 1, c: 1 },
    restricted: false,
    nofailback: false,
  });
const raw = (cluster: ClusterSnapshot, name: string, more: Record<string, string>) => {
  Object.assign(guestIn(cluster, name).config?.raw ?? {}, more);
};
const asVm = (cluster: ClusterSnapshot, vmid: number, more: Record<string, string> = {}) => {
  const [ct, vm] = [`ct:${vmid}`, `vm:${vmid}`];
  for (const guest of cluster.guests.filter((one) => one.vmid === vmid)) {
    Object.assign(guest, { type: "vm", sid: vm });
    Object.assign(guest.config?.raw ?? {}, more);
  }
  const { resources, status, rules } = cluster.ha;
  for (const each of [...resources, ...status.services]) if (each.sid === ct) each.sid = vm;
  for (const rule of rules) rule.resources = rule.resources.map((one) => (one === ct ? vm : one));
};
const log = (cluster: ClusterSnapshot, ...lines: string[]) => {
  for (const node of cluster.nodes) if (node.name === "c") node.journal = lines;
};
const outside = (cluster: ClusterSnapshot, ...sids: string[]) => {
  cluster.ha.resources = cluster.ha.resources.filter(({ sid }) => !sids.includes(sid));
  for (const rule of cluster.ha.rules)
    rule.resources = rule.resources.filter((one) => !sids.includes(one));
  cluster.ha.rules = cluster.ha.rules.filter(({ resources }) => resources.length > 1);
};
const unclean = (at: number) => ({
  boots: [{ startSec: at, clean: false }],
});

/** What can be wrong with a cluster, one thing at a time: each makes the audit print some advice. */
export const situations: Readonly<Record<string, Change>> = {
  "a pair on one node": (cluster) => move(cluster, "ct:121", "a"),
  "a pair on the only node": (cluster) => {
    cluster.nodes = cluster.nodes.filter(({ name }) => name === "a");
    for (const { sid } of cluster.guests) move(cluster, sid, "a");
    outside(cluster, ...cluster.guests.map(({ sid }) => sid));
    cluster.replication = [];
  },
  "a member that HA was told to stop": (cluster) => {
    state(cluster, "ct:121", "stopped");
    crm(cluster, "ct:121", "stopped");
    guestIn(cluster, "traefik-2").running = false;
  },
  "a device of a guest that the stack file has under HA": (cluster) => {
    guestIn(cluster, "traefik").config?.passthrough.push({
      key: "dev0",
      kind: "device",
      device: "/dev/ttyACM0",
    });
    return { wanted: wanted() };
  },
  "a hook script on one node": (cluster) =>
    raw(cluster, "postgresql", { hookscript: "local:snippets/hook.pl" }),
  "a cloud-init file on one node": (cluster) => {
    asVm(cluster, 113, { cicustom: "user=local:snippets/user.yaml" });
  },
  "a storage that was removed": (cluster) => {
    for (const disk of guestIn(cluster, "postgresql").config?.disks ?? []) disk.storage = "gone";
  },
  "a guest outside HA that HA could not start elsewhere": (cluster) => {
    outside(cluster, "ct:113");
    cluster.replication = cluster.replication.filter(({ vmid }) => vmid !== 113);
  },
  "a pair on one node without a rule": (cluster) => {
    move(cluster, "ct:121", "a");
    cluster.ha.rules = [];
  },
  "a pair on one node, wanted apart": (cluster) => {
    move(cluster, "ct:121", "a");
    return { wanted: wanted() };
  },
  "a pair on one node, of which one gave up": (cluster) => {
    move(cluster, "ct:121", "a");
    crm(cluster, "ct:121", "error");
  },
  "a pair on one node, not under HA": (cluster) => {
    move(cluster, "ct:121", "a");
    outside(cluster, "ct:110", "ct:121");
  },
  "a pair of machines on one node, not under HA": (cluster) => {
    for (const vmid of [110, 121]) asVm(cluster, vmid);
    move(cluster, "vm:121", "a");
    outside(cluster, "vm:110", "vm:121");
  },
  "a pair in a rule with several priorities": (cluster) => {
    move(cluster, "ct:121", "a");
    cluster.ha.rules = [];
    several(cluster, ["ct:110", "ct:121"]);
  },
  "a pair on one node of a cluster in the middle of an upgrade": (cluster) => {
    move(cluster, "ct:121", "a");
    cluster.ha.rules = [];
    group(cluster);
  },
  "a pair on one node of version 8": (cluster) => {
    move(cluster, "ct:121", "a");
    Object.assign(cluster.version, { version: "8.4.1", release: "8.4", major: 8 });
    cluster.ha.rules = [];
    group(cluster);
  },
  "a pair short of a member": (cluster) => {
    guestIn(cluster, "traefik-2").running = false;
  },
  "a member of a pair on a node that does not answer": (cluster) => {
    Object.assign(guestIn(cluster, "traefik-2"), { running: false, stateUnknown: true });
    return { wanted: wanted() };
  },
  "a rule that is switched off": ({ ha }) => {
    for (const rule of ha.rules) rule.disable = true;
  },
  "a rule that is switched off because it conflicts": (cluster) => {
    several(cluster, ["ct:110", "ct:121"]);
    const placed = cluster.ha.rules.at(-1);
    if (placed) placed.disable = true;
  },
  "a rule that Proxmox ignores": ({ ha }) => {
    for (const rule of ha.rules.slice(0, 1)) rule.errors = ["rule is in conflict"];
  },
  "a rule that Proxmox will ignore": (cluster) => several(cluster, ["ct:110", "ct:121"]),
  "no rule at all, though the stack file has some": (cluster) => {
    cluster.ha.rules = [];
    return { wanted: wanted() };
  },
  "rules that are not the stack file's": (cluster) => {
    for (const rule of cluster.ha.rules.slice(0, 1)) rule.affinity = "positive";
    return { wanted: wanted() };
  },
  "a pair that nothing keeps apart": ({ ha }) => {
    ha.rules = ha.rules.slice(1);
  },
  "other limits than the stack file's": ({ ha }) => {
    for (const resource of ha.resources) resource.maxRestart = 1;
    return { wanted: wanted() };
  },
  "a resource that is ignored": (cluster) => state(cluster, "ct:113", "ignored"),
  "a resource that is disabled and runs": (cluster) => state(cluster, "ct:113", "disabled"),
  "a resource of a guest that is gone": (cluster) => {
    cluster.guests = cluster.guests.filter(({ vmid }) => vmid !== 113);
    cluster.replication = cluster.replication.filter(({ vmid }) => vmid !== 113);
  },
  "nothing under HA": ({ ha }) => {
    ha.resources = [];
    ha.rules = [];
  },
  "one that is wanted under HA is not": (cluster) => {
    outside(cluster, "ct:113");
    return { wanted: wanted() };
  },
  "a resource that gave up": (cluster) => crm(cluster, "ct:110", "error"),
  "a resource that waits for fencing": (cluster) => crm(cluster, "ct:110", "fence"),
  "everything on one node": (cluster) => {
    for (const guest of cluster.guests) guest.node = "a";
    several(cluster, ["ct:113"]);
  },
  "no master": (cluster) => {
    cluster.ha.status.master = undefined;
  },
  "a master and an agent that do not move": ({ ha }) => {
    ha.status.master = { node: "a", status: "a (old timestamp - dead?, Thu Jan 14)" };
    for (const one of ha.status.lrm) one.status = `${one.node} (old timestamp - dead?, Thu Jan 14)`;
  },
  "a node in maintenance": ({ ha }) => {
    for (const one of ha.status.lrm.slice(0, 1)) one.status = "a (maintenance mode, Thu Jan 14)";
  },
  "HA that is disarmed": ({ ha }) => {
    ha.status.armed = "disarmed";
  },
  "a node that does not answer": (cluster) => {
    cluster.gaps.push({
      node: "c",
      what: "node",
      reason: "node c does not answer; see whether it is up",
      unreachable: true,
    });
  },
  "no quorum": (cluster) => {
    cluster.quorate = false;
  },
  "two nodes": (cluster) => {
    cluster.nodes = cluster.nodes.slice(0, 2);
    cluster.guests = cluster.guests.filter(({ node }) => node !== "c");
    cluster.replication = [];
    cluster.corosync?.nodes.splice(2);
  },
  "a node short of quorum": (cluster) => {
    for (const node of cluster.nodes.slice(2)) node.online = false;
  },
  "a quorum device that is gone": (cluster) => {
    if (cluster.corosync) cluster.corosync.qdevice = { State: "Connecting" };
  },
  "one link, and it is down": (cluster) => {
    for (const node of cluster.corosync?.nodes ?? []) node.links.splice(1);
    const peers = [{ nodeId: 2, connected: false }];
    return { hosts: [{ node: "a", links: [{ id: 0, address: "10.0.0.1", peers }] }] };
  },
  "Ceph that is not well": (cluster) => {
    cluster.ceph = { health: "HEALTH_WARN", monitors: ["a"], quorum: ["a"] };
  },
  "different versions": (cluster) => {
    for (const node of cluster.nodes.slice(1))
      node.pveVersion = "pve-manager/8.4.1/0123456789abcdef";
  },
  "a journal that was not read": (cluster) => {
    cluster.gaps.push({
      node: "a",
      what: "journal",
      reason: "403 permission check failed; ask for Sys.Syslog",
      unreachable: false,
    });
  },
  "a node that was not asked over SSH": () => ({
    hostGaps: [{ node: "a", reason: "connection refused; start sshd" }],
  }),
  "an unclean reboot": (cluster) => ({
    hosts: [{ node: "a", ...unclean(cluster.takenAt - 3600) }],
  }),
  "two nodes that fell together": (cluster) => ({
    hosts: ["a", "b"].map((node) => ({ node, ...unclean(cluster.takenAt - 3600) })),
  }),
  "memory errors": (cluster) => log(cluster, "kernel: EDAC igen6 MC0: HANDLING IBECC MEMORY ERROR"),
  "memory errors that are a false alarm": (cluster) => {
    const lines = [
      "kernel: EDAC igen6 MC0: HANDLING IBECC MEMORY ERROR",
      "kernel: EDAC igen6 MC0: ADDR 0x7fffffffe0",
    ];
    log(cluster, ...lines);
    return {
      hosts: [
        { node: "a", log: lines, edac: [{ controller: "mc0", corrected: 0, uncorrected: 0 }] },
      ],
    };
  },
  "file-system errors of a container on LVM under HA": (cluster) => {
    raw(cluster, "postgresql", { rootfs: "local-lvm:vm-113-disk-0,size=8G" });
    log(
      cluster,
      "kernel: EXT4-fs error (device dm-16): ext4_journal_check_start:84: aborted journal",
    );
  },
  "file-system errors of containers on LVM outside HA": (cluster) => {
    outside(cluster, "ct:113");
    raw(cluster, "postgresql", { rootfs: "local-lvm:vm-113-disk-0,size=8G" });
    log(cluster, "kernel: EXT4-fs (dm-14): error count since last fsck: 3");
  },
  "file-system errors where every container is on ZFS": (cluster) =>
    log(
      cluster,
      "kernel: EXT4-fs error (device dm-16): ext4_journal_check_start:84: aborted journal",
    ),
  "a disk with errors": (cluster) => log(cluster, "kernel: I/O error, dev sda, sector 2048"),
  "no watchdog, and a service that is off": () => ({
    hosts: [{ node: "a", watchdogs: [], services: { "watchdog-mux": "failed" } }],
  }),
  "a hardware watchdog that nobody uses": () => ({
    hosts: [{ node: "a", watchdogs: ["iTCO_wdt"], services: {} }],
  }),
  "a disk on local storage": (cluster) => {
    for (const storage of cluster.storages) if (storage.name === "tank") storage.type = "lvmthin";
  },
  "a disk without replication": (cluster) => {
    cluster.replication = [];
  },
  "a disk that its replication omits": (cluster) => {
    for (const disk of guestIn(cluster, "postgresql").config?.disks ?? []) disk.replicate = false;
  },
  "a device": (cluster) => {
    guestIn(cluster, "postgresql").config?.passthrough.push({
      kind: "usb",
      device: "10c4:ea60",
      key: "usb0",
    });
  },
  "a mapping of one node": (cluster) => {
    guestIn(cluster, "postgresql").config?.passthrough.push({
      kind: "usb",
      device: "stick",
      key: "usb0",
      nodes: ["c"],
    });
  },
  "a folder that replication cannot copy": (cluster) =>
    raw(cluster, "postgresql", { mp0: "/media,mp=/media,shared=1" }),
  "a CD image in the drive of a machine": (cluster) =>
    asVm(cluster, 113, { ide2: "local:iso/debian-12.iso,media=cdrom" }),
  "a job without a guest": (cluster) => {
    const [job] = cluster.replication;
    if (job) cluster.replication.push({ ...job, id: "999-0", vmid: 999 });
  },
  "a job that is switched off": ({ replication }) => {
    for (const job of replication) job.disabled = job.id === "113-0";
  },
  "a job that fails": ({ replication }) => {
    for (const job of replication) job.last = { failCount: 4, error: "no route to host" };
  },
  "no backup": (cluster) => {
    cluster.backup.notCovered = [113];
  },
  "no backup where the stack file wants one": (cluster) => {
    cluster.backup.notCovered = [113];
    return { wanted: wanted() };
  },
  "a backup job that is switched off": (cluster) => {
    for (const job of cluster.backup.jobs) job.enabled = false;
  },
  "a backup job of one node": (cluster) => {
    for (const job of cluster.backup.jobs) job.node = "c";
  },
  "a stack file that wants something else": () => {
    const want = wanted();
    for (const guest of want.guests) if (guest.vmid === 113) guest.node = "b";
    return { wanted: want };
  },
  "a guest that the stack file does not know, and one that it misses": (cluster) => {
    cluster.guests = cluster.guests.filter(({ vmid }) => vmid !== 117);
    cluster.guests.push(container(200, "mail", "a"));
    return { wanted: wanted() };
  },
};

/** The cluster of a situation, and what else the audit is given. */
export function situationOf(change: Change): AuditInput {
  const cluster = sound();
  const more = change(cluster);
  const told = typeof more === "object" && more !== null;
  return { cluster, ...(told && (more as Partial<AuditInput>)) };
}

/** Advice without a command, and why there is none to give. */
export const proseOnly: readonly (readonly [RegExp, string])[] = [
  [/haGroups\.<group>\.keepApart in the stack file/, "the stack file is edited"],
  [/^put them into restricted groups/, "depends on where they belong"],
  [/^finish the upgrade on every node/, "a work of its own, docs/upgrade-pve9.md"],
  [/^Proxmox takes no keep-apart rule/, "the rules contradict each other: a person decides"],
  [/^(start it, or see why|get the node back|see whether it is up)/, "at the machine"],
  [/^bring the (missing nodes|quorum device) back|^a second node/, "at the machine"],
  [/^see the log of pve-ha-crm on the master/, "the log says what"],
  [/^(add a node, or give each node one vote|give corosync a)/, "hardware and network"],
  [/^use one priority class/, "which nodes matter more, a person decides"],
  [/^take it out of haGroups/, "the stack file is edited"],
  [/^create them, or take them out of the stack file/, "which of both, a person decides"],
  [/^correct the rule/, "the page tells the conditions"],
  [/^give the token a role/, "docs/audit.md has the commands"],
  [/^start sshd/, "the reason of whoever refused"],
  [/^test its memory|^nothing; a newer kernel/, "hardware"],
  [/lsblk/, "which disk it is, only a person can tell"],
  [/^name the hardware's module/, "a file is edited"],
  [/Datacenter > /, "the web interface; backup jobs and mappings have no short command"],
  [/^take the node out of the job/, "the web interface"],
  [
    /(drop replicate=0|shared storage|replicate it|replication|take .* out of the nodes it may run on)/,
    "a disk has to move",
  ],
];
