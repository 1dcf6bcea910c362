import { AsyncResource } from "node:async_hooks";
import {
  ContainerLegacy,
  type ContainerLegacyArgs,
} from "@muhlba91/pulumi-proxmoxve/containerLegacy";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { createSchema } from "../../config/sections/guests";
import { familyOf } from "../../model/network/address";
import { inSite } from "../shared/site-names";
import { type Transform, transformed } from "../shared/transform";
import { hasEngine, refuseElsewhere, refuseExisting } from "./location";

/** A container that this stack creates. */
export interface GuestContainerArgs {
  vmid: number;
  /** Shown in the Proxmox interface. */
  purpose: string;
  /** Node on which it is created; where it runs later is for HA to decide. */
  node: string;
  /** Address with the prefix length of its network. */
  address: string;
  storage: string;
  startup?: { order: number; upSec?: number | undefined } | undefined;
  /** Node on which it exists although the state has lost it: it is taken back from there. @default none */
  lostOn?: string | undefined;
  create: Omit<z.output<typeof createSchema>, "gateway6">;
  /** Its IPv6 address with prefix length, beside an IPv4 one. @default it has one address */
  second?: { address: string; gateway?: string };
}

/** Its addresses as Proxmox writes them into it; without a gateway of IPv6 it listens to routers. */
export function ipConfig({ address, create, second }: GuestContainerArgs) {
  const of = (own: string, gateway: string | undefined) => ({
    [familyOf(own) === 6 ? "ipv6" : "ipv4"]: {
      address: own,
      ...(gateway !== undefined && { gateway }),
    },
  });
  return { ...of(address, create.gateway), ...(second && of(second.address, second.gateway)) };
}

/**
 * Creates one container and never again destroys it by itself.
 *
 * @param name host name, and name of the resource
 * @param opts `dependsOn` the container before: creating two at once fails on the cluster's locks
 * @param transform last word over the container. @default none
 */
export function guestContainer(
  name: string,
  guest: GuestContainerArgs,
  opts: pulumi.CustomResourceOptions = {},
  transform?: Transform<ContainerLegacyArgs>,
): ContainerLegacy {
  const { vmid, create, startup, lostOn } = guest;
  const child = transformed<ContainerLegacyArgs>(transform, {
    name,
    args: {
      vmId: vmid,
      nodeName: guest.node,
      description: guest.purpose,
      unprivileged: true,
      // The only feature flag that an API token may set.
      features: { nesting: true },
      cpu: { cores: create.cores },
      memory: { dedicated: create.memoryMb },
      disk: { datastoreId: guest.storage, size: create.diskGb },
      operatingSystem: { templateFileId: create.template, type: "debian" },
      // No user account: a change of its keys would replace the container.
      initialization: {
        hostname: name,
        ipConfigs: [ipConfig(guest)],
      },
      networkInterfaces: [{ name: "eth0", bridge: create.bridge }],
      ...(startup && { startup: { order: startup.order, upDelay: startup.upSec } }),
    },
    opts: {
      ...opts,
      protect: true,
      // The other order would create the VMID a second time.
      deleteBeforeReplace: true,
      ignoreChanges: [
        // HA moves a container, and the provider takes another node for another container.
        "nodeName",
        // HA starts and stops it too.
        "started",
        // An import does not bring these back, and each would replace the container
        // (bpg issues 658 and 1787).
        "operatingSystem",
        "initialization.userAccount",
        "unprivileged",
      ],
      ...(lostOn !== undefined && { import: `${lostOn}/${vmid}` }),
      ...locationGuard(name, vmid, opts.parent),
    },
  });
  return new ContainerLegacy(child.name, child.args, child.opts);
}

/** Lets no plan create a VMID that exists; the check runs in a preview already. */
export function vmidGuard(
  name: string,
  vmid: number,
  type: "ct" | "vm",
  parent?: pulumi.Resource,
): Pick<pulumi.CustomResourceOptions, "hooks"> {
  if (!hasEngine()) return {};
  // The engine calls back outside the program's asynchronous context, in which the SDK keeps its
  // connection to the engine.
  const free = AsyncResource.bind(() => refuseExisting(name, vmid, type, parent));
  const hook = new pulumi.ResourceHook(`${inSite(name, parent)}-vmid-is-free`, free, {
    onDryRun: true,
  });
  return { hooks: { beforeCreate: [hook] } };
}

/**
 * Lets no plan create a VMID that exists, and no change go to a node that does not have the container
 * any more. The first check runs in a preview already.
 */
function locationGuard(
  name: string,
  vmid: number,
  parent: pulumi.Resource | undefined,
): Pick<pulumi.CustomResourceOptions, "hooks"> {
  if (!hasEngine()) return {};
  const { hooks } = vmidGuard(name, vmid, "ct", parent);
  const here = AsyncResource.bind(({ oldOutputs }: pulumi.ResourceHookArgs) =>
    refuseElsewhere(name, vmid, String(oldOutputs?.nodeName), parent),
  );
  return {
    hooks: {
      ...hooks,
      beforeUpdate: [
        new pulumi.ResourceHook(`${inSite(name, parent)}-is-where-the-state-says`, here),
      ],
    },
  };
}
