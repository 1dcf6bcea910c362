import { z } from "zod";
import { count, name } from "./network";

/** Placement of guests, stated once; written as an HA group on PVE 8, as HA rules on PVE 9. */
export const haGroupSchema = z.strictObject({
  guests: z.array(name).min(1),
  /** Allowed or preferred nodes with their priority; a higher number is preferred. */
  nodes: z.record(name, count("a node priority", 0, 1000)),
  /** Whether the guests may run on the listed nodes only. */
  strict: z.boolean().default(false),
  /** Whether a guest moves back by itself when a preferred node returns. */
  failback: z.boolean().default(true),
  /** Sets of guests that must not share a node (PVE 9 only can enforce it). */
  keepApart: z.array(z.array(name).min(2)).default([]),
  /** Sets of guests that must share a node (PVE 9 only). */
  keepTogether: z.array(z.array(name).min(2)).default([]),
  maxRestart: count("restarts", 0, 10).default(3),
  maxRelocate: count("relocations", 0, 10).default(2),
  /** Replication of guests on ZFS to the other allowed nodes. */
  replication: z
    .strictObject({
      /** Minutes between two runs: the RPO. */
      everyMinutes: count("minutes between two replications", 1, 1440).default(15),
    })
    .optional(),
});
