import type { RawCluster } from "./raw-cluster";

const ct = (hostname: string, more = "") => `hostname: ${hostname}\nmemory: 512\ncores: 1\n${more}`;
const vm = (name: string, more = "") => `name: ${name}\nmemory: 2048\ncores: 2\n${more}`;
const zfs = (vmid: number) => `rootfs: tank:subvol-${vmid}-disk-0,size=8G`;
const scsi = (vmid: number, storage: string) => `scsi0: ${storage}:vm-${vmid}-disk-0,size=32G`;
const lan = (n: number) => ({ ip: `192.168.1.${n}` });

/** Clusters that people have and that no textbook shows, in Proxmox's own words. */
export const oddClusters = {
  // Names as people give them; NFS, CIFS and PBS; version numbers at the end of names.
  names: {
    name: "Home_Lab",
    nodes: { PVE1: lan(11), PVE2: lan(12), "3rd": lan(13) },
    storages: {
      SSD_pool: "zfspool content=images,rootdir",
      NAS: "nfs content=images,iso,backup",
      "pbs.main": "pbs content=backup",
      win_share: "cifs content=iso,backup,snippets",
      local: "dir content=iso,vztmpl",
    },
    guests: {
      100: { node: "PVE1", config: ct("3cx", "rootfs: SSD_pool:subvol-100-disk-0,size=8G") },
      101: { node: "PVE2", config: ct("docker.lan", "rootfs: NAS:101/vm-101-disk-0.raw,size=8G") },
      102: { node: "PVE1", type: "qemu", config: vm("debian-12", scsi(102, "NAS")) },
      103: { node: "PVE1", type: "qemu", config: vm("debian-13", scsi(103, "NAS")) },
      104: { node: "PVE1", type: "qemu", config: vm("windows10", scsi(104, "NAS")) },
      105: { node: "PVE1", type: "qemu", config: vm("windows11", scsi(105, "NAS")) },
      106: { node: "PVE2", type: "qemu", config: vm("ubuntu-2204", scsi(106, "NAS")) },
      107: { node: "PVE2", type: "qemu", config: vm("ubuntu-2404", scsi(107, "NAS")) },
      108: { node: "PVE1", config: ct("ns01.lan", "rootfs: NAS:108/vm-108-disk-0.raw,size=4G") },
      109: { node: "PVE1", config: ct("ns02.lan", "rootfs: NAS:109/vm-109-disk-0.raw,size=4G") },
    },
    haResources: { "ct:101": {}, "vm:102": { max_restart: 2 } },
    backup: {
      "backup-1": {
        all: 1,
        storage: "pbs.main",
        schedule: "sat 03:00",
        enabled: 1,
        mode: "snapshot",
      },
    },
  },

  // A node by itself: no cluster, no second node, HA or not.
  single: {
    version: "8.4.1",
    nodes: { pve: lan(10) },
    storages: { "local-lvm": "lvmthin content=images,rootdir", local: "dir content=iso,backup" },
    guests: {
      100: { node: "pve", type: "qemu", config: vm("haos", scsi(100, "local-lvm")) },
      101: { node: "pve", config: ct("pihole-1", "rootfs: local-lvm:vm-101-disk-0,size=4G") },
      102: { node: "pve", config: ct("pihole-2", "rootfs: local-lvm:vm-102-disk-0,size=4G") },
    },
    haResources: { "vm:100": { state: "started" } },
    notBackedUp: [100, 101, 102],
  },

  // Two nodes with a quorum device that is not there; failover already happened.
  "two and a device": {
    name: "pair",
    nodes: { left: lan(21), right: lan(22) },
    options: { crs: { ha: "static" }, ha: { shutdown_policy: "migrate" } },
    qdevice: { Model: "Net", State: "Connect failed", Algorithm: "Fifty-Fifty split" },
    storages: { tank: "zfspool content=images,rootdir", nas: "nfs content=backup" },
    guests: {
      200: { node: "right", config: ct("dns-1", `${zfs(200)}\nonboot: 1\nstartup: order=1,up=10`) },
      201: { node: "right", config: ct("dns-2", zfs(201)) },
      202: { node: "left", config: ct("mail", zfs(202)) },
    },
    haResources: { "ct:200": { state: "enabled" }, "ct:202": { state: "started", failback: 0 } },
    // Not turned round yet: the guest left its source when that died.
    replication: {
      "200-0": { source: "left", target: "right", schedule: "*/5" },
      "202-0": { source: "left", target: "right", schedule: "mon..fri 22:30" },
    },
    results: { "202-0": { fail_count: 4, last_sync: 0, error: "ssh: connect to host right" } },
    backup: { all: { all: 1, exclude: "201", storage: "nas", schedule: "02:00" } },
    notBackedUp: [201],
  },

  // Groups of 8.2, one of them for nobody, one without priorities, and prune options.
  groups: {
    name: "old",
    version: "8.2.7",
    nodes: { n1: lan(31), n2: lan(32), n3: lan(33) },
    storages: { tank: "zfspool content=images,rootdir", nas: "nfs content=images,backup" },
    guests: {
      300: { node: "n1", config: ct("web-1", zfs(300)), pool: "prod/web" },
      301: { node: "n2", config: ct("web-2", zfs(301)), pool: "prod/web" },
      302: { node: "n3", type: "qemu", config: vm("db", scsi(302, "nas")), pool: "prod" },
      303: {
        node: "n3",
        type: "qemu",
        config: vm("tmpl", `${scsi(303, "nas")}\ntemplate: 1`),
        status: "stopped",
      },
    },
    haGroups: {
      web: { nodes: "n1,n2:5", restricted: 1, nofailback: 1 },
      rest: { nodes: "n3:2,n1:1" },
      nobody: { nodes: "n1" },
    },
    haResources: {
      "ct:300": { group: "web", max_restart: 1 },
      "ct:301": { group: "web", max_restart: 1 },
      "vm:302": { group: "rest", state: "started" },
    },
    replication: {
      "300-0": { source: "n1", target: "n2", schedule: "*/15" },
      "301-0": { source: "n2", target: "n1", schedule: "*/15" },
    },
    backup: {
      "by-pool": {
        pool: "prod",
        exclude: "302",
        storage: "nas",
        schedule: "21:00",
        "prune-backups": { "keep-last": "3" },
      },
      picked: { vmid: "300,999", storage: "nas", schedule: "22:00", mode: "stop", enabled: 0 },
    },
    notBackedUp: [301, 303],
  },

  // One node is on 9 already, the groups are still there.
  upgrading: {
    name: "moving",
    version: "9.0.3",
    nodes: {
      n1: lan(31),
      n2: { ...lan(32), pveversion: "pve-manager/8.4.1/2a5fa54a8503f96d" },
      n3: lan(33),
    },
    storages: { tank: "zfspool content=images,rootdir" },
    guests: {
      300: { node: "n1", config: ct("web-1", zfs(300)) },
      301: { node: "n2", config: ct("web-2", zfs(301)) },
    },
    haGroups: { web: { nodes: "n1,n2", restricted: 0 } },
    haResources: { "ct:300": { group: "web" }, "ct:301": { group: "web" } },
    replication: {},
  },
} satisfies Record<string, RawCluster>;
