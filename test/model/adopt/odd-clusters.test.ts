import { expect, test } from "vitest";
import { acceptedDraft } from "../../../cli/commands/adopt/accepted-draft";
import { leftText, stackFileText } from "../../../cli/commands/adopt/text";
import { UsageError } from "../../../cli/lib/usage";
import { parseStackFile } from "../../../config/file/parse-file";
import { oddClusters } from "../../support/clusters/odd-clusters";
import { moreOddClusters } from "../../support/clusters/odd-clusters-more";
import { readRaw } from "../../support/clusters/raw-cluster";

const clusters = { ...oddClusters, ...moreOddClusters };

/** What becomes of a cluster: why it is refused, or what stays out of its stack file and what is noted there. */
async function adopted(name: keyof typeof clusters): Promise<string[]> {
  const cluster = await readRaw(clusters[name]);
  try {
    const { draft } = acceptedDraft(cluster);
    const text = stackFileText(draft, { cluster: name });
    const { parsed } = parseStackFile(text);
    expect(Object.keys(parsed.stack?.guests ?? {})).toEqual(Object.keys(draft.guests));
    return [
      ...draft.left.map(leftText),
      ...draft.notes.map(({ path, text: note }) => `# ${path.join(".")}: ${note}`),
    ];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [`refused: ${error.message}`];
  }
}

test("odd clusters are taken over, or refused with the reason, and what stays out is told", async () => {
  const names = Object.keys(clusters) as (keyof typeof clusters)[];
  const all = await Promise.all(names.map(async (name) => [name, await adopted(name)] as const));
  expect(Object.fromEntries(all)).toMatchInlineSnapshot(`
    {
      "empty": [
        "# cluster.backup: storage and schedule: no backup job says it in a form that can be taken over; correct it before a guest gets \`backup: true\`.",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
      ],
      "groups": [
        "- guest vm:303 (tmpl): not taken over, because it is a template",
        "- group nobody: not taken over, because none of its guests is taken over, and an HaGroup needs one",
        "- backup job by-pool: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it",
        "- backup job picked: not taken over, because it is switched off",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
      ],
      "held": [
        "- HA resource ct:410: not taken over, because jellyfin (ct:410) is under HA and uses gpu /dev/dri of a: HA cannot start it anywhere else",
        "- HA resource vm:400: not taken over, because gpu (vm:400) is under HA and uses pci 0000:01:00.0 of a: HA cannot start it anywhere else",
        "- HA resource vm:401: not taken over, because gpu-mapped (vm:401) is under HA and uses the mapping gpu (hostpci0), which names a and b only: on c it cannot start",
        "- HA resource vm:403: not taken over, because zigbee (vm:403) is under HA and uses usb 1-4 of a: HA cannot start it anywhere else",
        "- HA resource vm:404: not taken over, because args-usb (vm:404) is under HA and uses usb 0x10c4:0xea60 of a: HA cannot start it anywhere else",
        "- HA resource vm:405: not taken over, because args-disk (vm:405) is under HA and pinned to a (uses /dev/sdb of its node): HA has nowhere to move it",
        "- HA resource vm:407: not taken over, because virtiofs (vm:407) is under HA and uses the mapping media (virtiofs0), which names a only: on b and c it cannot start",
        "- HA resource vm:408: not taken over, because raw-disk (vm:408) is under HA and pinned to a (uses /dev/disk/by-id/ata-X of its node): HA has nowhere to move it",
        "- HA resource vm:412: not taken over, because efi (vm:412) is under HA, and its disk on lvm is on a only: on b and c it cannot start",
        "- HA resource vm:413: not taken over, because cloud (vm:413) is under HA and its cloud-init drive ide2 is on lvm, which b and c do not have: there it cannot start",
        "- HA resource vm:415: not taken over, because custom (vm:415) is under HA and needs the cloud-init file snippets/u.yaml of local (cicustom): it does not start on a node that lacks the file",
        "- HA resource vm:416: not taken over, because hook (vm:416) is under HA and needs the hook script snippets/h.pl of local (hookscript): it does not start on a node that lacks the file",
        "- HA resource vm:417: not taken over, because iso (vm:417) is under HA and needs the CD image iso/debian.iso of local (ide2): it does not start on a node that lacks the file",
        "- HA resource vm:419: not taken over, because linked (vm:419) is under HA, and its disk on local is on a only: on b and c it cannot start",
        "- HA resource vm:420: not taken over, because 9p (vm:420) is under HA and pinned to a (uses /tank/share of its node): HA has nowhere to move it",
        "- HA resource vm:421: not taken over, because gone-disk (vm:421) is under HA and its disk scsi0 is on removed, a storage that the cluster does not have: once it is off it starts nowhere",
        "- backup job all: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it",
        "# cluster.storages.ceph: osdNodes: the API does not tell where the OSDs are; the nodes with a monitor were taken.",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
        "# guests.gpu: Its HA resource is not taken over, because gpu (vm:400) is under HA and uses pci 0000:01:00.0 of a: HA cannot start it anywhere else.",
        "# guests.gpu-mapped: Its HA resource is not taken over, because gpu-mapped (vm:401) is under HA and uses the mapping gpu (hostpci0), which names a and b only: on c it cannot start.",
        "# guests.gpu-mapped: hostpci0: the mapping gpu names a, b.",
        "# guests.stick: usb0: the mapping stick names a, b, c.",
        "# guests.zigbee: Its HA resource is not taken over, because zigbee (vm:403) is under HA and uses usb 1-4 of a: HA cannot start it anywhere else.",
        "# guests.args-usb: Its HA resource is not taken over, because args-usb (vm:404) is under HA and uses usb 0x10c4:0xea60 of a: HA cannot start it anywhere else.",
        "# guests.args-disk: Its HA resource is not taken over, because args-disk (vm:405) is under HA and pinned to a (uses /dev/sdb of its node): HA has nowhere to move it.",
        "# guests.virtiofs: Its HA resource is not taken over, because virtiofs (vm:407) is under HA and uses the mapping media (virtiofs0), which names a only: on b and c it cannot start.",
        "# guests.raw-disk: Its HA resource is not taken over, because raw-disk (vm:408) is under HA and pinned to a (uses /dev/disk/by-id/ata-X of its node): HA has nowhere to move it.",
        "# guests.jellyfin: Its HA resource is not taken over, because jellyfin (ct:410) is under HA and uses gpu /dev/dri of a: HA cannot start it anywhere else.",
        "# guests.efi: Its HA resource is not taken over, because efi (vm:412) is under HA, and its disk on lvm is on a only: on b and c it cannot start.",
        "# guests.cloud: Its HA resource is not taken over, because cloud (vm:413) is under HA and its cloud-init drive ide2 is on lvm, which b and c do not have: there it cannot start.",
        "# guests.custom: Its HA resource is not taken over, because custom (vm:415) is under HA and needs the cloud-init file snippets/u.yaml of local (cicustom): it does not start on a node that lacks the file.",
        "# guests.hook: Its HA resource is not taken over, because hook (vm:416) is under HA and needs the hook script snippets/h.pl of local (hookscript): it does not start on a node that lacks the file.",
        "# guests.iso: Its HA resource is not taken over, because iso (vm:417) is under HA and needs the CD image iso/debian.iso of local (ide2): it does not start on a node that lacks the file.",
        "# guests.linked: Its HA resource is not taken over, because linked (vm:419) is under HA, and its disk on local is on a only: on b and c it cannot start.",
        "# guests.9p: Its HA resource is not taken over, because 9p (vm:420) is under HA and pinned to a (uses /tank/share of its node): HA has nowhere to move it.",
        "# guests.gone-disk: Its HA resource is not taken over, because gone-disk (vm:421) is under HA and its disk scsi0 is on removed, a storage that the cluster does not have: once it is off it starts nowhere.",
      ],
      "names": [
        "- backup job backup-1: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
      ],
      "node off": [
        "refused: node c is offline: https://house:8006/cluster/status says so; start it, or see why it left the cluster (journalctl -u corosync); adopting takes every node and guest, so run this again when it answers",
      ],
      "single": [
        "# cluster.backup: storage and schedule: no backup job says it in a form that can be taken over; correct it before a guest gets \`backup: true\`.",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
      ],
      "six": [
        "refused: https://house:8006: node a has the address fd00::1, expected an IPv4 address, which the stack file must state; adopt this cluster by hand",
      ],
      "states": [
        "- guest vm:605 (half-made): not taken over, because it has no disk on a storage, and the stack file must name one",
        "- HA resource vm:600: not taken over, because its state is "stopped", and an HaGroup starts its guests",
        "- HA resource vm:601: not taken over, because its state is "disabled", and an HaGroup starts its guests",
        "- HA resource vm:602: not taken over, because its state is "ignored", and an HaGroup starts its guests",
        "- HA resource vm:607: not taken over, because its state is "stopped", and an HaGroup starts its guests",
        "- HA resource vm:699: not taken over, because its guest is not in the stack file",
        "- rule apart: not taken over, because it names vm:607, which is not taken over",
        "- rule off: not taken over, because it is switched off",
        "- backup job all: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
        "# guests.broken: HA gave up on it (state error): until that is mended, nothing restarts it.",
      ],
      "two and a device": [
        "- backup job all: not taken over, because it is not one that an HaGroup makes; homelab:cluster.backup.existingJobs names it, and this stack makes none beside it",
        "# cluster.segments: Networks cannot be read from Proxmox alone; state them, e.g.
      lan:
        cidr: 192.168.1.0/24",
        "# cluster.quorumDevice: Proxmox does not tell its name; any that is no node's and no guest's will do.",
        "# guests.dns-1: startup: { order: 1, upSec: 10 }",
      ],
      "upgrading": [
        "refused: https://house:8006: the cluster is being upgraded (its nodes run versions 8 and 9); finish that, and run this again when Datacenter, HA, Groups is empty",
      ],
    }
  `);
});

test.each([
  [{ "QNetd host": "192.168.1.9:5403", State: "Connected" }, "192.168.1.9"],
  [{ "QNetd host": "pi.lan:5403", State: "Connected" }, "pi.lan"],
  [{ State: "Connect failed" }, "qdevice"],
])("the quorum device %j is %s", async (qdevice, host) => {
  const { config } = acceptedDraft(await readRaw({ ...clusters["two and a device"], qdevice }));
  expect(config.cluster.quorumDevice?.host).toBe(host);
});

test.each([
  [{ crs: { ha: "static" }, ha: { shutdown_policy: "migrate" } }, "static", "migrate"],
  [
    { crs: "ha=dynamic,ha-rebalance-on-start=1", ha: "shutdown_policy=freeze" },
    "dynamic",
    "freeze",
  ],
  [{ crs: { ha: "basic" }, ha: { shutdown_policy: "conditional" } }, "basic", "conditional"],
  [{}, "basic", "conditional"],
])("options %j of the data centre are those of the stack file", async (options, ...both) => {
  const { config } = acceptedDraft(await readRaw({ ...clusters.empty, options }));
  expect([config.cluster.scheduler, config.cluster.shutdownPolicy]).toEqual(both);
});
