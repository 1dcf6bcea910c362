import { z } from "zod";
import { calendarEvent, count, guestName, nodeName, shown } from "./network";

/** An id in Proxmox, in the form that its provider takes (bpg, resource_hagroup.go and resource_harule.go). */
const proxmoxId = z.string().regex(/^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]$/, {
  error: (issue) =>
    `found ${shown(issue.input)}, expected an id of Proxmox (letters, digits, "-", "_" and ".", a letter first, at least two); copy it from Datacenter, HA`,
});

/** A number that Proxmox may leave to its own default, which is 1. */
const limit = (what: string) => z.union([z.literal("default"), count(what, 0, 10)]);

/** A replication job by its own number, e.g. 1 of `110-1`. */
export const replicaJobSchema = z
  .strictObject({
    number: count("a job number", 0, 999_999_999).describe("Second half of its id: 1 of `110-1`."),
    target: nodeName.describe("Node to which it replicates."),
    schedule: calendarEvent
      .optional()
      .describe("Its own calendar event. Default: that of `everyMinutes`."),
  })
  .describe("A replication job that was there before.");

/** Where one guest differs from its group. */
export const perGuestSchema = z.strictObject({
  maxRestart: limit("restarts")
    .optional()
    .describe("Its own number; `default`: as Proxmox has it. Default: that of the group."),
  maxRelocate: limit("relocations")
    .optional()
    .describe("Its own number; `default`: as Proxmox has it. Default: that of the group."),
  failback: z
    .boolean()
    .optional()
    .describe("Written for this guest as it is (PVE 9 only). Default: that of the group."),
  state: z
    .literal("enabled")
    .optional()
    .describe(
      "The older word for `started`. The provider knows the newer one only, for which it takes this, so that nothing depends on it. Default: `started`.",
    ),
});

/** Placement of guests, stated once; written as an HA group on PVE 8, as HA rules on PVE 9. */
export const haGroupSchema = z.strictObject({
  guests: z
    .array(guestName)
    .min(1)
    .describe("Guests of the group; a guest is in one group at most."),
  nodes: z
    .record(nodeName, count("a node priority", 0, 1000))
    .describe("Allowed or preferred nodes with their priority; a higher number is preferred."),
  strict: z
    .boolean()
    .default(false)
    .describe("Whether the guests may run on the listed nodes only."),
  failback: z
    .boolean()
    .default(true)
    .describe("Whether a guest moves back by itself when a preferred node returns."),
  keepApart: z
    .array(z.array(guestName).min(2))
    .default([])
    .describe("Sets of guests that must not share a node (PVE 9 only can enforce it)."),
  keepTogether: z
    .array(z.array(guestName).min(2))
    .default([])
    .describe("Sets of guests that must share a node (PVE 9 only)."),
  maxRestart: count("restarts", 0, 10)
    .default(3)
    .describe("Restarts on the same node before a relocation."),
  maxRelocate: count("relocations", 0, 10)
    .default(2)
    .describe("Relocations before Proxmox gives up."),
  replication: z
    .strictObject({
      everyMinutes: count("minutes between two replications", 1, 1440)
        .default(15)
        .describe("Minutes between two runs: the RPO."),
      jobs: z
        .record(guestName, z.array(replicaJobSchema))
        .optional()
        .describe(
          "Jobs that were there before, by guest; it gets these and no other. Default: one to every other allowed node.",
        ),
    })
    .optional()
    .describe("Replication of guests on ZFS to the other allowed nodes. Default: none."),
  perGuest: z
    .record(guestName, perGuestSchema)
    .optional()
    .describe("Where a guest differs from its group, by guest. Default: none does."),
  groupId: proxmoxId
    .optional()
    .describe(
      "Id of the group in Proxmox VE 8, which version 9 makes `ha-group-<id>` of. Default: the name here.",
    ),
  ruleIds: z
    .record(z.string(), proxmoxId)
    .optional()
    .describe(
      "Ids of HA rules that were there before, by the id that they would get here, e.g. `ha-group-web: prefer-pve1` (PVE 9 only). Default: none were.",
    ),
  unranked: z
    .array(nodeName)
    .optional()
    .describe(
      "Nodes that Proxmox lists without a priority, in a group or rule that was there before; give them 0 in `nodes`. Default: none.",
    ),
});
