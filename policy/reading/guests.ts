import type { ObservedResource } from "../rule";
import { entries, field, list, number, text } from "./resource";
import { containers, virtualMachines } from "./types";

/** A container or virtual machine that a stack declares. */
export interface ObservedGuest {
  resource: ObservedResource;
  kind: "ct" | "vm";
  /** Host name inside the guest. @default the resource's name */
  name: string;
  vmid?: number;
  node?: string;
  /** Static IPv4 addresses, with prefix length where one is given. */
  addresses: string[];
}

/** The guests among the resources. */
export function guestsOf(resources: ObservedResource[]): ObservedGuest[] {
  return resources.flatMap((resource) => {
    const kind = guestKind(resource.type);
    if (!kind) return [];
    const { props } = resource;
    const vmid = number(props, "vmId");
    const node = text(props, "nodeName");
    return [
      {
        resource,
        kind,
        name: text(props, "initialization", "hostname") ?? text(props, "name") ?? resource.name,
        ...(vmid !== undefined && { vmid }),
        ...(node !== undefined && { node }),
        addresses: list(props, "initialization", "ipConfigs").flatMap((config) => {
          const address = text(config, "ipv4", "address");
          return address === undefined || address === "dhcp" ? [] : [address];
        }),
      },
    ];
  });
}

/** HA's name of a guest: `ct:110`. */
export function sidOf(guest: ObservedGuest): string | undefined {
  return guest.vmid === undefined ? undefined : `${guest.kind}:${guest.vmid}`;
}

/** An address without its prefix length. */
export function bare(address: string): string {
  return address.split("/")[0] ?? address;
}

/** Storages of the guest's disks and volumes. */
export function storagesOf(guest: ObservedGuest): string[] {
  const { props } = guest.resource;
  const disks = guest.kind === "ct" ? [field(props, "disk")] : list(props, "disks");
  const volumes = list(props, "mountPoints").flatMap((mount) => {
    const volume = text(mount, "volume");
    return volume === undefined || volume.startsWith("/") ? [] : [volume.split(":")[0] ?? volume];
  });
  const named = disks.flatMap((disk) => text(disk, "datastoreId") ?? []);
  return [...new Set([...named, ...volumes])];
}

/**
 * Devices and folders of the node itself that the guest uses. A device by resource mapping is not
 * among them: the mapping may name one on every node.
 */
export function passthroughOf(guest: ObservedGuest): string[] {
  const { props } = guest.resource;
  return [
    ...list(props, "devicePassthroughs").flatMap((device) => text(device, "path") ?? []),
    ...list(props, "mountPoints").flatMap((mount) => {
      const volume = text(mount, "volume");
      return volume?.startsWith("/") && field(mount, "shared") !== true ? [volume] : [];
    }),
    ...list(props, "hostpcis").flatMap((device) => {
      const id = text(device, "id");
      return id === undefined ? [] : [`PCI ${id}`];
    }),
    ...list(props, "usbs").flatMap((device) => {
      const host = text(device, "host");
      return host === undefined || host === "spice" ? [] : [`USB ${host}`];
    }),
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
  if (containers.some((token) => token === type)) return "ct";
  return virtualMachines.some((token) => token === type) ? "vm" : undefined;
}
