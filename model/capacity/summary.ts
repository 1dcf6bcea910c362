import type { ClusterModel, FailureReport } from "../resilience/types";
import { guestMemoryMb } from "./capacity";

/** Whether the survivors can carry the guests of what was lost (N+1). */
export interface CapacitySummary {
  /** How many nodes and guests state their memory; the others count as nothing. */
  stated: { nodes: number; ofNodes: number; guests: number; ofGuests: number };
  /** Losses after which HA could start anything: without quorum nobody asks for room. */
  judged: number;
  /** Guests that find no room, by loss. */
  noRoom: { failed: string[]; guests: string[] }[];
  /** The node with the least memory left after a loss, guests restarted there. */
  tightest?: { failed: string[]; node: string; leftMb: number; totalMb: number };
  /** Nodes whose guests have more cores than the node, by loss. */
  overcommitted: { failed: string[]; node: string; used: number; total: number }[];
}

/** Sums up what some losses leave of memory and cores. */
export function capacitySummary(
  cluster: ClusterModel,
  reports: readonly FailureReport[],
): CapacitySummary {
  const summary: CapacitySummary = {
    stated: {
      nodes: cluster.nodes.filter((node) => guestMemoryMb(cluster.capacity?.[node]) !== undefined)
        .length,
      ofNodes: cluster.nodes.length,
      guests: cluster.guests.filter(({ memoryMb }) => memoryMb !== undefined).length,
      ofGuests: cluster.guests.length,
    },
    judged: reports.filter(({ corosyncQuorum }) => corosyncQuorum).length,
    noRoom: [],
    overcommitted: [],
  };
  for (const { failed, guests, load = [] } of reports) {
    const homeless = Object.keys(guests).filter((name) => guests[name]?.status === "no-room");
    if (homeless.length > 0) summary.noRoom.push({ failed, guests: homeless });
    for (const { node, memoryMb, cores } of load) {
      const leftMb = memoryMb && memoryMb.total - memoryMb.used;
      if (memoryMb && leftMb !== undefined && leftMb < (summary.tightest?.leftMb ?? Infinity)) {
        summary.tightest = { failed, node, leftMb, totalMb: memoryMb.total };
      }
      if (cores && cores.used > cores.total) {
        summary.overcommitted.push({ failed, node, ...cores });
      }
    }
  }
  return summary;
}
