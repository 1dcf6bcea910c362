import type { ObservedResource } from "../../../policy/rule";
import { hostKey, resource } from "../resources";

/** A stack as somebody else wrote it. */
export interface Strange {
  what: string;
  resources: ObservedResource[];
  /** Rules that refuse it, each once. @default none */
  refused?: string[];
  /** Rules whose advice it gets, other advice left aside. @default none is looked for */
  advised?: string[];
  /** Parts of what is named as not judged. @default nothing is */
  unjudged?: string[];
}

type Props = Record<string, unknown>;

/** A guest of any release; id, node and name are what every one has. */
export const guest = (type: string, name: string, id: number, node: string, more: Props = {}) =>
  resource(type, name, { nodeName: node, vmId: id, name, ...more });
export const ha = (type: string, sid: string, more: Props = {}) =>
  resource(type, `ha-${sid}`, { resourceId: sid, state: "started", ...more });
export const remote = (name: string, host: string, props: Props) =>
  resource("command:remote:Command", name, {
    connection: { host, user: "root", hostKey },
    ...props,
  });

const second = guest("proxmoxve:VM/virtualMachine:VirtualMachine", "spare", 900, "pve-b");

/** One HA guest in the tokens of each release, on a local and on a shared disk. */
const releases = [
  ["5.x", "proxmoxve:VM/virtualMachine:VirtualMachine", "proxmoxve:HA/hAResource:HAResource"],
  ["6.18", "proxmoxve:VM/virtualMachine2:VirtualMachine2", "proxmoxve:HA/hAResource:HAResource"],
  [
    "7.x clone",
    "proxmoxve:VM/clonedVirtualMachine:ClonedVirtualMachine",
    "proxmoxve:HA/hAResource:HAResource",
  ],
  ["7.13", "proxmoxve:index/vm2:Vm2", "proxmoxve:HA/hAResource:HAResource"],
  ["8.x", "proxmoxve:index/vm:Vm", "proxmoxve:index/haresource:Haresource"],
  [
    "8.x legacy",
    "proxmoxve:index/vmLegacy:VmLegacy",
    "proxmoxve:index/haresourceLegacy:HaresourceLegacy",
  ],
  ["8.x vm2Legacy", "proxmoxve:index/vm2Legacy:Vm2Legacy", "proxmoxve:index/haresource:Haresource"],
  ["8.x cloned", "proxmoxve:cloned/vm:Vm", "proxmoxve:index/haresource:Haresource"],
  [
    "8.x clonedLegacy",
    "proxmoxve:cloned/vmLegacy:VmLegacy",
    "proxmoxve:index/haresource:Haresource",
  ],
  [
    "bridged",
    "proxmox:index/virtualEnvironmentVm:VirtualEnvironmentVm",
    "proxmox:index/virtualEnvironmentHaresource:VirtualEnvironmentHaresource",
  ],
  [
    "bridged, new names",
    "proxmox:index/virtualEnvironmentVm2:VirtualEnvironmentVm2",
    "proxmox:index/haresource:Haresource",
  ],
] as const;

const records = /index\/vm:|vm2|virtualMachine2|cloned|Vm2/i;

/** Newer resources keep disks in a record by interface. */
const disk = (type: string, datastoreId: string): Props =>
  records.test(type)
    ? { disk: { scsi0: { datastoreId, sizeGb: 32 } } }
    : { disks: [{ interface: "scsi0", datastoreId, size: 32 }] };

const perRelease = releases.flatMap(([release, vm, haType]): Strange[] => [
  {
    what: `${release}: a VM under HA on the node's own disk`,
    resources: [
      guest(vm, "app", 200, "pve-a", disk(vm, "local-lvm")),
      second,
      ha(haType, "vm:200"),
    ],
    refused: ["ha-local-disk"],
  },
  {
    what: `${release}: the same VM on a storage nobody described`,
    resources: [guest(vm, "app", 200, "pve-a", disk(vm, "tank")), second, ha(haType, "vm:200")],
    unjudged: ["HA guest on a storage of unstated kind (1)"],
  },
  {
    what: `${release}: the same VM without HA`,
    resources: [guest(vm, "app", 200, "pve-a", disk(vm, "local-lvm")), second],
  },
]);

const containers = [
  ["5.x", "proxmoxve:CT/container:Container", "proxmoxve:HA/hAResource:HAResource"],
  [
    "8.x",
    "proxmoxve:index/containerLegacy:ContainerLegacy",
    "proxmoxve:index/haresource:Haresource",
  ],
  [
    "bridged",
    "proxmox:index/virtualEnvironmentContainer:VirtualEnvironmentContainer",
    "proxmox:index/virtualEnvironmentHaresource:VirtualEnvironmentHaresource",
  ],
] as const;

const perContainer = containers.flatMap(([release, ct, haType]): Strange[] => [
  {
    what: `${release}: Frigate with its USB stick under HA`,
    resources: [
      guest(ct, "frigate", 210, "pve-a", {
        disk: { datastoreId: "nfs" },
        devicePassthroughs: [{ path: "/dev/bus/usb/002/003" }],
      }),
      second,
      ha(haType, "ct:210"),
    ],
    refused: ["ha-passthrough"],
    unjudged: ["HA guest on a storage of unstated kind (1)"],
  },
  {
    what: `${release}: Jellyfin with a folder of the node under HA`,
    resources: [
      guest(ct, "jellyfin", 211, "pve-a", {
        disk: { datastoreId: "local-lvm" },
        mountPoints: [{ path: "/media", volume: "/tank/media" }],
      }),
      second,
      ha(haType, "ct:211"),
    ],
    refused: ["ha-local-disk", "ha-passthrough"],
  },
  {
    what: `${release}: ZFS under HA, and replication is nowhere in the stack`,
    resources: [
      guest(ct, "wiki", 213, "pve-a", { disk: { datastoreId: "local-zfs" } }),
      second,
      ha(haType, "ct:213"),
    ],
    // Somebody may have made the job in the web interface.
    advised: ["ha-local-disk-advice"],
  },
  {
    what: `${release}: HA only watches it`,
    resources: [
      guest(ct, "dns", 212, "pve-a", { disk: { datastoreId: "local-lvm" } }),
      second,
      ha(haType, "ct:212", { state: "ignored" }),
    ],
  },
]);

export const guestStacks: Strange[] = [
  ...perRelease,
  ...perContainer,
  {
    what: "a guest of a release that comes after this pack",
    resources: [guest("proxmoxve:index/vm3:Vm3", "app", 200, "pve-a"), second],
    unjudged: ["resource of a type that this pack does not know (1)"],
  },
];
