import { expect, test } from "vitest";
import { bytesOf, guestConfig } from "../../../clients/proxmox/guest-config";

// As the API gave it for a container: numbers and texts mixed, lists of lists.
const container = {
  arch: "amd64",
  cores: 2,
  dev0: "/dev/ttyACM0,uid=1000,gid=20",
  digest: "d8a1f3c6",
  features: "nesting=1,keyctl=1",
  hostname: "zigbee2mqtt",
  lxc: [["lxc.cgroup2.devices.allow", "c 188:* rwm"]],
  memory: 1024,
  mp0: "local-zfs:subvol-122-disk-1,mp=/opt/data,backup=1,size=16G",
  mp1: "/mnt/pve/media,mp=/media,ro=1",
  mp2: "/mnt/pve/shared,mp=/shared,shared=1",
  mp3: "local-zfs:subvol-122-disk-2,mp=/cache,replicate=0,size=512M",
  net0: "name=eth0,bridge=vmbr0,gw=192.168.1.1,hwaddr=BC:24:11:5D:0A:11,ip=192.168.1.122/24,type=veth",
  onboot: 1,
  ostype: "debian",
  rootfs: "local-zfs:subvol-122-disk-0,size=8G",
  startup: "order=6,up=30,down=60",
  swap: 512,
  tags: "iot;ha",
  unprivileged: 1,
};

test("a container: disks, addresses, start-up order, and what ties it to its node", () => {
  const config = guestConfig(container);
  expect(config.raw.lxc).toBe('[["lxc.cgroup2.devices.allow","c 188:* rwm"]]');
  expect(config.raw).not.toHaveProperty("digest");
  expect({ ...config, raw: undefined }).toMatchInlineSnapshot(`
    {
      "disks": [
        {
          "backup": true,
          "key": "mp0",
          "replicate": true,
          "sizeBytes": 17179869184,
          "storage": "local-zfs",
          "volume": "subvol-122-disk-1",
        },
        {
          "backup": false,
          "key": "mp3",
          "replicate": false,
          "sizeBytes": 536870912,
          "storage": "local-zfs",
          "volume": "subvol-122-disk-2",
        },
        {
          "backup": true,
          "key": "rootfs",
          "replicate": true,
          "sizeBytes": 8589934592,
          "storage": "local-zfs",
          "volume": "subvol-122-disk-0",
        },
      ],
      "networks": [
        {
          "bridge": "vmbr0",
          "gateway": "192.168.1.1",
          "ip": "192.168.1.122/24",
          "key": "net0",
          "mac": "BC:24:11:5D:0A:11",
        },
      ],
      "onboot": true,
      "passthrough": [
        {
          "device": "/dev/ttyACM0",
          "key": "dev0",
          "kind": "device",
        },
      ],
      "raw": undefined,
      "startup": {
        "downSec": 60,
        "order": 6,
        "upSec": 30,
      },
    }
  `);
});

// As the API gave it for a virtual machine: cloud-init, a CD drive, EFI, a GPU by mapping.
const machine = {
  agent: "1",
  bios: "ovmf",
  boot: "order=scsi0;ide2",
  efidisk0: "ceph-vms:vm-201-disk-0,efitype=4m,pre-enrolled-keys=1,size=528K",
  hostpci0: "mapping=gpu,pcie=1",
  hostpci1: "0000:03:00.0",
  ide0: "local-lvm:vm-201-cloudinit,media=cdrom,size=4M",
  ide2: "local:iso/debian-12.iso,media=cdrom,size=629M",
  ipconfig0: "ip=10.0.20.11/24,gw=10.0.20.1",
  memory: "8192",
  name: "worker-1",
  net0: "virtio=BC:24:11:AA:BB:CC,bridge=vmbr1,firewall=1,tag=20",
  scsi0: "ceph-vms:vm-201-disk-1,discard=on,iothread=1,size=64G",
  scsi1: "/dev/disk/by-id/ata-WDC,size=4000785960K",
  sata0: "local-zfs:vm-201-disk-3,backup=0,size=1T",
  unused0: "local-zfs:vm-201-disk-9",
  usb0: "host=10c4:ea60",
  usb1: "spice",
};

test("a virtual machine: CD drives and unused disks are none, SPICE is nobody's device", () => {
  const config = guestConfig(machine);
  expect({ ...config, raw: undefined }).toMatchInlineSnapshot(`
    {
      "disks": [
        {
          "backup": true,
          "key": "efidisk0",
          "replicate": true,
          "sizeBytes": 540672,
          "storage": "ceph-vms",
          "volume": "vm-201-disk-0",
        },
        {
          "backup": true,
          "key": "scsi0",
          "replicate": true,
          "sizeBytes": 68719476736,
          "storage": "ceph-vms",
          "volume": "vm-201-disk-1",
        },
        {
          "backup": false,
          "key": "sata0",
          "replicate": true,
          "sizeBytes": 1099511627776,
          "storage": "local-zfs",
          "volume": "vm-201-disk-3",
        },
      ],
      "networks": [
        {
          "bridge": "vmbr1",
          "gateway": "10.0.20.1",
          "ip": "10.0.20.11/24",
          "key": "net0",
          "mac": "BC:24:11:AA:BB:CC",
        },
      ],
      "onboot": false,
      "passthrough": [
        {
          "device": "gpu",
          "key": "hostpci0",
          "kind": "pci",
        },
        {
          "device": "0000:03:00.0",
          "key": "hostpci1",
          "kind": "pci",
        },
        {
          "device": "/dev/disk/by-id/ata-WDC",
          "key": "scsi1",
          "kind": "device",
        },
        {
          "device": "10c4:ea60",
          "key": "usb0",
          "kind": "usb",
        },
      ],
      "raw": undefined,
    }
  `);
  expect(config.raw.scsi1).toBe(machine.scsi1);
});

test("a start-up order by itself, and none", () => {
  expect(guestConfig({ startup: "3" }).startup).toEqual({ order: 3 });
  expect(guestConfig({}).startup).toBeUndefined();
  expect(guestConfig({ onboot: 0 }).onboot).toBe(false);
});

test.each([
  ["8G", 8 * 2 ** 30],
  ["528K", 528 * 1024],
  ["1.5T", 1.5 * 2 ** 40],
  ["4096", 4096],
  ["eight", undefined],
  [undefined, undefined],
])("the size %s is %s bytes", (size, bytes) => {
  expect(bytesOf(size)).toBe(bytes);
});

test.each([
  {
    what: "a device by LXC's own line",
    config: mounted("/dev/dri dev/dri none bind"),
    found: ["device /dev/dri"],
  },
  {
    what: "a folder by such a line",
    config: mounted("/tank tank none bind,create=dir"),
    found: ["bind /tank"],
  },
  {
    what: "one that may be missing",
    config: mounted("/dev/dri dev/dri none bind,optional"),
    found: [],
  },
  {
    what: "a root file system in a folder",
    config: { rootfs: "/srv/ct,size=0T" },
    found: ["bind /srv/ct"],
  },
  {
    what: "a shared folder",
    config: { virtiofs0: "dirid=media,cache=auto" },
    found: ["bind media"],
  },
  {
    what: "a device by QEMU's own arguments",
    config: { args: "-device vfio-pci,host=01:00.0" },
    found: ["pci 01:00.0"],
  },
  {
    what: "a serial port of the node",
    config: { serial0: "/dev/ttyUSB0" },
    found: ["device /dev/ttyUSB0"],
  },
  { what: "a serial console", config: { serial0: "socket" }, found: [] },
  {
    what: "a folder of a storage, which every node mounts",
    config: { mp0: "/mnt/pve/nas/media,mp=/m" },
    found: [],
  },
])("what ties a guest to its node: $what", ({ config, found }) => {
  const { passthrough } = guestConfig(config);
  expect(passthrough.map(({ kind, device }) => `${kind} ${device}`)).toEqual(found);
});

test("a resource mapping is on the nodes that it names; an unknown one is not guessed", () => {
  const mappings = new Map([
    ["pci/gpu", ["a", "b"]],
    ["usb/stick", ["a"]],
    ["dir/media", ["a", "b", "c"]],
  ]);
  const values = {
    hostpci0: "mapping=gpu,pcie=1",
    hostpci1: "mapping=other",
    usb0: "mapping=stick",
    usb1: "host=gpu",
    virtiofs0: "dirid=media,cache=auto",
  };
  const { passthrough } = guestConfig(values, mappings);
  expect(passthrough.map(({ key, nodes }) => [key, nodes])).toEqual([
    ["hostpci0", ["a", "b"]],
    ["hostpci1", undefined],
    ["usb0", ["a"]],
    ["usb1", undefined],
    ["virtiofs0", ["a", "b", "c"]],
  ]);
});

function mounted(entry: string) {
  return { lxc: [["lxc.mount.entry", entry]] };
}
