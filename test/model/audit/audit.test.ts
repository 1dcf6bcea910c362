import { expect, test } from "vitest";
import type { ClusterSnapshot } from "../../../clients/proxmox";
import { pairsOf } from "../../../model/audit/pairs";
import { broken, container, guestIn, reported, sound, takenAt, wanted } from "./data";

test("of a sound cluster there is nothing to say, with a stack file and without one", () => {
  expect(reported(sound())).toEqual([]);
  expect(reported(sound(), { wanted: wanted() })).toEqual([]);
});

const drop = (cluster: ClusterSnapshot, ...sids: string[]) => {
  cluster.ha.resources = cluster.ha.resources.filter(({ sid }) => !sids.includes(sid));
};

/** What is changed in the sound cluster, by the name of what is wrong then. */
const cases: Record<string, (cluster: ClusterSnapshot) => void> = {
  "both of a pair on one node": (cluster) => {
    guestIn(cluster, "traefik-2").node = "a";
  },
  "both on one node, not under HA": (cluster) => {
    guestIn(cluster, "traefik-2").node = "a";
    drop(cluster, "ct:110", "ct:121");
    cluster.ha.rules.shift();
  },
  "one of a pair not under HA": (cluster) => drop(cluster, "ct:121"),
  "a database not under HA": (cluster) => drop(cluster, "ct:113"),
  "one of a pair stopped": (cluster) => {
    guestIn(cluster, "dns-2").running = false;
  },
  "a pair that no rule keeps apart": (cluster) => {
    cluster.ha.rules.pop();
  },
  "no rule at all": (cluster) => {
    cluster.ha.rules = [];
  },
  "a rule that is switched off": (cluster) => {
    const [, rule] = cluster.ha.rules;
    if (rule) rule.disable = true;
  },
  "a rule that Proxmox ignores": (cluster) => {
    const [rule] = cluster.ha.rules;
    if (rule) rule.errors = ["rule defines more resources than available nodes\n"];
  },
  "two priorities and keeping apart": (cluster) => {
    cluster.ha.rules.push({
      rule: "prefer",
      type: "node-affinity",
      resources: ["ct:110", "ct:121"],
      nodes: { a: 2, b: 1 },
      strict: false,
      disable: false,
      errors: [],
    });
  },
  "everything under HA on two nodes": (cluster) => {
    guestIn(cluster, "traefik").node = "c";
    for (const vmid of [201, 202]) {
      cluster.guests.push(container(vmid, `app${vmid}x`, "c"));
      cluster.ha.resources.push({
        sid: `ct:${vmid}`,
        state: "started",
        maxRestart: 3,
        maxRelocate: 2,
      });
    }
    cluster.replication = [];
    cluster.storages = [
      { name: "tank", type: "rbd", shared: true, disabled: false, content: ["rootdir"] },
    ];
  },
  "a service in the error state": (cluster) => {
    const [service] = cluster.ha.status.services;
    if (service) service.crmState = "error";
  },
  "an HA resource that is ignored": (cluster) => {
    const resource = cluster.ha.resources.at(-1);
    if (resource) resource.state = "ignored";
  },
  "an HA resource of nobody": (cluster) => {
    cluster.ha.resources.push({ sid: "vm:999", state: "started", maxRestart: 3, maxRelocate: 2 });
  },
  "no HA manager": (cluster) => {
    delete cluster.ha.status.master;
  },
  "an HA agent that is dead": (cluster) => {
    const [, agent] = cluster.ha.status.lrm;
    if (agent) agent.status = "b (old timestamp - dead?, Thu Jan 14 07:00:00 2027)";
  },
  "HA that is disarmed": (cluster) => {
    cluster.ha.status.armed = "disarmed";
  },
  "no quorum": (cluster) => {
    cluster.quorate = false;
  },
  "two votes": (cluster) => {
    cluster.nodes.pop();
    cluster.corosync?.nodes.pop();
    for (const name of ["dns-2", "postgresql"]) guestIn(cluster, name).node = "a";
  },
  "a quorum device that is away": (cluster) => {
    if (cluster.corosync) cluster.corosync.qdevice = { State: "Disconnected", Model: "Net" };
  },
  "one link": (cluster) => {
    for (const node of cluster.corosync?.nodes ?? []) node.links.pop();
  },
  "a node that does not answer": (cluster) => {
    const reason =
      "https://a:8006/nodes/c/status: node c does not answer the API (595 No route to host); check that it is up: systemctl status pveproxy pve-cluster";
    cluster.gaps = [{ what: "node", node: "c", reason, unreachable: true }];
  },
  "a node that is off": (cluster) => {
    const [, , node] = cluster.nodes;
    if (node) node.online = false;
    const reason = "node c is offline: the cluster says so; start it";
    cluster.gaps = [{ what: "node", node: "c", reason, unreachable: true }];
  },
  "journals that may not be read": (cluster) => {
    cluster.gaps = ["a", "b"].map((node) => ({
      what: "journal",
      node,
      reason: "403 Permission check failed; give it",
      unreachable: false,
    }));
  },
  "Ceph with a monitor out": (cluster) => {
    cluster.ceph = {
      health: "HEALTH_WARN",
      monitors: ["a", "b", "c"],
      quorum: ["a", "b"],
      osds: { total: 6, up: 5, in: 6 },
    };
  },
  "nodes of two major versions": (cluster) => {
    const [node] = cluster.nodes;
    if (node) node.pveVersion = "pve-manager/8.4.1/2a5fa54a8503f96d";
  },
  "a disk without a replica": (cluster) => {
    cluster.replication = cluster.replication.filter(
      ({ vmid, target }) => vmid !== 113 || target !== "a",
    );
  },
  "disks on local storage, many": (cluster) => {
    for (const storage of cluster.storages) if (storage.name === "tank") storage.type = "lvmthin";
    for (const guest of cluster.guests) guest.node = guest.name === "traefik-2" ? "b" : "a";
    cluster.ha.rules = [];
    cluster.ha.groups = [{ group: "g", nodes: {}, restricted: false, nofailback: false }];
    cluster.version.major = 8;
  },
  "a device of the node": (cluster) => {
    guestIn(cluster, "postgresql").config?.passthrough.push({
      key: "dev0",
      kind: "device",
      device: "/dev/ttyACM0",
    });
  },
  "a CD image in the drive": (cluster) => {
    const { config } = guestIn(cluster, "postgresql");
    if (config) config.raw.ide2 = "local:iso/debian-12.iso,media=cdrom,size=629M";
  },
  "a disk that replication omits": (cluster) => {
    const [disk] = guestIn(cluster, "postgresql").config?.disks ?? [];
    if (disk) disk.replicate = false;
  },
  "a folder that replication cannot copy": (cluster) => {
    const { config } = guestIn(cluster, "postgresql");
    if (config) config.raw.mp0 = "/media,mp=/media,shared=1";
  },
  "a mapping that does not name every node": (cluster) => {
    const use = { key: "hostpci0", kind: "pci" as const, device: "gpu", nodes: ["b", "c"] };
    guestIn(cluster, "postgresql").config?.passthrough.push(use);
  },
  "replication that failed once": (cluster) => {
    const [job] = cluster.replication;
    if (job) job.last = { failCount: 1, syncSec: takenAt - 7200, error: "out of space\n" };
  },
  "replication that never succeeded": (cluster) => {
    const [job] = cluster.replication;
    if (job) job.last = { failCount: 7, error: "command 'zfs recv' failed" };
  },
  "replication that is switched off, and one of nobody": (cluster) => {
    cluster.replication.push(
      { id: "110-9", vmid: 110, target: "c", schedule: "*/15", disabled: true, removing: false },
      { id: "999-0", vmid: 999, target: "c", schedule: "*/15", disabled: false, removing: false },
    );
  },
  "guests without backup": (cluster) => {
    cluster.backup.notCovered = [110, 113];
  },
  "a backup job that is switched off": (cluster) => {
    for (const job of cluster.backup.jobs) job.exclude = [113];
    cluster.backup.jobs.push({
      id: "db",
      enabled: false,
      all: false,
      vmids: [113],
      exclude: [],
      raw: {},
    });
  },
  "a backup job of one node": (cluster) => {
    for (const job of cluster.backup.jobs) job.exclude = [113];
    cluster.backup.jobs.push({
      id: "db",
      enabled: true,
      all: false,
      vmids: [113],
      exclude: [],
      node: "c",
      raw: {},
    });
  },
};

test("each fault is told with its fix, and nothing else with it", () => {
  const all = Object.fromEntries(
    Object.entries(cases).map(([name, change]) => [name, reported(broken(change))]),
  );
  for (const [name, lines] of Object.entries(all)) expect(lines, name).not.toEqual([]);
  expect(all).toMatchInlineSnapshot(`
    {
      "Ceph with a monitor out": [
        "warning ceph-health [ceph] Ceph says HEALTH_WARN; monitors out of quorum: c; 1 of 6 OSDs down; ceph health detail",
      ],
      "HA that is disarmed": [
        "critical ha-manager [cluster] HA is disarmed: nothing is fenced and nothing restarted; ha-manager crm-command arm-ha",
      ],
      "a CD image in the drive": [
        "warning ha-local-disk [postgresql] postgresql (ct:113) is under HA and needs the CD image iso/debian-12.iso of local (ide2): it does not start on a node that lacks the file; put the file on shared storage or on every node, or do without: pct set 113 --ide2 none,media=cdrom",
      ],
      "a backup job of one node": [
        "warning without-backup [postgresql] only in backup jobs of one node: after HA moves them they have no backup: postgresql (ct:113); take the node out of the job, so that it follows the guest",
      ],
      "a backup job that is switched off": [
        "warning without-backup [postgresql] only in backup jobs that are switched off, which Proxmox itself counts as covered: postgresql (ct:113); switch the job on: Datacenter > Backup",
      ],
      "a database not under HA": [
        "note not-under-ha [1 guest] not under HA, so it waits for the node when it dies: postgresql (ct:113); put those that matter under HA, e.g. ha-manager add ct:113 --state started --max_restart 3 --max_relocate 2",
      ],
      "a device of the node": [
        "critical ha-passthrough [postgresql] postgresql (ct:113) is under HA and uses device /dev/ttyACM0 (dev0) of c: HA cannot start it anywhere else; take it out of HA (ha-manager remove ct:113), or reach the device over the network",
      ],
      "a disk that replication omits": [
        "critical ha-local-disk [postgresql] postgresql (ct:113) is under HA and its disk rootfs on tank has replicate=0: on a and b it is missing; drop replicate=0, or move the disk to shared storage",
      ],
      "a disk without a replica": [
        "critical ha-local-disk [postgresql] postgresql (ct:113) is under HA, and its ZFS disk on c is not replicated to a, where HA may start it; replicate it (pvesr create-local-job 113-0 a), or take a out of the nodes it may run on (strict)",
      ],
      "a folder that replication cannot copy": [
        "critical ha-local-disk [postgresql] postgresql (ct:113) is under HA and its mount mp0 is a folder, which replication cannot copy: every run fails; leave it out of replication: pct set 113 --mp0 /media,mp=/media,shared=1,replicate=0",
      ],
      "a mapping that does not name every node": [
        "critical ha-passthrough [postgresql] postgresql (ct:113) is under HA and uses the mapping gpu (hostpci0), which names b and c only: on a it cannot start; add a to the mapping (Datacenter > Resource Mappings), or take it out of the nodes it may run on (strict)",
      ],
      "a node that does not answer": [
        "critical node-unreachable [node c] https://a:8006/nodes/c/status: node c does not answer the API (595 No route to host); on it: dns-2 and postgresql; check that it is up: systemctl status pveproxy pve-cluster",
      ],
      "a node that is off": [
        "critical node-unreachable [node c] node c is offline: the cluster says so; on it: dns-2 and postgresql; start it",
        "critical quorum [cluster] 2 of 3 votes are there and 2 are needed: the loss of one more node ends quorum for all; bring the missing nodes back",
      ],
      "a pair that no rule keeps apart": [
        "warning pair-not-kept-apart [dns-1 and dns-2] nothing keeps dns-1 (ct:116) and dns-2 (ct:117) of dns apart: after a failure HA may start both on one node, and leaves them there; keep them apart: ha-manager rules add resource-affinity keep-dns-apart --affinity negative --resources ct:116,ct:117",
      ],
      "a quorum device that is away": [
        "critical quorum [cluster] 3 of 5 votes are there and 3 are needed: the loss of one more node ends quorum for all; bring the quorum device back",
        "warning quorum [cluster] the quorum device is not connected (its state is "Disconnected"): its 2 votes are missing; on the nodes: systemctl status corosync-qdevice; on the device: systemctl status corosync-qnetd",
      ],
      "a rule that Proxmox ignores": [
        "critical ha-rule-infeasible [rule traefik] Proxmox ignores the HA rule traefik: rule defines more resources than available nodes; correct the rule: see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-rule-infeasible.md for the seven conditions",
      ],
      "a rule that is switched off": [
        "warning pair-not-kept-apart [dns-1 and dns-2] nothing keeps dns-1 (ct:116) and dns-2 (ct:117) of dns apart: after a failure HA may start both on one node, and leaves them there; keep them apart: ha-manager rules add resource-affinity keep-dns-apart --affinity negative --resources ct:116,ct:117",
        "warning ha-placement-differs [rule dns] the HA rule dns (ct:116 and ct:117) is switched off; switch it on, or remove it: ha-manager rules set resource-affinity dns --delete disable",
      ],
      "a service in the error state": [
        "critical ha-resource-state [traefik] traefik (ct:110) is in the error state: HA gave up on it; fix the cause, then: ha-manager set ct:110 --state disabled && sleep 20 && ha-manager set ct:110 --state started",
      ],
      "an HA agent that is dead": [
        "critical ha-manager [node b] its HA agent does not respond: b (old timestamp - dead?, Thu Jan 14 07:00:00 2027); on b: systemctl status pve-ha-lrm",
      ],
      "an HA resource of nobody": [
        "warning ha-resource-state [vm:999] vm:999 is an HA resource, but no such guest exists; ha-manager remove vm:999",
      ],
      "an HA resource that is ignored": [
        "warning ha-resource-state [postgresql] postgresql (ct:113) is an HA resource in the state ignored: it runs, but HA does not manage it; ha-manager set ct:113 --state started",
      ],
      "both of a pair on one node": [
        "critical pair-on-one-node [traefik and traefik-2] traefik (ct:110) and traefik-2 (ct:121) both serve traefik and run on a: when it dies, nothing of traefik is left; move one of them: ha-manager migrate ct:121 b; then keep them apart: ha-manager rules add resource-affinity keep-traefik-apart --affinity negative --resources ct:110,ct:121",
        "critical ha-local-disk [traefik-2] traefik-2 (ct:121) is under HA, and its ZFS disk on a is not replicated to b, where HA may start it; replicate it (pvesr create-local-job 121-2 b), or take b out of the nodes it may run on (strict)",
      ],
      "both on one node, not under HA": [
        "critical pair-on-one-node [traefik and traefik-2] traefik (ct:110) and traefik-2 (ct:121) both serve traefik and run on a: when it dies, nothing of traefik is left; move one of them: pct migrate 121 b --restart; then put both under HA and keep them apart, or nothing prevents it the next time",
        "critical not-under-ha [traefik and traefik-2] no member of traefik is under HA: traefik (ct:110) and traefik-2 (ct:121); when their node dies they wait until it returns; first see to it that HA can start it elsewhere: replicate it (pvesr create-local-job 121-2 b), or take b out of the nodes it may run on (strict); then: ha-manager add ct:110 --state started --max_restart 3 --max_relocate 2 && ha-manager add ct:121 --state started --max_restart 3 --max_relocate 2",
      ],
      "disks on local storage, many": [
        "critical pair-on-one-node [dns-1 and dns-2] dns-1 (ct:116) and dns-2 (ct:117) both serve dns and run on a: when it dies, nothing of dns is left; move one of them: ha-manager migrate ct:117 c; then put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate",
        "critical ha-local-disk [traefik, dns-1, dns-2 and postgresql] traefik, dns-1, dns-2 and postgresql are under HA, and their disks on tank are on a only: on b and c they cannot start; move the disk to shared storage or to replicated ZFS, or allow a only (strict)",
        "critical ha-local-disk [traefik-2] traefik-2 (ct:121) is under HA, and its disk on tank is on b only: on a and c it cannot start; move the disk to shared storage or to replicated ZFS, or allow b only (strict)",
        "warning pair-not-kept-apart [traefik and traefik-2] nothing keeps traefik (ct:110) and traefik-2 (ct:121) of traefik apart: after a failure HA may start both on one node, and leaves them there; put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate",
        "warning pair-not-kept-apart [dns-1 and dns-2] nothing keeps dns-1 (ct:116) and dns-2 (ct:117) of dns apart: after a failure HA may start both on one node, and leaves them there; put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate",
        "warning ha-imbalance [cluster] HA resources are spread a 4, b 1, c 0: the loss of a takes 4 of 5 at once; prefer other nodes in the placement, or move some: ha-manager migrate ct:110 c",
      ],
      "everything under HA on two nodes": [
        "critical ha-imbalance [cluster] HA resources are spread a 0, b 2, c 5: a carries none, and the loss of c takes 5 of 7 at once; prefer other nodes in the placement, or move some: ha-manager migrate ct:110 a",
      ],
      "guests without backup": [
        "warning without-backup [traefik and postgresql] in no backup job: traefik (ct:110) and postgresql (ct:113); add them to a job: Datacenter > Backup",
      ],
      "journals that may not be read": [
        "note not-read [node a and node b] not audited: journal (403 Permission check failed); give the token a role with Sys.Syslog on /nodes, or give an SSH key (--identity)",
      ],
      "no HA manager": [
        "critical ha-manager [cluster] no node runs the HA manager: nothing is restarted after a failure; on a node: systemctl restart pve-ha-crm, and read its log",
      ],
      "no quorum": [
        "critical quorum [cluster] the asked node has no quorum: nothing can be changed, nothing is restarted, and nodes with HA resources reset themselves; bring nodes or the corosync network back; only as a last resort: pvecm expected 1",
      ],
      "no rule at all": [
        "critical no-ha-placement [cluster] there is no HA rule: nothing says where HA resources may run, so after a failure HA may put both members of traefik on one node; set the placement in haGroups of a stack file, and apply it: pulumi up",
      ],
      "nodes of two major versions": [
        "warning node-versions [cluster] nodes run different versions: 8.4.1 on a, 9.0.3 on b and c; HA groups become rules only when every node is new; finish the upgrade on every node",
      ],
      "one link": [
        "warning corosync-links [cluster] corosync has one link only (a, b and c): when that network stutters, every node with HA resources resets itself; give corosync a second link on another network (ring1_addr in /etc/pve/corosync.conf)",
      ],
      "one of a pair not under HA": [
        "warning not-under-ha [traefik-2] traefik-2 (ct:121) of traefik is not under HA: after a failure the pair stays short of a member; ha-manager add ct:121 --state started --max_restart 3 --max_relocate 2",
      ],
      "one of a pair stopped": [
        "warning pair-short-of-member [dns-2] of dns only dns-1 (ct:116) runs; dns-2 (ct:117) is stopped, so nothing can take over; start it, or see why it does not run",
      ],
      "replication that failed once": [
        "warning replication-fails [traefik] replication of traefik (ct:110) to b fails (1 time in a row, last success 2 hours ago), and HA would start it from there with what was lost since: out of space; read its log on a: pvesr status, then pvesr schedule-now 110-0",
      ],
      "replication that is switched off, and one of nobody": [
        "warning replication-fails [traefik] replication of traefik (ct:110) to c is switched off; pvesr enable 110-9, or delete it",
        "warning replication-fails [999-0] replication job 999-0 has no guest; pvesr delete 999-0 --force",
      ],
      "replication that never succeeded": [
        "critical replication-fails [traefik] replication of traefik (ct:110) to b fails (7 times in a row, it never succeeded), so HA could not start it there: command 'zfs recv' failed; read its log on a: pvesr status, then pvesr schedule-now 110-0",
      ],
      "two priorities and keeping apart": [
        "critical ha-rule-infeasible [rule traefik] rule "traefik" keeps ct:110 and ct:121 apart, and "prefer" gives ct:110 and ct:121 nodes of 2 priority classes (2: a, 1: b), which Proxmox refuses; use one priority class: give every node of "prefer" the same priority",
      ],
      "two votes": [
        "warning quorum [cluster] 2 of 2 votes are there and 2 are needed: the loss of one more node ends quorum for all; add a third node, or a quorum device on a host outside: pvecm qdevice setup <its address>",
      ],
    }
  `);
});

test("version 8: groups do not separate, restricted ones without a common node do", () => {
  const eight = (nodesOf: Record<string, Record<string, number>>) =>
    broken((cluster) => {
      cluster.version = { version: "8.4.1", release: "8.4", major: 8 };
      cluster.ha.rules = [];
      cluster.ha.groups = Object.entries(nodesOf).map(([group, nodes]) => ({
        group,
        nodes,
        restricted: true,
        nofailback: false,
      }));
      const names = Object.keys(nodesOf);
      for (const [index, resource] of cluster.ha.resources.slice(0, 2).entries()) {
        resource.group = names[index % names.length];
      }
      // Only the first pair is looked at.
      cluster.guests = cluster.guests.slice(0, 2);
      cluster.ha.resources = cluster.ha.resources.slice(0, 2);
      cluster.replication = cluster.replication.filter(({ vmid }) => vmid === 110 || vmid === 121);
    });
  expect(reported(eight({ one: { a: 1 }, two: { b: 1 } }))).toEqual([]);
  expect(reported(eight({ "traefik-group": { a: 0, b: 1 } }))).toMatchInlineSnapshot(`
    [
      "warning pair-not-kept-apart [traefik and traefik-2] nothing keeps traefik (ct:110) and traefik-2 (ct:121) of traefik apart: after a failure HA may start both on one node, and leaves them there; put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate",
    ]
  `);
});

test("with a stack file: what it wants and the cluster has not, or has otherwise", () => {
  const stack = wanted();
  const cluster = broken((each) => {
    drop(each, "ct:113", "ct:117");
    each.ha.rules = each.ha.rules
      .slice(0, 1)
      .map((rule) => ({ ...rule, resources: ["ct:110", "ct:116"] }));
    each.ha.resources = each.ha.resources.map((resource) => ({ ...resource, maxRestart: 1 }));
    guestIn(each, "postgresql").node = "a";
  });
  stack.nodes = ["a", "b", "d"];
  stack.guests.push({ name: "kea", vmid: 133, sid: "ct:133", node: "b", backup: true });
  expect(reported(cluster, { wanted: stack })).toMatchInlineSnapshot(`
    [
      "warning not-under-ha [dns-2 and postgresql] Pulumi.test.yaml wants them under HA, and they are not: dns-2 (ct:117) and postgresql (ct:113); apply the stack file: pulumi up",
      "warning ha-placement-differs [rule traefik] the HA rule traefik is not the stack file's resource-affinity rule for ct:110 and ct:121 (haGroups.traefik); apply the stack file: pulumi up",
      "warning ha-placement-differs [rule traefik] the HA rule traefik is not the stack file's resource-affinity rule for ct:116 and ct:117 (haGroups.dns); apply the stack file: pulumi up",
      "warning differs-from-stack-file [d] Pulumi.test.yaml names a node that the cluster test does not have: d; correct the stack file, or ask the right cluster (PROXMOX_VE_ENDPOINT)",
      "warning differs-from-stack-file [kea] Pulumi.test.yaml names guests that the cluster does not have: kea (ct:133); create them, or take them out of the stack file",
      "note pair-not-kept-apart [traefik and traefik-2] nothing keeps traefik (ct:110) and traefik-2 (ct:121) of traefik apart: after a failure HA may start both on one node, and leaves them there; if that is not wanted: haGroups.<group>.keepApart in the stack file",
      "note ha-placement-differs [3 HA resources] restarts/relocations differ from the stack file: traefik 1/2 instead of 3/2, traefik-2 1/2 instead of 3/2 and dns-1 1/2 instead of 3/2; apply the stack file: pulumi up",
      "note differs-from-stack-file [c] Pulumi.test.yaml does not know c; add it to cluster.nodes",
      "note differs-from-stack-file [postgresql] not on their home node: postgresql on a (home c); nothing is lost; move them back when convenient: pct migrate 113 c --restart",
    ]
  `);
});

test("a pair whose rule says the same under another name is as the stack file wants it", () => {
  const cluster = broken((each) => {
    for (const rule of each.ha.rules) rule.rule = `renamed-${rule.rule}`;
  });
  expect(reported(cluster, { wanted: wanted() })).toEqual([]);
});

test("a guest that the stack file keeps out of HA and out of backup is left alone", () => {
  const stack = wanted();
  stack.groups = stack.groups.filter(({ name }) => name !== "databases");
  for (const guest of stack.guests) if (guest.vmid === 113) guest.backup = false;
  const cluster = broken((each) => {
    drop(each, "ct:113");
    each.backup.notCovered = [113];
  });
  expect(reported(cluster, { wanted: stack })).toEqual([]);
});

test("a guest that replication does not take along is left alone where HA has no other node", () => {
  const nas = { name: "nas", type: "nfs", shared: true, disabled: false, content: ["iso"] };
  const cluster = broken(({ storages, guests, ha }) => {
    storages.push(nas);
    const { config } = guests.find(({ vmid }) => vmid === 113) ?? {};
    // Left out of replication, on every node by a mapping, and an image that every node sees.
    const mapped = { key: "hostpci0", kind: "pci" as const, device: "gpu", nodes: ["a", "b", "c"] };
    config?.passthrough.push(mapped);
    Object.assign(config?.raw ?? {}, {
      mp0: "/media,mp=/media,replicate=0,shared=1",
      ide2: "nas:iso/debian-12.iso,media=cdrom",
    });
    const fixed = guests.find(({ vmid }) => vmid === 116);
    for (const disk of fixed?.config?.disks ?? []) disk.replicate = false;
    ha.rules.push({
      rule: "home",
      type: "node-affinity",
      resources: ["ct:116"],
      nodes: { b: 1 },
      strict: true,
      disable: false,
      errors: [],
    });
  });
  expect(reported(cluster)).toEqual([]);
});

test("guests without a backup: the stack file's come by it, the others by hand", () => {
  const bare = broken(({ backup, guests }) => {
    guests.push(container(150, "stranger", "a"));
    backup.notCovered = [113, 150];
  });
  const said = (stack: ReturnType<typeof wanted>) =>
    reported(bare, { wanted: stack }).filter((one) => one.includes("without-backup"));
  expect(said(wanted())).toEqual([
    "warning without-backup [postgresql] in no backup job: postgresql (ct:113); apply the stack file: pulumi up",
    "warning without-backup [stranger] in no backup job: stranger (ct:150); add them to a job: Datacenter > Backup",
  ]);
  expect(said({ ...wanted(), existingBackupJobs: ["nightly"] })).toEqual([
    "warning without-backup [postgresql and stranger] in no backup job: postgresql (ct:113) and stranger (ct:150); add them to nightly: Datacenter > Backup",
  ]);
});

test("a spread that the stack file places just so is a note", () => {
  const stack = wanted();
  const change = cases["everything under HA on two nodes"];
  const cluster = broken(change ?? (() => {}));
  expect(reported(cluster, { wanted: stack })[0]).toMatch(/^critical ha-imbalance/);
  stack.guests = cluster.guests.map(({ name, vmid, sid, node }) => ({
    name,
    vmid,
    sid,
    node,
    backup: true,
  }));
  expect(reported(cluster, { wanted: stack })).toMatchInlineSnapshot(`
    [
      "note ha-imbalance [cluster] HA resources are spread a 0, b 2, c 5: a carries none, and the loss of c takes 5 of 7 at once, as Pulumi.test.yaml places them; prefer other nodes in the placement, or move some: ha-manager migrate ct:110 a",
    ]
  `);
});

test("pairs are guessed from names only: a number inside a name makes none, templates are none", () => {
  const cluster = sound();
  const names = [
    "kea-dhcp-1",
    "kea-dhcp-2",
    "zigbee2mqtt",
    "mqtt",
    "web1",
    "web2",
    "adguard",
    "1",
    "2",
  ];
  cluster.guests = names.map((name, index) => container(300 + index, name, "a"));
  for (const guest of cluster.guests) if (guest.name === "web2") guest.template = true;
  expect(pairsOf({ cluster }).map(({ name, members }) => [name, members.length])).toEqual([
    ["kea-dhcp", 2],
  ]);
});

test("three of one service on two nodes are no pair on one node", () => {
  const cluster = broken((each) => {
    each.guests.push(container(131, "traefik-3", "a"));
    const [rule] = each.ha.rules;
    if (rule) rule.resources.push("ct:131");
    each.ha.resources.push({ sid: "ct:131", state: "started", maxRestart: 3, maxRelocate: 2 });
    each.replication.push(
      ...["b", "c"].map((target, index) => ({
        id: `131-${index}`,
        vmid: 131,
        target,
        schedule: "*/15",
        disabled: false,
        removing: false,
      })),
    );
  });
  expect(reported(cluster)).toEqual([]);
  for (const name of ["traefik", "traefik-2", "traefik-3"]) guestIn(cluster, name).node = "b";
  expect(reported(cluster)[0]).toMatch(/^critical pair-on-one-node/);
});
