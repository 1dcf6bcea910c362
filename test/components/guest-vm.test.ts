import { expect, test } from "vitest";
import { guestVm } from "../../components/guests/vm";
import { pick, record } from "./recorder";

const guest = {
  vmid: 810,
  purpose: "control plane",
  node: "pve1",
  address: "192.168.56.10/24",
  storage: "tank",
  startup: { order: 3, upSec: 10 },
  create: {
    template: "local:import/debian-13-genericcloud-amd64.qcow2",
    diskGb: 20,
    memoryMb: 4096,
    cores: 2,
    bridge: "vmbr1",
    gateway: "192.168.56.1",
    sshKeys: ["ssh-ed25519 AAAA me@desk"],
  },
};

test("creates a machine from a cloud image, with its network and root's keys by cloud-init", async () => {
  const { resources } = await record(() => guestVm("master1", guest));
  expect(pick(resources, "VmLegacy", "master1").inputs).toMatchInlineSnapshot(`
    {
      "cpu": {
        "cores": 2,
        "type": "x86-64-v2-AES",
      },
      "description": "control plane",
      "disks": [
        {
          "datastoreId": "tank",
          "discard": "on",
          "importFrom": "local:import/debian-13-genericcloud-amd64.qcow2",
          "interface": "scsi0",
          "size": 20,
        },
      ],
      "initialization": {
        "datastoreId": "tank",
        "ipConfigs": [
          {
            "ipv4": {
              "address": "192.168.56.10/24",
              "gateway": "192.168.56.1",
            },
          },
        ],
        "userAccount": {
          "keys": [
            "ssh-ed25519 AAAA me@desk",
          ],
          "username": "root",
        },
      },
      "memory": {
        "dedicated": 4096,
      },
      "name": "master1",
      "networkDevices": [
        {
          "bridge": "vmbr1",
        },
      ],
      "nodeName": "pve1",
      "onBoot": true,
      "operatingSystem": {
        "type": "l26",
      },
      "startup": {
        "order": 3,
        "upDelay": 10,
      },
      "vmId": 810,
    }
  `);
});

test("a machine that HA moved, or that was imported, is neither replaced nor deleted", async () => {
  const { resources } = await record(() => guestVm("master1", { ...guest, lostOn: "pve3" }));
  expect(pick(resources, "VmLegacy", "master1").options).toEqual({
    protect: true,
    deleteBeforeReplace: true,
    ignoreChanges: ["nodeName", "started", "initialization", "disks[0].importFrom"],
    importId: "pve3/810",
  });
});
