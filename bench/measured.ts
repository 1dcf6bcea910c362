import { z } from "zod";

/** What the process of one measurement prints. */
export const measuredSchema = z.object({
  /** Median processor time in milliseconds. */
  ms: z.number().positive(),
  /** Most memory that the process had, in MB. */
  peakMb: z.number().positive(),
  /** Size of what it made, in bytes, where that is a document. */
  bytes: z.int().positive().exactOptional(),
});

export type Measured = z.output<typeof measuredSchema>;

/** What the state of one stack costs. */
export const stateCostSchema = z.object({
  /** Resources that the state has, components included. */
  resources: z.int().positive(),
  /** Resources that the first `up` made. */
  created: z.int().positive(),
  /** Size of the state file. */
  bytes: z.int().positive(),
  /** What the Pulumi CLI wrote during the first `up`; 0 where that is not known. */
  writtenBytes: z.int().nonnegative(),
  upMs: z.number().positive(),
  /** A preview that finds no change. */
  previewMs: z.number().positive(),
  /** Processor time to read and parse the file, and to write it. */
  readMs: z.number().nonnegative(),
  writeMs: z.number().nonnegative(),
  /** Most memory of the process that the program runs in. */
  peakMb: z.number().positive(),
});

export type StateCost = z.output<typeof stateCostSchema>;
