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
