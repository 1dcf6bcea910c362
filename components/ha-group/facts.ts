import { z } from "zod";
import { haId } from "../../config/guest-facts";
import { clusterSchema } from "../../config/sections/cluster";
import { guestSchema } from "../../config/sections/guests";
import { haGroupSchema, perGuestSchema } from "../../config/sections/ha-groups";
import { guestName, nodeName, storageId } from "../../config/sections/network";
import type { Finding } from "../../model/finding";
import { allowedNodes, type PlacementGroup } from "../../model/placement/group-rules";
import { judgeHome, judgePlacement } from "../../model/placement/placement";
import { judgeHaGuest, replicationTargets } from "../../model/storage/storage";
import { connectionSchema } from "../shared/args-schema";

const { vmid, type, node, startup, backup, passthrough, pinned } = guestSchema.shape;
const { guests: _guestNames, perGuest: _perGuest, ...placementShape } = haGroupSchema.shape;

const guestSchemaOfGroup = z
  .strictObject({
    name: guestName.describe("Its name; part of the names of its resources."),
    vmid,
    type,
    node,
    storage: z
      .strictObject({
        name: storageId.describe("Name of the storage in Proxmox."),
        kind: z
          .enum(["ceph", "shared", "zfs", "local"])
          .describe(
            "`zfs` is replicated; `local` exists on one node, so that its guests cannot be started on another.",
          ),
        nodes: z.array(nodeName).min(1).describe("Nodes that reach it, or have it."),
      })
      .describe("Storage of its disks."),
    passthrough,
    pinned,
    startup,
    backup,
  })
  .describe("A guest of an HA group.");

/** A guest of an HA group, checked. */
export type HaGuestFacts = z.output<typeof guestSchemaOfGroup>;

const { failback } = perGuestSchema.shape;

/**
 * Where a guest differs from its group, as a component takes it: without the union of a number and
 * `default`, which no other language of Pulumi knows.
 */
const limitsSchema = z
  .strictObject({
    maxRestart: haGroupSchema.shape.maxRestart
      .unwrap()
      .optional()
      .describe("Its own number of restarts. Default: that of the group."),
    maxRelocate: haGroupSchema.shape.maxRelocate
      .unwrap()
      .optional()
      .describe("Its own number of relocations. Default: that of the group."),
    proxmoxDefaults: z
      .array(z.enum(["maxRestart", "maxRelocate"]).describe("A limit of HA."))
      .optional()
      .describe("Limits that are left to Proxmox's own default, which is 1. Default: none."),
    failback,
    state: z
      .enum(["started", "enabled"])
      .optional()
      .describe(
        "`enabled` is the older word for `started`, and means the same. Default: `started`.",
      ),
  })
  .describe("Where one guest differs from its group.")
  .transform(
    ({ proxmoxDefaults = [], state: _, ...limits }): z.output<typeof perGuestSchema> => ({
      ...limits,
      ...Object.fromEntries(proxmoxDefaults.map((limit) => [limit, "default"])),
    }),
  );

/** What an HA group is made of: placement in the vendor's words, and its guests by value. */
export const haGroupArgsSchema = z
  .strictObject({
    pveVersion: clusterSchema.shape.pveVersion,
    clusterNodes: z.array(nodeName).min(1).describe("Every node of the cluster."),
    guests: z.array(guestSchemaOfGroup).min(1).describe("Guests of the group."),
    ...placementShape,
    perGuest: z
      .record(guestName, limitsSchema)
      .optional()
      .describe("Where a guest differs from its group, by guest. Default: none does."),
    backup: clusterSchema.shape.backup
      .unwrap()
      .pick({ storage: true, schedule: true })
      .optional()
      .describe("Where and when the guests are backed up. Default: no backup job is made."),
    connection: connectionSchema
      .optional()
      .describe(
        "A node of the cluster for `pvesh`; needed if a guest that exists already has a start-up order. Default: none.",
      ),
  })
  .superRefine((facts, context) => {
    const names = facts.guests.map((guest) => guest.name);
    for (const [index, guest] of names.entries()) {
      if (names.indexOf(guest) === index) continue;
      const message = `"${guest}" is listed twice; remove one of the two`;
      context.addIssue({ code: "custom", path: ["guests", index, "name"], message });
    }
  });

/** The checked facts of an HA group. */
export type HaGroupFacts = Omit<z.output<typeof haGroupArgsSchema>, "connection">;

/** The group as the model judges it and the cluster gets it: HA ids instead of names. */
export function placementOf(name: string, facts: HaGroupFacts): PlacementGroup {
  const sidOf = new Map(facts.guests.map((guest) => [guest.name, haId(guest)]));
  const sids = (set: string[]) => set.map((guest) => sidOf.get(guest) ?? guest);
  return {
    name,
    ...(facts.groupId !== undefined && { groupId: facts.groupId }),
    resources: facts.guests.map(haId),
    nodes: facts.nodes,
    strict: facts.strict,
    failback: facts.failback,
    keepApart: facts.keepApart.map(sids),
    keepTogether: facts.keepTogether.map(sids),
  };
}

/** Nodes to which a guest of a group with replication is replicated: where HA may start it. */
export function replicasOf(facts: HaGroupFacts, guest: HaGuestFacts): string[] {
  const known = facts.replication?.jobs?.[guest.name];
  if (known !== undefined) return known.map(({ target }) => target);
  return replicationTargets({
    kind: guest.storage.kind,
    storageNodes: guest.storage.nodes,
    allowedNodes: allowedNodes(facts, facts.clusterNodes),
    homeNode: guest.node,
  });
}

/** A replication job of a guest. */
export interface ReplicaJob {
  /** Second half of its id: `1` of `110-1`. */
  number: number;
  /** Node to which it replicates when it is created. */
  target: string;
  /** Its own calendar event. @default that of the group */
  schedule?: string | undefined;
}

/**
 * The jobs that replicate a guest to every other node it may run on. Whenever a guest moves, the job
 * to its new node turns round, so it is not a target that makes a job the same one: on n nodes there
 * are the same n - 1 jobs wherever the guest is and wherever it is declared. The first node in
 * alphabetical order has none; its copy is made by the job of the node that the guest runs on.
 *
 * @param runsOn node on which it runs now: Proxmox takes no job to a guest's own node. @default its home
 */
export function replicaJobs(
  facts: HaGroupFacts,
  guest: HaGuestFacts,
  runsOn = guest.node,
): ReplicaJob[] {
  const known = facts.replication?.jobs?.[guest.name];
  // The job to where it runs was turned round by its move.
  if (known !== undefined) {
    return known.map((job) => (job.target === runsOn ? { ...job, target: guest.node } : job));
  }
  const copies = [guest.node, ...replicasOf(facts, guest)].sort();
  // From a node outside the group it has to be moved home, which turns no job round.
  const from = copies.includes(runsOn) ? runsOn : guest.node;
  const [first, ...others] = copies;
  return others.map((node) => ({
    // Its place among the storage's nodes: a job keeps its number when another one comes or goes.
    number: guest.storage.nodes.indexOf(node),
    target: node === from && first !== undefined ? first : node,
  }));
}

/** What Proxmox would refuse, and what would only show in the emergency. */
export function judgeGroup(name: string, facts: HaGroupFacts): Finding[] {
  const disks = facts.guests.flatMap((guest, index) =>
    judgeHaGuest({
      guest: guest.name,
      sid: haId(guest),
      storage: guest.storage.name,
      kind: guest.storage.kind,
      storageNodes: guest.storage.nodes,
      allowedNodes: allowedNodes(facts, facts.clusterNodes),
      homeNode: guest.node,
      replicaNodes: facts.replication ? replicasOf(facts, guest) : [],
      passthrough: guest.passthrough.map(({ kind, device }) => `${kind} ${device}`),
      pinned: guest.pinned,
    }).map((finding) => ({ ...finding, path: ["guests", index, ...finding.path] })),
  );
  // Paths of the model begin with the group's name, which the message has already.
  const placement = judgePlacement(facts.pveVersion, facts.clusterNodes, [
    placementOf(name, facts),
  ]).map((finding) => ({ ...finding, path: finding.path.slice(1) }));
  const homes = facts.guests.flatMap((guest, index) =>
    judgeHome(guest, facts).map((finding) => ({ ...finding, path: ["guests", index, "node"] })),
  );
  return [...placement, ...homes, ...disks];
}
