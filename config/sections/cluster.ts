import { z } from "zod";
import { ANNOUNCEMENTS, POOL_KINDS } from "../../model/network/pools";
import {
  addressRange,
  addressRange6,
  calendarEvent,
  cidr,
  cidr6,
  count,
  guestName,
  hostKey,
  ipAddress,
  ipv6,
  name,
  nodeName,
  shown,
  storageId,
} from "./network";
import { sshField } from "./operation/ssh";

/** An address range of a segment that something else hands out. */
export const poolSchema = z.strictObject({
  kind: z
    .enum(POOL_KINDS)
    .describe(
      "`dhcp`: leases for clients; `metallb`, `cilium` (LB-IPAM) and `kube-vip`: addresses of Kubernetes Services, by who gives them.",
    ),
  range: addressRange.describe("First and last address, inclusive; IPv4 or IPv6."),
  range6: addressRange6
    .optional()
    .describe(
      "First and last IPv6 address of a pool of both families. Default: it has one family.",
    ),
  announcement: z
    .enum(ANNOUNCEMENTS)
    .optional()
    .describe(
      "`cilium`: how it announces the addresses; with `bgp` only nodes with a pod do, so that Services get the traffic policy `Local`. Default: `l2`.",
    ),
  taken: z
    .record(ipAddress, z.array(z.string().min(1)).min(1))
    .default({})
    .describe(
      "Addresses of the range that something else has today, each with who: nothing of this stack takes one of them.",
    ),
});

/** One network segment (broadcast domain): virtual router ids must be unique on it. */
export const segmentSchema = z.strictObject({
  cidr: cidr.describe("Network of the segment, IPv4 or IPv6."),
  cidr6: cidr6
    .optional()
    .describe(
      "IPv6 network of a segment that has an IPv4 one as well. Default: it has one family.",
    ),
  gateway: ipAddress
    .optional()
    .describe(
      "Address of its router, which nothing else may have; `create.gateway` of the guests in it. Default: none is known.",
    ),
  gateway6: ipv6
    .optional()
    .describe(
      "IPv6 address of its router where `gateway` is its IPv4 one. Default: guests learn it from the router's own announcements.",
    ),
  pools: z
    .record(name, poolSchema)
    .default({})
    .describe("Address ranges that something else hands out, by name."),
});

/** A Proxmox node. */
export const nodeSchema = z.strictObject({
  address: ipAddress.describe("Management address."),
  address6: ipv6
    .optional()
    .describe("Its IPv6 address beside an IPv4 one; nothing else may have it. Default: none."),
  hostKey: hostKey
    .optional()
    .describe(
      "Pinned SSH host key; needed only for nodes that are reached over SSH (`cluster.controlNode`).",
    ),
  memoryGb: z
    .number()
    .positive()
    .optional()
    .describe(
      "Memory in GB of 1024 MB, where known; decides whether the guests of a lost node find room.",
    ),
  reservedGb: z
    .number()
    .nonnegative()
    .default(2)
    .describe(
      "Memory in GB that guests cannot have. The default is what Proxmox VE asks for itself; Ceph OSDs and the ZFS cache come on top.",
    ),
  cores: z
    .int()
    .positive()
    .optional()
    .describe("Processor cores, where known; more in use than there are is a warning."),
});

const storageNodes = z.array(nodeName).min(1).describe("Nodes that reach it, or have it.");

/**
 * A storage as Proxmox names it. `ceph` and `shared` are reachable from every listed node, `zfs`
 * can be replicated between its nodes, `local` (LVM, directory) exists on one node at a time.
 */
export const storageSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ceph").describe("`ceph`, `shared`, `zfs` or `local`."),
    nodes: storageNodes,
    monitors: z.array(nodeName).min(1).describe("Nodes with a Ceph monitor (`ceph` only)."),
    osdNodes: z.array(nodeName).min(1).describe("Nodes with Ceph OSDs (`ceph` only)."),
  }),
  z.strictObject({ kind: z.literal("shared"), nodes: storageNodes }),
  z.strictObject({
    kind: z.literal("zfs"),
    nodes: storageNodes,
    pending: z
      .array(nodeName)
      .default([])
      .describe(
        "Nodes that do not have it yet, in the order in which they are to be reinstalled (`zfs` only); until then the disks of their guests exist on that node alone. For `homelab phases`.",
      ),
  }),
  z.strictObject({ kind: z.literal("local"), nodes: storageNodes }),
]);

/** Nodes that fail together. */
export const failureDomainSchema = z.strictObject({
  kind: z
    .enum(["rack", "ups", "switch"])
    .describe(
      "`rack`: the nodes are gone with their disks; `ups`: they are off, and come back with their disks; `switch`: they run on, but each is cut off.",
    ),
  nodes: z.array(nodeName).min(1).describe("Nodes that fail with it."),
});

/** The Proxmox cluster: nodes, networks, storages. */
export const clusterSchema = z.strictObject({
  name: name.optional().describe("Name of the cluster, for people. Default: none."),
  pveVersion: z
    .literal([8, 9], {
      error: (issue) =>
        `found ${shown(issue.input)}, expected 8 or 9; ${/^[89](\.|$)/.test(String(issue.input)) ? `write ${String(issue.input)[0]}, without quotes` : "give the major version that `pveversion` prints on every node"}`,
    })
    .describe("Major version of Proxmox VE: 8 places with HA groups, 9 with HA rules."),
  nodes: z.record(nodeName, nodeSchema).describe("Proxmox nodes by name."),
  segments: z.record(name, segmentSchema).describe("Network segments by name."),
  storages: z
    .record(storageId, storageSchema)
    .describe("Storages by the name that Proxmox has for them."),
  failureDomains: z
    .record(name, failureDomainSchema)
    .default({})
    .describe("What several nodes depend on: racks, power supplies, switches, by name."),
  scheduler: z
    .enum(["basic", "static", "dynamic"])
    .default("basic")
    .describe(
      "How HA picks among equally preferred nodes, `crs: ha=` of the data centre: `basic` by the number of guests, `static` by configured memory and cores, `dynamic` by the load of the moment (ha-manager 5.2.0 and later), which cannot be predicted.",
    ),
  shutdownPolicy: z
    .enum(["freeze", "failover", "conditional", "migrate"])
    .default("conditional")
    .describe(
      "What HA does with the guests of a node that is rebooted or shut down, `ha: shutdown_policy=` of the data centre: `conditional` freezes them for a reboot and starts them elsewhere after a shutdown, `freeze` leaves them off, `failover` starts them elsewhere, `migrate` moves them away first. Only stated here, for `homelab simulate`.",
    ),
  haManager: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, {
      error: (issue) =>
        `found ${shown(issue.input)}, expected a version such as 5.2.0; copy it from \`pveversion -v\`, line pve-ha-manager`,
    })
    .optional()
    .describe(
      "Version of pve-ha-manager: since 5.1.2 HA counts running guests outside HA as well when it picks a node. Default: 5.2.0 on Proxmox VE 9, 4.0.7 on 8.",
    ),
  tokenCoefficientMs: z
    .int()
    .nonnegative()
    .optional()
    .describe(
      "`token_coefficient` of corosync.conf in milliseconds; decides how soon a silent node is noticed. Default: 650 on Proxmox VE 8; on 9 both 125 (clusters made since pve-cluster 9.1.0) and 650 are possible.",
    ),
  quorumDevice: z
    .strictObject({
      host: guestName.describe("Its name; not a node, and not a guest of the cluster."),
    })
    .optional()
    .describe(
      "Host outside the cluster that votes as a corosync QDevice; it is set up with `pvecm qdevice setup ADDRESS`, not here. Default: none.",
    ),
  outside: z
    .record(
      name,
      z.strictObject({
        needs: z
          .array(z.string().min(1))
          .default([])
          .describe("What it is no use without, e.g. the router that leads to it."),
      }),
    )
    .default({})
    .describe(
      "Things outside the cluster that can fail, e.g. `internet` or `cloudflare` (which tunnels then need), for `homelab simulate`.",
    ),
  controlNode: nodeName
    .optional()
    .describe(
      "Node whose `pvesh` sets what the provider cannot (start-up order of existing guests). Default: the first node by name that has a host key.",
    ),
  ssh: sshField,
  backup: z
    .strictObject({
      storage: storageId.describe("Storage that the backups go to."),
      on: guestName
        .optional()
        .describe(
          "Guest or node that carries the backups, or `outside` when they are outside the cluster. Default: the nodes of the storage, if `cluster.storages` has it; else no restore is promised.",
        ),
      schedule: calendarEvent.describe("Calendar event as Proxmox writes it, e.g. `02:00`."),
      existingJobs: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe(
          "Ids of backup jobs that were there before and cover the guests with `backup: true`; this stack then makes none and changes none. Default: this stack makes the jobs.",
        ),
      everyHours: count("hours between two backups", 1, 168)
        .default(24)
        .describe("Hours between two backups."),
    })
    .optional()
    .describe(
      "Backup of every guest with `backup: true`; the interval is the RPO when nothing else is left. Default: this stack makes no backup job, and no restore is promised.",
    ),
});
