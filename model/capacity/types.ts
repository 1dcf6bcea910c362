/** What a node has. A figure that nobody stated is not judged. */
export interface NodeCapacity {
  memoryMb?: number;
  /** Memory that guests cannot have. @default HOST_MEMORY_MB */
  reservedMb?: number;
  cores?: number;
}

/** How HA picks among equally preferred nodes (`crs: ha=` in datacenter.cfg). */
export type Scheduler = "basic" | "static" | "dynamic";

/** Memory and cores of one surviving node after a failure, guests restarted there included. */
export interface NodeLoad {
  node: string;
  /** Memory that its guests take, and that it has for guests. */
  memoryMb?: { used: number; total: number };
  /** Cores that its guests have together, and that it has; more than it has is overcommitted. */
  cores?: { used: number; total: number };
}
