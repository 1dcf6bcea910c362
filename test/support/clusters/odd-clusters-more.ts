import type { RawCluster } from "./raw-cluster";

const ct = (hostname: string, more = "") => `hostname: ${hostname}\nmemory: 512\ncores: 1\n${more}`;
const vm = (name: string, more = "") => `name: ${name}\nmemory: 2048\ncores: 2\n${more}`;
const zfs = (vmid: number) => `rootfs: tank:subvol-${vmid}-disk-0,size=8G`;
const scsi = (vmid: number, storage: string) => `scsi0: ${storage}:vm-${vmid}-disk-0,size=32G`;
const lan = (n: number) => ({ ip: `192.168.1.${n}` });
const started = (...sids: string[]) =>
  Object.fromEntries(sids.map((sid) => [sid, { state: "started" }]));

/** More of them: what holds a guest on its node, states, and ends of the scale. */
export const moreOddClusters = {
  // Everything that holds a guest on its node, and what only looks as if it did.
  held: {
    name: "held",
    nodes: { a: lan(41), b: lan(42), c: lan(43) },
    storages: {
      ceph: "rbd content=images,rootdir",
      nas: "nfs content=images,rootdir,iso,snippets",
      lvm: "lvmthin nodes=a content=images",
      local: "dir content=iso,snippets,images",
      cephfs: "cephfs content=iso",
    },
    mappings: {
      pci: { gpu: ["node=a,path=0000:01:00.0,id=1:2", "node=b,path=0000:02:00.0,id=1:2"] },
      usb: { stick: ["node=a,id=1:2", "node=b,id=1:2", "node=c,id=1:2"] },
      dir: { media: ["node=a,path=/tank/media"] },
    },
    guests: {
      400: {
        node: "a",
        type: "qemu",
        config: vm("gpu", `${scsi(400, "ceph")}\nhostpci0: 0000:01:00.0,pcie=1`),
      },
      401: {
        node: "a",
        type: "qemu",
        config: vm("gpu-mapped", `${scsi(401, "ceph")}\nhostpci0: mapping=gpu`),
      },
      402: {
        node: "a",
        type: "qemu",
        config: vm("stick", `${scsi(402, "ceph")}\nusb0: mapping=stick,usb3=1`),
      },
      403: {
        node: "a",
        type: "qemu",
        config: vm("zigbee", `${scsi(403, "ceph")}\nusb0: host=1-4`),
      },
      404: {
        node: "a",
        type: "qemu",
        config: vm(
          "args-usb",
          `${scsi(404, "ceph")}\nargs: -device usb-host,vendorid=0x10c4,productid=0xea60`,
        ),
      },
      405: {
        node: "a",
        type: "qemu",
        config: vm("args-disk", `${scsi(405, "ceph")}\nargs: -drive file=/dev/sdb,if=virtio`),
      },
      406: {
        node: "a",
        type: "qemu",
        config: vm("args-plain", `${scsi(406, "ceph")}\nargs: -cpu host,+aes -vnc 0.0.0.0:77`),
      },
      407: {
        node: "a",
        type: "qemu",
        config: vm("virtiofs", `${scsi(407, "ceph")}\nvirtiofs0: media,cache=auto`),
      },
      408: {
        node: "a",
        type: "qemu",
        config: vm("raw-disk", `${scsi(408, "ceph")}\nscsi1: /dev/disk/by-id/ata-X,size=4T`),
      },
      409: {
        node: "a",
        config: ct(
          "tun",
          "rootfs: ceph:vm-409-disk-0,size=4G\nlxc.mount.entry: /dev/net/tun dev/net/tun none bind,create=file\ndev0: /dev/fuse",
        ),
      },
      410: {
        node: "a",
        config: ct(
          "jellyfin",
          "rootfs: ceph:vm-410-disk-0,size=4G\nlxc.mount.entry: /dev/dri dev/dri none bind,create=dir",
        ),
      },
      411: {
        node: "a",
        config: ct(
          "bound",
          "rootfs: ceph:vm-411-disk-0,size=4G\nmp0: /mnt/pve/nas/media,mp=/media\nmp1: /etc/localtime,mp=/x,ro=1",
        ),
      },
      412: {
        node: "a",
        type: "qemu",
        config: vm(
          "efi",
          `${scsi(412, "ceph")}\nefidisk0: lvm:vm-412-disk-1,size=4M\ntpmstate0: local:412/vm-412-disk-2.raw,size=4M`,
        ),
      },
      413: {
        node: "a",
        type: "qemu",
        config: vm("cloud", `${scsi(413, "ceph")}\nide2: lvm:vm-413-cloudinit,media=cdrom`),
      },
      414: {
        node: "a",
        type: "qemu",
        config: vm(
          "cloud-nas",
          `${scsi(414, "ceph")}\nide2: nas:414/vm-414-cloudinit.qcow2,media=cdrom\ncicustom: user=nas:snippets/u.yaml`,
        ),
      },
      415: {
        node: "a",
        type: "qemu",
        config: vm("custom", `${scsi(415, "ceph")}\ncicustom: user=local:snippets/u.yaml`),
      },
      416: {
        node: "a",
        type: "qemu",
        config: vm("hook", `${scsi(416, "ceph")}\nhookscript: local:snippets/h.pl`),
      },
      417: {
        node: "a",
        type: "qemu",
        config: vm("iso", `${scsi(417, "ceph")}\nide2: local:iso/debian.iso,media=cdrom,size=600M`),
      },
      418: {
        node: "a",
        type: "qemu",
        config: vm(
          "iso-fs",
          `${scsi(418, "ceph")}\nide2: cephfs:iso/debian.iso,media=cdrom\nide0: none,media=cdrom`,
        ),
      },
      419: {
        node: "a",
        type: "qemu",
        config: vm(
          "linked",
          "scsi0: local:9000/base-9000-disk-0.qcow2/419/vm-419-disk-0.qcow2,size=8G",
        ),
      },
      420: {
        node: "a",
        type: "qemu",
        config: vm(
          "9p",
          `${scsi(420, "ceph")}\nargs: -virtfs local,path=/tank/share,mount_tag=x,security_model=none`,
        ),
      },
      421: { node: "a", type: "qemu", config: vm("gone-disk", scsi(421, "removed")) },
    },
    haResources: started(
      ...Array.from(
        { length: 22 },
        (_, n) => `${[409, 410, 411].includes(400 + n) ? "ct" : "vm"}:${400 + n}`,
      ),
    ),
    backup: { all: { all: 1, storage: "nas", schedule: "02:00" } },
    ceph: {
      health: { status: "HEALTH_WARN" },
      quorum_names: ["a", "b"],
      monmap: { mons: [{ name: "a" }, { name: "b" }, { name: "c" }] },
      osdmap: { num_osds: 3, num_up_osds: 2, num_in_osds: 3 },
    },
  },

  // A node is off: its guests have neither name nor size.
  "node off": {
    name: "dark",
    nodes: { a: lan(51), b: lan(52), c: { ...lan(53), offline: true } },
    storages: { tank: "zfspool content=images,rootdir", nas: "nfs content=backup" },
    guests: {
      500: { node: "a", config: ct("kea-1", zfs(500)) },
      501: { node: "c", config: ct("kea-2", zfs(501)) },
      502: { node: "c", type: "qemu", config: vm("nvr", scsi(502, "tank")) },
    },
    haResources: started("ct:500", "vm:502"),
    crmStates: { "vm:502": "fence" },
    replication: {
      "500-0": { source: "a", target: "b", schedule: "*/1" },
      "502-0": { source: "c", target: "a", schedule: "*/1" },
    },
    backup: { all: { all: 1, storage: "nas", schedule: "02:00" } },
  },

  // HA in every state, and guests that are locked.
  states: {
    name: "states",
    nodes: { a: lan(61), b: lan(62), c: lan(63) },
    storages: { ceph: "rbd content=images,rootdir", nas: "nfs content=backup" },
    guests: {
      600: { node: "a", type: "qemu", config: vm("stopped", scsi(600, "ceph")), status: "stopped" },
      601: { node: "a", type: "qemu", config: vm("off", scsi(601, "ceph")) },
      602: { node: "b", type: "qemu", config: vm("ignored", scsi(602, "ceph")) },
      603: { node: "b", type: "qemu", config: vm("broken", scsi(603, "ceph")), status: "stopped" },
      604: { node: "c", type: "qemu", config: vm("locked", `${scsi(604, "ceph")}\nlock: backup`) },
      605: {
        node: "c",
        type: "qemu",
        config: vm("half-made", "lock: create\nide2: none,media=cdrom"),
        status: "stopped",
      },
      606: { node: "c", type: "qemu", config: vm("ha-1", scsi(606, "ceph")) },
      607: { node: "b", type: "qemu", config: vm("ha-2", scsi(607, "ceph")), status: "stopped" },
    },
    haResources: {
      "vm:600": { state: "stopped" },
      "vm:601": { state: "disabled" },
      "vm:602": { state: "ignored" },
      "vm:603": { state: "started" },
      "vm:604": { state: "enabled" },
      "vm:606": { state: "started" },
      "vm:607": { state: "stopped" },
      "vm:699": { state: "started" },
    },
    crmStates: { "vm:603": "error" },
    haRules: {
      apart: { type: "resource-affinity", affinity: "negative", resources: "vm:606,vm:607" },
      off: { type: "node-affinity", resources: "vm:604", nodes: "a", disable: 1 },
    },
    backup: { all: { all: 1, storage: "nas", schedule: "02:00" } },
  },

  // IPv6 and nothing else.
  six: {
    name: "six",
    nodes: { a: { ip: "fd00::1" }, b: { ip: "fd00::2" }, c: { ip: "fd00::3" } },
    storages: { ceph: "rbd content=images,rootdir" },
    guests: {
      700: {
        node: "a",
        config: ct(
          "dns-1",
          "rootfs: ceph:vm-700-disk-0,size=4G\nnet0: name=eth0,bridge=vmbr0,ip6=fd00::53/64,gw6=fd00::ff",
        ),
      },
      701: {
        node: "b",
        config: ct(
          "dns-2",
          "rootfs: ceph:vm-701-disk-0,size=4G\nnet0: name=eth0,bridge=vmbr0,ip6=auto",
        ),
      },
    },
    haResources: started("ct:700", "ct:701"),
  },

  // Nothing on it.
  empty: {
    name: "new",
    nodes: { a: lan(71), b: lan(72), c: lan(73) },
    storages: { local: "dir content=iso,backup", "local-zfs": "zfspool content=images,rootdir" },
  },
} satisfies Record<string, RawCluster>;
