import { z } from "zod";
import { count, hostKey, ipv4, name, vmid } from "./network";

/** How a container that this stack creates is made; without it the guest is an existing one. */
export const createSchema = z.strictObject({
  /** Template volume, e.g. `local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst`; must exist on the guest's node. */
  template: z.string().min(1),
  diskGb: count("a disk size in GB", 1, 10_000),
  memoryMb: count("a memory size in MB", 64, 1_000_000),
  cores: count("a number of cores", 1, 256),
  bridge: z.string().min(1).default("vmbr0"),
  gateway: ipv4,
});

/** A device of one node that a guest uses directly: it pins the guest to that node. */
export const passthroughSchema = z.strictObject({
  kind: z.enum(["gpu", "usb", "pci"]),
  device: z.string().min(1),
});

/** One container or virtual machine. */
export const guestSchema = z.strictObject({
  vmid,
  type: z.enum(["ct", "vm"]),
  purpose: z.string().min(1),
  /** Node on which it belongs when all is well. */
  node: name,
  address: ipv4.optional(),
  storage: name,
  /** Size of its disks in GB, where known. */
  diskGb: z.number().positive().optional(),
  memoryMb: z.number().positive().optional(),
  /** Guests that serve the same are alternatives to each other, e.g. both DNS servers. @default its own name */
  serves: name.optional(),
  /** Proxmox start-up order; HA-managed guests ignore it (they start when HA says). */
  startup: z
    .strictObject({
      order: count("a start-up order", 1, 999),
      /** Seconds to wait before the next order starts. @default no wait */
      upSec: count("seconds", 0, 3600).optional(),
    })
    .optional(),
  /** Whether the backup job covers it. */
  backup: z.boolean().default(true),
  passthrough: z.array(passthroughSchema).default([]),
  /** Why it must never leave its node, e.g. `must work when Ceph fails`. @default it may move */
  pinned: z.string().min(1).optional(),
  /** Debian release inside; decides which keepalived runs there (12: 2.2.7, 13: 2.3.3). */
  debian: z.literal([12, 13]).default(12),
  /** Pinned SSH host key; needed for guests that this stack configures. */
  hostKey: hostKey.optional(),
  create: createSchema.optional(),
});
