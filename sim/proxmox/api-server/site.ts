import type { StackConfig } from "../../../config/stack";

/** A node as it stands in the rack: what no program manages. */
export interface SiteNode {
  address: string;
  cores: number;
  memoryBytes: number;
  uptimeSec: number;
  pveVersion: string;
  /** Seconds that its clock is ahead. @default it is right */
  clockOffSec?: number;
  /** Addresses of its corosync links. */
  links: string[];
  /** Its tasks, newest first, as the API lists them. */
  tasks: Record<string, unknown>[];
  /** Lines of its journal, oldest first. */
  journal: string[];
}

/** A guest's own firewall. */
export interface SiteFirewall {
  options?: Record<string, unknown>;
  /** IP sets by name. */
  sets?: Record<string, { cidr: string; nomatch?: 1 }[]>;
  /** Rules in their order. */
  rules?: Record<string, unknown>[];
}

/** Everything that a Proxmox API tells and the simulated world does not keep; shapes are the API's own. */
export interface Site {
  name: string;
  nodes: Record<string, SiteNode>;
  /** Configuration by VMID, where it is not the stack's own container. */
  guests: Record<string, Record<string, unknown>>;
  storages: Record<string, unknown>[];
  /** Result of a replication job, by its id. @default every job went well a minute ago */
  replication: Record<string, Record<string, unknown>>;
  /** Backups by storage, as the API lists them. @default none */
  archives?: Record<string, Record<string, unknown>[]>;
  /** Resource mappings: texts such as `node=a,path=0000:01:00.0` by kind and id. @default none */
  mappings?: Partial<Record<"pci" | "usb" | "dir", Record<string, string[]>>>;
  /** Answer of `/cluster/ceph/status`. @default there is no Ceph */
  ceph?: Record<string, unknown>;
  quorate: boolean;
  /** The firewall, as the API tells it. @default it was never touched, so it is off */
  firewall?: {
    enable?: 0 | 1;
    /** By VMID. */
    guests?: Record<string, SiteFirewall>;
  };
  /** Privileges of the token by path. @default PVEAuditor and Sys.Syslog on / */
  permissions?: Record<string, Record<string, number>>;
}

const storageTypes = { ceph: "rbd", shared: "nfs", zfs: "zfspool", local: "dir" } as const;

/** The site that a stack file takes for granted: sound nodes, and guests with the disks and addresses that it states. */
export function siteFromStack(stack: StackConfig): Site {
  const { name = "cluster", nodes, storages, pveVersion } = stack.cluster;
  const names = Object.keys(nodes);
  return {
    name,
    quorate: true,
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([node, { address, cores = 8, memoryGb = 32 }], index) => [
        node,
        soundNode(address, index + 1, cores, memoryGb, pveVersion),
      ]),
    ),
    guests: Object.fromEntries(
      Object.entries(stack.guests).map(([guest, facts]) => [
        String(facts.vmid),
        guestConfig(guest, facts),
      ]),
    ),
    storages: Object.entries(storages).map(([storage, facts]) => ({
      storage,
      type: storageTypes[facts.kind],
      content: "images,rootdir",
      digest: "0000",
      ...(facts.kind === "shared" && { shared: 1 }),
      ...(facts.nodes.length < names.length && { nodes: facts.nodes.join(",") }),
    })),
    replication: {},
    ...(Object.values(storages).some(({ kind }) => kind === "ceph") && {
      ceph: healthyCeph(stack),
    }),
  };
}

const GIB = 2 ** 30;

function soundNode(
  address: string,
  id: number,
  cores: number,
  memoryGb: number,
  pveVersion: 8 | 9,
): SiteNode {
  return {
    address,
    cores,
    memoryBytes: memoryGb * GIB,
    uptimeSec: 86_400 * 30,
    pveVersion:
      pveVersion === 9
        ? "pve-manager/9.0.3/025864202ebb6109"
        : "pve-manager/8.4.1/2a5fa54a8503f96d",
    // The stack file does not state them: a second network, as Proxmox advises.
    links: [address, `10.255.255.${id}`],
    tasks: [],
    journal: [],
  };
}

/** A guest's configuration with what the stack file says of it. */
function guestConfig(name: string, guest: StackConfig["guests"][string]): Record<string, unknown> {
  const { type, vmid, storage, diskGb = 8, memoryMb = 512, address } = guest;
  const devices = Object.fromEntries(
    guest.passthrough.map(({ kind, device }, index) => {
      if (type === "ct") return [`dev${index}`, `/dev/${kind}${index}`];
      return kind === "usb" ? [`usb${index}`, "host=1234:5678"] : [`hostpci${index}`, device];
    }),
  );
  const common = { onboot: 1, digest: "0000", ...devices };
  if (type === "vm") {
    return {
      ...common,
      name,
      memory: String(memoryMb),
      cores: 2,
      scsi0: `${storage}:vm-${vmid}-disk-0,size=${diskGb}G`,
      ide2: "none,media=cdrom",
      net0: `virtio=${mac(vmid)},bridge=vmbr0`,
      ...(address !== undefined && { ipconfig0: `ip=${address}/24` }),
    };
  }
  return {
    ...common,
    hostname: name,
    arch: "amd64",
    ostype: "debian",
    memory: memoryMb,
    cores: 1,
    swap: 512,
    unprivileged: 1,
    rootfs: `${storage}:subvol-${vmid}-disk-0,size=${diskGb}G`,
    net0: `name=eth0,bridge=vmbr0,hwaddr=${mac(vmid)},ip=${address === undefined ? "dhcp" : `${address}/24`},type=veth`,
  };
}

/** An address of Proxmox's own range, BC:24:11, made of the VMID. */
function mac(vmid: number): string {
  const hex = (vmid % 2 ** 24).toString(16).padStart(6, "0").toUpperCase();
  return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
}

function healthyCeph(stack: StackConfig): Record<string, unknown> {
  const storages = Object.values(stack.cluster.storages);
  const monitors = [
    ...new Set(storages.flatMap((storage) => (storage.kind === "ceph" ? storage.monitors : []))),
  ];
  const osds = new Set(
    storages.flatMap((storage) => (storage.kind === "ceph" ? storage.osdNodes : [])),
  ).size;
  return {
    health: { status: "HEALTH_OK", checks: {} },
    quorum_names: monitors,
    monmap: { mons: monitors.map((name) => ({ name })) },
    osdmap: { num_osds: osds, num_up_osds: osds, num_in_osds: osds },
  };
}
