import { z } from "zod";
import { cidr, count, hostKey, ipv4, ipv4Range, name } from "./network";

/** An address range of a segment that something else hands out. */
export const poolSchema = z.strictObject({
  /** `dhcp`: leases for clients; `metallb`: addresses of Kubernetes Services. */
  kind: z.enum(["dhcp", "metallb"]),
  range: ipv4Range,
});

/** One network segment (broadcast domain): virtual router ids must be unique on it. */
export const segmentSchema = z.strictObject({
  cidr,
  pools: z.record(name, poolSchema).default({}),
});

/** A Proxmox node. */
export const nodeSchema = z.strictObject({
  address: ipv4,
  /** Pinned SSH host key; needed only for nodes that are reached over SSH (`cluster.controlNode`). */
  hostKey: hostKey.optional(),
  memoryGb: z.number().positive().optional(),
  cores: z.int().positive().optional(),
});

/**
 * A storage as Proxmox names it. `ceph` and `shared` are reachable from every listed node, `zfs`
 * can be replicated between its nodes, `local` (LVM, directory) exists on one node at a time.
 */
export const storageSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ceph"),
    nodes: z.array(name).min(1),
    monitors: z.array(name).min(1),
    osdNodes: z.array(name).min(1),
  }),
  z.strictObject({ kind: z.literal("shared"), nodes: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal("zfs"), nodes: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal("local"), nodes: z.array(name).min(1) }),
]);

/** The Proxmox cluster: nodes, networks, storages. */
export const clusterSchema = z.strictObject({
  name,
  /** Major version of Proxmox VE: 8 places with HA groups, 9 with HA rules. */
  pveVersion: z.literal([8, 9], {
    error: (issue) =>
      `found ${JSON.stringify(issue.input)}, expected 8 or 9; give the major version that \`pveversion\` prints on every node`,
  }),
  nodes: z.record(name, nodeSchema),
  segments: z.record(name, segmentSchema),
  storages: z.record(name, storageSchema),
  /** Node whose `pvesh` sets what the provider cannot (start-up order of existing guests). @default the first node by name that has a host key */
  controlNode: name.optional(),
  /** How hosts are reached. The key comes from the SSH agent, or from the secret `homelab:secrets.sshPrivateKey`. */
  ssh: z
    .strictObject({
      user: z.string().min(1).default("root"),
      port: z.int().min(1).max(65535).default(22),
    })
    .prefault({}),
  /** Backup of every guest with `backup: true`; the interval is the RPO when nothing else is left. */
  backup: z.strictObject({
    storage: name,
    /** Calendar event as Proxmox writes it, e.g. `02:00`. */
    schedule: z.string().min(1),
    everyHours: count("hours between two backups", 1, 168).default(24),
  }),
});
