import { z } from "zod";
import {
  count,
  guestName,
  hostKey,
  interfaceName,
  ipAddress,
  ipv6,
  nodeName,
  shown,
  storageId,
  vmid,
} from "./network";

const publicKey = z
  .string()
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-\S+) [A-Za-z0-9+/]{32,}={0,2}( .*)?$/,
    {
      error: (issue) =>
        String(issue.input).includes("PRIVATE KEY")
          ? "found a private key, expected a public one; take the file that ends in .pub, and replace a key that was shown to others"
          : `found ${shown(issue.input)}, expected a public SSH key such as \`ssh-ed25519 AAAA...\`; take the line of a file that ends in .pub`,
    },
  );

/** How a guest that this stack creates is made; without it the guest is an existing one. */
export const createSchema = z.strictObject({
  template: z
    .string()
    .min(1)
    .describe(
      "Template volume of a container, e.g. `local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst`, or cloud image of a virtual machine, e.g. `local:import/debian-13-genericcloud-amd64.qcow2`; must exist on the guest's node.",
    ),
  diskGb: count("a disk size in GB", 1, 10_000).describe("Root disk in GB."),
  memoryMb: count("a memory size in MB", 64, 1_000_000).describe("Memory in MB."),
  cores: count("a number of cores", 1, 256).describe("Processor cores."),
  bridge: interfaceName.default("vmbr0").describe("Bridge of the node."),
  gateway: ipAddress.optional().describe("Default gateway. Default: that of the guest's segment."),
  gateway6: ipv6
    .optional()
    .describe(
      "Default gateway for IPv6 beside one for IPv4. Default: that of the guest's segment; without one it is learnt from the router's announcements.",
    ),
  sshKeys: z
    .array(publicKey)
    .min(1)
    .optional()
    .describe(
      "Public SSH keys of root, set by cloud-init at the first start; virtual machines only, and needed there.",
    ),
});

/** A device of one node that a guest uses directly: it pins the guest to that node. */
export const passthroughSchema = z
  .strictObject({
    kind: z.enum(["gpu", "usb", "pci"]).describe("Kind of device."),
    device: z.string().min(1).describe("Which device, in words."),
  })
  .describe("A device of one node.");

/** One container or virtual machine. */
export const guestSchema = z.strictObject({
  vmid: vmid.describe("Proxmox id, unique in the cluster."),
  type: z.enum(["ct", "vm"]).describe("Container or virtual machine."),
  purpose: z
    .string()
    .min(1)
    .optional()
    .describe("What it is for, in a few words; shown in reports. Default: its name."),
  node: nodeName.describe("Node on which it belongs when all is well."),
  address: ipAddress.optional().describe("Its address, IPv4 or IPv6, where it has a fixed one."),
  storage: storageId.describe("Storage of its disks, from `cluster.storages`."),
  diskGb: z.number().positive().optional().describe("Size of its disks in GB, where known."),
  memoryMb: z
    .number()
    .positive()
    .optional()
    .describe("Memory in MB, where known. Default: that of `create`."),
  cores: z
    .number()
    .positive()
    .optional()
    .describe("Processor cores, where known. Default: those of `create`."),
  serves: guestName
    .optional()
    .describe(
      "Guests that serve the same are alternatives to each other, e.g. both DNS servers. Default: its own name.",
    ),
  replicated: z
    .boolean()
    .optional()
    .describe(
      "Whether its data is replicated to the others that serve the same, and one of them takes over (is promoted) by itself. Default: false for what name, purpose or `serves` call a database, and then the others are no stand-in; else true.",
    ),
  needs: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "What it is no use without: what guests serve, other services such as `traefikPairs.web`, or names of `cluster.outside`.",
    ),
  startup: z
    .strictObject({
      order: count("a start-up order", 1, 999).describe("Lower starts first."),
      upSec: count("seconds", 0, 3600)
        .optional()
        .describe("Seconds to wait before the next order starts. Default: no wait."),
    })
    .optional()
    .describe(
      "Proxmox start-up order; HA-managed guests ignore it (they start when HA says). Default: as Proxmox has it.",
    ),
  backup: z.boolean().default(true).describe("Whether the backup job covers it."),
  passthrough: z
    .array(passthroughSchema)
    .default([])
    .describe("Devices of its node that it uses directly; they pin it to that node."),
  pinned: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Why it must never leave its node, e.g. `must work when Ceph fails`. Default: it may move.",
    ),
  debian: z
    .literal([12, 13])
    .default(12)
    .describe("Debian release inside; decides which keepalived runs there (12: 2.2.7, 13: 2.3.3)."),
  hostKey: hostKey
    .optional()
    .describe("Pinned SSH host key; needed for guests that this stack configures."),
  address6: ipv6
    .optional()
    .describe(
      "Its fixed IPv6 address beside an IPv4 one; it is the one by which it takes part in a virtual address of IPv6. Default: none.",
    ),
  create: createSchema
    .optional()
    .describe("How this stack creates the guest. Default: it exists already."),
});
