import { expect, test } from "vitest";
import { audit } from "../../../model/audit/audit";
import { oddClusters } from "../../support/clusters/odd-clusters";
import { moreOddClusters } from "../../support/clusters/odd-clusters-more";
import { readRaw } from "../../support/clusters/raw-cluster";

const clusters = { ...oddClusters, ...moreOddClusters };

/** What the audit tells of a cluster, a line for each finding. */
async function told(name: keyof typeof clusters): Promise<string[]> {
  const cluster = await readRaw(clusters[name]);
  return audit({ cluster }).map(
    ({ severity, rule, subject, message, fix }) =>
      `${severity} ${rule} [${subject}] ${message} > ${fix}`,
  );
}

test("what the audit tells of odd clusters is true, and all of it", async () => {
  const names = Object.keys(clusters) as (keyof typeof clusters)[];
  const all = await Promise.all(names.map(async (name) => [name, await told(name)] as const));
  expect(Object.fromEntries(all)).toMatchInlineSnapshot(`
    {
      "empty": [],
      "groups": [
        "warning pair-not-kept-apart [web-1 and web-2] nothing keeps web-1 (ct:300) and web-2 (ct:301) of web apart: after a failure HA may start both on one node, and leaves them there > put them into restricted groups without a common node: groups of Proxmox VE 8 do not separate",
        "warning without-backup [web-2] in no backup job: web-2 (ct:301) > add them to a job: Datacenter > Backup",
        "warning without-backup [web-1] only in backup jobs that are switched off, which Proxmox itself counts as covered: web-1 (ct:300) > switch the job on: Datacenter > Backup",
      ],
      "held": [
        "critical ha-imbalance [cluster] HA resources are spread a 22, b 0, c 0: b carries none, and the loss of a takes 22 of 22 at once > prefer other nodes in the placement, or move some: ha-manager migrate ct:409 b",
        "critical ha-passthrough [gpu] gpu (vm:400) is under HA and uses pci 0000:01:00.0 (hostpci0) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove vm:400), or reach the device over the network",
        "critical ha-passthrough [zigbee] zigbee (vm:403) is under HA and uses usb 1-4 (usb0) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove vm:403), or reach the device over the network",
        "critical ha-passthrough [args-usb] args-usb (vm:404) is under HA and uses usb 0x10c4:0xea60 (args) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove vm:404), or reach the device over the network",
        "critical ha-passthrough [args-disk] args-disk (vm:405) is under HA and uses device /dev/sdb (args) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove vm:405), or reach the device over the network",
        "critical ha-passthrough [raw-disk] raw-disk (vm:408) is under HA and uses device /dev/disk/by-id/ata-X (scsi1) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove vm:408), or reach the device over the network",
        "critical ha-passthrough [jellyfin] jellyfin (ct:410) is under HA and uses device /dev/dri (lxc.mount.entry) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove ct:410), or reach the device over the network",
        "critical ha-local-disk [efi] efi (vm:412) is under HA, and its disk on lvm is on a only: on b and c it cannot start > move the disk to shared storage or to replicated ZFS, or allow a only (strict)",
        "critical ha-local-disk [efi] efi (vm:412) is under HA, and its disk on local is on a only: on b and c it cannot start > move the disk to shared storage or to replicated ZFS, or allow a only (strict)",
        "critical ha-local-disk [linked] linked (vm:419) is under HA, and its disk on local is on a only: on b and c it cannot start > move the disk to shared storage or to replicated ZFS, or allow a only (strict)",
        "critical ha-passthrough [9p] 9p (vm:420) is under HA and uses the path /tank/share (args) of a: HA cannot start it anywhere else > take it out of HA (ha-manager remove vm:420), or reach the device over the network",
        "critical ha-passthrough [gpu-mapped] gpu-mapped (vm:401) is under HA and uses the mapping gpu (hostpci0), which names a and b only: on c it cannot start > add c to the mapping (Datacenter > Resource Mappings), or take it out of the nodes it may run on (strict)",
        "critical ha-passthrough [virtiofs] virtiofs (vm:407) is under HA and uses the mapping media (virtiofs0), which names a only: on b and c it cannot start > add b and c to the mapping (Datacenter > Resource Mappings), or take them out of the nodes it may run on (strict)",
        "critical ha-local-disk [cloud] cloud (vm:413) is under HA and its cloud-init drive ide2 is on lvm, which b and c do not have: there it cannot start > remove the drive and add it on a storage that every node has (Hardware > Add > CloudInit Drive)",
        "critical ha-local-disk [gone-disk] gone-disk (vm:421) is under HA and its disk scsi0 is on removed, a storage that the cluster does not have: once it is off it starts nowhere > add the storage again (Datacenter > Storage), or restore the guest from a backup",
        "warning ceph-health [ceph] Ceph says HEALTH_WARN; monitors out of quorum: c; 1 of 3 OSDs down > ceph health detail",
        "warning ha-local-disk [custom] custom (vm:415) is under HA and needs the cloud-init file snippets/u.yaml of local (cicustom): it does not start on a node that lacks the file > put the file on shared storage or on every node, or do without: qm set 415 --delete cicustom",
        "warning ha-local-disk [hook] hook (vm:416) is under HA and needs the hook script snippets/h.pl of local (hookscript): it does not start on a node that lacks the file > put the file on shared storage or on every node, or do without: qm set 416 --delete hookscript",
        "warning ha-local-disk [iso] iso (vm:417) is under HA and needs the CD image iso/debian.iso of local (ide2): it does not start on a node that lacks the file > put the file on shared storage or on every node, or do without: qm set 417 --ide2 none,media=cdrom",
      ],
      "names": [
        "critical pair-on-one-node [ns01.lan and ns02.lan] ns01.lan (ct:108) and ns02.lan (ct:109) both serve ns.lan and run on PVE1: when it dies, nothing of ns.lan is left > move one of them: pct migrate 109 3rd --restart; then put both under HA and keep them apart, or nothing prevents it the next time",
        "critical not-under-ha [ns01.lan and ns02.lan] no member of ns.lan is under HA: ns01.lan (ct:108) and ns02.lan (ct:109); when their node dies they wait until it returns > ha-manager add ct:108 --state started --max_restart 3 --max_relocate 2 && ha-manager add ct:109 --state started --max_restart 3 --max_relocate 2",
        "note not-under-ha [6 guests] not under HA, so they wait for the node when it dies: 3cx (ct:100), debian-13 (vm:103), windows10 (vm:104), windows11 (vm:105), ubuntu-2204 (vm:106) and ubuntu-2404 (vm:107) > put those that matter under HA, e.g. ha-manager add vm:103 --state started --max_restart 3 --max_relocate 2",
      ],
      "node off": [
        "critical ha-resource-state [vm:502] vm:502 waits for its node to be fenced > see the log of pve-ha-crm on the master; when the failed node is gone for good, remove it from the cluster",
        "critical node-unreachable [node c] node c is offline: https://house:8006/cluster/status says so; on it: ct:501 and vm:502 > start it, or see why it left the cluster (journalctl -u corosync)",
        "critical quorum [cluster] 2 of 3 votes are there and 2 are needed: the loss of one more node ends quorum for all > bring the missing nodes back",
        "critical ha-local-disk [kea-1] kea-1 (ct:500) is under HA, and its ZFS disk on a is not replicated to c, where HA may start it > replicate it (pvesr create-local-job 500-1 c), or take c out of the nodes it may run on (strict)",
      ],
      "single": [
        "warning without-backup [haos, pihole-1 and pihole-2] in no backup job: haos (vm:100), pihole-1 (ct:101) and pihole-2 (ct:102) > add them to a job: Datacenter > Backup",
        "note pair-on-one-node [pihole-1 and pihole-2] pihole-1 (ct:101) and pihole-2 (ct:102) both serve pihole and run on pve: when it dies, nothing of pihole is left > a second node: on one node a second member helps against its own faults only",
      ],
      "six": [
        "critical no-ha-placement [cluster] there is no HA rule: nothing says where HA resources may run, so after a failure HA may put both members of dns on one node > set the placement in haGroups of a stack file, and apply it: pulumi up",
      ],
      "states": [
        "critical ha-resource-state [broken] broken (vm:603) is in the error state: HA gave up on it > fix the cause, then: ha-manager set vm:603 --state disabled && sleep 20 && ha-manager set vm:603 --state started",
        "warning pair-short-of-member [ha-2] of ha only ha-1 (vm:606) runs; ha-2 (vm:607) is stopped, so nothing can take over > ha-manager set vm:607 --state started",
        "warning ha-resource-state [off] off (vm:601) is an HA resource in the state disabled: it runs, but HA does not manage it > ha-manager set vm:601 --state started",
        "warning ha-resource-state [ignored] ignored (vm:602) is an HA resource in the state ignored: it runs, but HA does not manage it > ha-manager set vm:602 --state started",
        "warning ha-resource-state [vm:699] vm:699 is an HA resource, but no such guest exists > ha-manager remove vm:699",
        "warning ha-placement-differs [rule off] the HA rule off (vm:604) is switched off > switch it on, or remove it: ha-manager rules set node-affinity off --delete disable",
      ],
      "two and a device": [
        "critical pair-on-one-node [dns-1 and dns-2] dns-1 (ct:200) and dns-2 (ct:201) both serve dns and run on right: when it dies, nothing of dns is left > move one of them: pct migrate 201 left --restart; then put both under HA and keep them apart, or nothing prevents it the next time",
        "critical quorum [cluster] 2 of 3 votes are there and 2 are needed: the loss of one more node ends quorum for all > bring the quorum device back",
        "critical replication-fails [mail] replication of mail (ct:202) to right fails (4 times in a row, it never succeeded), so HA could not start it there: ssh: connect to host right > read its log on left: pvesr status, then pvesr schedule-now 202-0",
        "warning not-under-ha [dns-2] dns-2 (ct:201) of dns is not under HA: after a failure the pair stays short of a member > first see to it that HA can start it elsewhere: replicate it (pvesr create-local-job 201-0 left), or take left out of the nodes it may run on (strict); then: ha-manager add ct:201 --state started --max_restart 3 --max_relocate 2",
        "warning quorum [cluster] the quorum device is not connected (its state is "Connect failed"): its vote is missing > on the nodes: systemctl status corosync-qdevice; on the device: systemctl status corosync-qnetd",
        "warning without-backup [dns-2] in no backup job: dns-2 (ct:201) > add them to a job: Datacenter > Backup",
      ],
      "upgrading": [
        "critical ha-local-disk [web-1] web-1 (ct:300) is under HA, and its ZFS disk on n1 is not replicated to n2 and n3, where HA may start it > replicate it (pvesr create-local-job 300-0 n2 && pvesr create-local-job 300-1 n3), or take n2 and n3 out of the nodes it may run on (strict)",
        "critical ha-local-disk [web-2] web-2 (ct:301) is under HA, and its ZFS disk on n2 is not replicated to n1 and n3, where HA may start it > replicate it (pvesr create-local-job 301-0 n1 && pvesr create-local-job 301-1 n3), or take n1 and n3 out of the nodes it may run on (strict)",
        "warning pair-not-kept-apart [web-1 and web-2] nothing keeps web-1 (ct:300) and web-2 (ct:301) of web apart: after a failure HA may start both on one node, and leaves them there > finish the upgrade on every node: Proxmox takes no rule before it has made rules of the HA groups",
        "warning node-versions [cluster] nodes run different versions: 9.0.3 on n1 and n3, 8.4.1 on n2; HA groups become rules only when every node is new > finish the upgrade on every node",
      ],
    }
  `);
});

test.each([
  ["debian-12", "debian-13"],
  ["windows10", "windows11"],
  ["ubuntu-2204", "ubuntu-2404"],
  ["rhel8", "rhel9"],
  ["CT300", "CT301"],
  ["1", "2"],
])("%s and %s are no pair", async (one, other) => {
  expect(await pairOf(one, other)).toBe(false);
});

test.each([
  ["traefik", "traefik-2"],
  ["dns-1", "dns-3"],
  ["ns01.lan", "ns02.lan"],
  ["k3s-master2", "k3s-master3"],
  ["web.0", "web.1"],
])("%s and %s are a pair", async (one, other) => {
  expect(await pairOf(one, other)).toBe(true);
});

/** Whether two guests of these names on one node are taken for a pair. */
async function pairOf(one: string, other: string): Promise<boolean> {
  const guest = (hostname: string) => ({ node: "a", config: `hostname: ${hostname}` });
  const cluster = await readRaw({
    name: "two",
    nodes: { a: { ip: "192.0.2.1" }, b: { ip: "192.0.2.2" } },
    guests: { 300: guest(one), 301: guest(other) },
  });
  return audit({ cluster }).some(({ rule }) => rule === "pair-on-one-node");
}
