import { VmLegacy, type VmLegacyArgs } from "@muhlba91/pulumi-proxmoxve/vmLegacy";
import type * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../shared/transform";
import { type GuestContainerArgs, ipConfig, vmidGuard } from "./container";

/** A virtual machine that this stack creates from a cloud image. */
export type GuestVmArgs = GuestContainerArgs;

/**
 * Creates one virtual machine from a cloud image, with its network and the keys of root set by
 * cloud-init, and never again destroys it by itself.
 *
 * @param name host name, and name of the resource
 * @param opts `dependsOn` the guest before: creating two at once fails on the cluster's locks
 * @param transform last word over the virtual machine. @default none
 */
export function guestVm(
  name: string,
  guest: GuestVmArgs,
  opts: pulumi.CustomResourceOptions = {},
  transform?: Transform<VmLegacyArgs>,
): VmLegacy {
  const { vmid, create, startup, lostOn } = guest;
  const child = transformed<VmLegacyArgs>(transform, {
    name,
    args: {
      vmId: vmid,
      name,
      nodeName: guest.node,
      description: guest.purpose,
      // The provider's default is an emulation of 2007; this one runs on every node of ten years.
      cpu: { cores: create.cores, type: "x86-64-v2-AES" },
      memory: { dedicated: create.memoryMb },
      disks: [
        {
          interface: "scsi0",
          datastoreId: guest.storage,
          importFrom: create.template,
          size: create.diskGb,
          discard: "on",
        },
      ],
      networkDevices: [{ bridge: create.bridge }],
      operatingSystem: { type: "l26" },
      initialization: {
        datastoreId: guest.storage,
        ipConfigs: [ipConfig(guest)],
        userAccount: { username: "root", keys: [...(create.sshKeys ?? [])] },
      },
      onBoot: true,
      ...(startup && { startup: { order: startup.order, upDelay: startup.upSec } }),
    },
    opts: {
      ...opts,
      protect: true,
      // The other order would create the VMID a second time.
      deleteBeforeReplace: true,
      ignoreChanges: [
        // HA moves a machine, starts it and stops it.
        "nodeName",
        "started",
        // Only the first start reads them, and an import does not bring them back.
        "initialization",
        "disks[0].importFrom",
      ],
      ...(lostOn !== undefined && { import: `${lostOn}/${vmid}` }),
      ...vmidGuard(name, vmid, "vm", opts.parent),
    },
  });
  return new VmLegacy(child.name, child.args, child.opts);
}
