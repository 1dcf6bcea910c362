import { isOnEveryNode, nodeThingsIn } from "../../model/storage/node-paths";
import type { ObservedResource } from "../rule";
import { oncePerResource } from "./memo";
import { UNKNOWN } from "./plain";
import { entries, field, flag, list, number, text } from "./resource";
import { containers, virtualMachines } from "./types";

/** A container or virtual machine that a stack declares. */
export interface ObservedGuest {
  resource: ObservedResource;
  kind: "ct" | "vm";
  /** Host name inside the guest. @default the resource's name */
  name: string;
  vmid?: number;
  node?: string;
  /** Static addresses of both families, with prefix length where one is given. */
  addresses: string[];
  /** Addresses that the provider reported of the running guest, virtual ones among them. */
  reported: string[];
  /** A template is copied from and never runs. */
  template: boolean;
}

/** The guests among the resources. */
export function guestsOf(resources: ObservedResource[]): ObservedGuest[] {
  return resources.flatMap(guestIn);
}

const guestIn = oncePerResource((resource): ObservedGuest[] => {
  const kind = guestKind(resource.type);
  if (!kind) return [];
  const { props } = resource;
  const vmid = vmidOf(props);
  const node = text(props, "nodeName");
  return [
    {
      resource,
      kind,
      name: text(props, "initialization", "hostname") ?? text(props, "name") ?? resource.name,
      ...(vmid !== undefined && { vmid }),
      ...(node !== undefined && { node }),
      addresses: list(props, "initialization", "ipConfigs").flatMap((config) =>
        ["ipv4", "ipv6"].flatMap((family) => {
          const address = text(config, family, "address");
          return address === undefined || /^(dhcp|auto)$/i.test(address) ? [] : [address];
        }),
      ),
      reported: reportedAddresses(props),
      template: flag(props, "template") === true,
    },
  ];
});

/** The id under each of the names that the provider's releases gave it. */
function vmidOf(props: Record<string, unknown>): number | undefined {
  for (const key of ["vmId", "vmid", "resourceId", "id"]) {
    const found = number(props, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A VM's agent reports a list for each interface, a container one address for each. */
function reportedAddresses(props: Record<string, unknown>): string[] {
  const lists = ["ipv4Addresses", "ipv6Addresses"].flatMap((key) => list(props, key));
  const records = ["ipv4", "ipv6"].flatMap((key) => entries(props, key).map(([, value]) => value));
  return [...lists, ...records]
    .flatMap((found) => (Array.isArray(found) ? found : [found]))
    .filter((found) => typeof found === "string")
    .filter((found) => !/^(127\.|::1|fe80:|169\.254\.)/i.test(found));
}

/** HA's name of a guest: `ct:110`. */
export function sidOf(guest: ObservedGuest): string | undefined {
  return guest.vmid === undefined ? undefined : `${guest.kind}:${guest.vmid}`;
}

/** A disk of a guest, wherever its provider's release puts it. */
export interface ObservedDisk {
  /** Storage; the provider's default where none is named. */
  storage: string;
  /** Whether replication leaves it out. */
  unreplicated: boolean;
}

/** The provider's own default storages, for a disk that names none. */
const defaultStorage = { ct: "local", vm: "local-lvm" } as const;

/** Every disk and volume of a guest on a storage: each of them has to be where HA starts it. */
export function disksOf(guest: ObservedGuest): ObservedDisk[] {
  const { props } = guest.resource;
  const own = guest.kind === "ct" ? [field(props, "disk")] : vmDisks(props);
  const disks = own.flatMap((disk): ObservedDisk[] => {
    // A device of the node is no disk on a storage; it is passed through.
    if (typeof disk !== "object" || disk === null || onDevice(disk)) return [];
    const found = field(disk, "datastoreId");
    if (found === UNKNOWN) return [];
    const storage = typeof found === "string" && found !== "" ? found : defaultStorage[guest.kind];
    return [{ storage, unreplicated: flag(disk, "replicate") === false }];
  });
  const small = [
    ...["efiDisk", "tpmState", "initialization"].map((key) => text(props, key, "datastoreId")),
    disks.length === 0 ? text(props, "clone", "datastoreId") : undefined,
    storageIn(text(props, "cdrom", "fileId")),
    ...entries(props, "cdrom").map(([, drive]) => storageIn(text(drive, "fileId"))),
  ];
  const volumes = list(props, "mountPoints").flatMap((mount): ObservedDisk[] => {
    const storage = storageIn(text(mount, "volume"));
    return storage === undefined
      ? []
      : [{ storage, unreplicated: flag(mount, "replicate") === false }];
  });
  const all = [
    ...disks,
    ...volumes,
    ...small.flatMap((storage) => (storage ? [{ storage, unreplicated: false }] : [])),
  ];
  return [...new Map(all.map((disk) => [`${disk.storage} ${disk.unreplicated}`, disk])).values()];
}

/** A list in older releases, a record by interface in newer ones. */
function vmDisks(props: Record<string, unknown>): unknown[] {
  return [...list(props, "disks"), ...entries(props, "disk").map(([, disk]) => disk)];
}

/** The storage that a volume or an image is on: `local:iso/debian.iso`; none for a path of the node. */
function storageIn(volume: string | undefined): string | undefined {
  if (volume === undefined || volume.startsWith("/") || volume === "none") return undefined;
  const [storage = ""] = volume.split(":");
  return storage === "" || volume === "cdrom" ? undefined : storage;
}

function onDevice(disk: object): boolean {
  return text(disk, "pathInDatastore")?.startsWith("/dev/") === true;
}

/**
 * Devices and folders of the node itself that the guest uses. A device by resource mapping is not
 * among them: the mapping may name one on every node. Nor is what every node has by itself, such as
 * a folder below `/mnt/pve/`, a storage that Proxmox mounts on every node that has it.
 */
export function passthroughOf(guest: ObservedGuest): string[] {
  const { props } = guest.resource;
  return [
    ...list(props, "devicePassthroughs")
      .flatMap((device) => text(device, "path") ?? [])
      .filter((path) => !isOnEveryNode(path)),
    ...list(props, "mountPoints").flatMap((mount) => {
      const volume = text(mount, "volume");
      if (!volume?.startsWith("/") || field(mount, "shared") === true) return [];
      return isOnEveryNode(volume) ? [] : [volume];
    }),
    ...list(props, "hostpcis").flatMap((device) => {
      const id = text(device, "id");
      return id === undefined ? [] : [`PCI ${id}`];
    }),
    ...list(props, "usbs").flatMap((device) => {
      const host = text(device, "host");
      return host === undefined || host === "spice" ? [] : [`USB ${host}`];
    }),
    ...vmDisks(props).flatMap((disk) =>
      typeof disk === "object" && disk !== null && onDevice(disk)
        ? (text(disk, "pathInDatastore") ?? [])
        : [],
    ),
    ...list(props, "serialDevices").flatMap((serial) => {
      const device = text(serial, "device");
      return device?.startsWith("/") ? [device] : [];
    }),
    ...(nodeThingsIn(text(props, "kvmArguments") ?? "").length > 0
      ? ["a device or path in kvmArguments"]
      : []),
  ];
}

/** Nodes and priorities of an HA group or rule. */
export function nodePriorities(props: Record<string, unknown>): Record<string, number> | undefined {
  if (field(props, "nodes") === undefined) return undefined;
  return Object.fromEntries(
    entries(props, "nodes").map(([node]) => [node, number(props, "nodes", node) ?? 0]),
  );
}

function guestKind(type: string): "ct" | "vm" | undefined {
  return kinds.get(type);
}

const kinds = new Map<string, "ct" | "vm">([
  ...containers.map((type) => [type, "ct"] as const),
  ...virtualMachines.map((type) => [type, "vm"] as const),
]);
