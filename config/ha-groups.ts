import { z } from "zod";
import { count, name } from "./network";

/** Placement of guests, stated once; written as an HA group on PVE 8, as HA rules on PVE 9. */
export const haGroupSchema = z.strictObject({
  guests: z.array(name).min(1).describe("Guests of the group; a guest is in one group at most."),
  nodes: z
    .record(name, count("a node priority", 0, 1000))
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
    .array(z.array(name).min(2))
    .default([])
    .describe("Sets of guests that must not share a node (PVE 9 only can enforce it)."),
  keepTogether: z
    .array(z.array(name).min(2))
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
    })
    .optional()
    .describe("Replication of guests on ZFS to the other allowed nodes."),
});
