import type { ClusterModel, GuestModel } from "../resilience/types";
import { guestMemoryMb, type Usage } from "./capacity";

/** Average CPU, highest CPU, average memory, highest memory; the least of each is best. */
type Criteria = [number, number, number, number];

/** Weights of the criteria in proxmox-resource-scheduling (`PveTopsisAlternative`). */
const WEIGHTS: Criteria = [1 / 18, 2 / 18, 5 / 18, 10 / 18];

const norm = (values: readonly number[]) => Math.hypot(...values);

/**
 * How near the best and how far from the worst each alternative is, 0 to 1 (TOPSIS: columns
 * divided by their length, differences weighed, Euclidean distances).
 */
export function topsis(alternatives: readonly Criteria[]): number[] {
  const columns = WEIGHTS.map((_, index) => alternatives.map((one) => one[index] ?? 0));
  const scaled = columns.map((column) => {
    const length = norm(column);
    return column.map((value) => (length === 0 ? 0 : value / length));
  });
  return alternatives.map((_, row) => {
    const away = (ideal: (column: readonly number[]) => number) =>
      norm(
        scaled.map((column, index) => ((column[row] ?? 0) - ideal(column)) * (WEIGHTS[index] ?? 0)),
      );
    const best = away((column) => Math.min(...column));
    const worst = away((column) => Math.max(...column));
    return best + worst === 0 ? 0 : worst / (best + worst);
  });
}

/**
 * The score of each online node for a guest that is to start, as the `static` scheduler counts it:
 * as if the guest ran there already, over all nodes. Undefined when a figure of a node is missing.
 * proxmox-resource-scheduling, `score_nodes_to_start_service`; there a container without a limit
 * counts as all cores of its node, here unknown cores count as nothing.
 */
export function staticScores(
  cluster: ClusterModel,
  usage: Usage,
  online: readonly string[],
  guest: GuestModel,
): Map<string, number> | undefined {
  const nodes: { name: string; cpu: number; cores: number; memory: number; total: number }[] = [];
  for (const name of online) {
    const capacity = cluster.capacity?.[name];
    const total = guestMemoryMb(capacity && { ...capacity, reservedMb: 0 });
    if (capacity?.cores === undefined || !total) return undefined;
    nodes.push({
      name,
      cpu: usage.assigned.cores.get(name) ?? 0,
      cores: capacity.cores,
      memory: usage.assigned.memoryMb.get(name) ?? 0,
      total,
    });
  }
  const alternatives = nodes.map((_, target): Criteria => {
    const used = (own: "cpu" | "memory", all: "cores" | "total", more: number) =>
      nodes.map((node, index) => (node[own] + (index === target ? more : 0)) / node[all]);
    const cpu = used("cpu", "cores", guest.cores ?? 0);
    const memory = used("memory", "total", guest.memoryMb ?? 0);
    const mean = (values: readonly number[]) => norm(values) / Math.sqrt(values.length);
    // The ones keep tiny loads from counting as large differences.
    return [1 + mean(cpu), 1 + Math.max(...cpu), 1 + mean(memory), 1 + Math.max(...memory)];
  });
  // Rounded, so that nodes that are alike tie and the name decides, not the last bit of a sum.
  return new Map(
    topsis(alternatives).map((score, index) => [
      nodes[index]?.name ?? "",
      Math.round(score * 1e9) / 1e9,
    ]),
  );
}

/**
 * Nodes in the order of the scheduler. `basic`: the node with the fewest guests, then by name;
 * memory plays no part. `static`: by configured memory and cores (TOPSIS); as in Proxmox, nodes
 * need all their figures for it, else `basic` serves. `dynamic` goes by the load of the moment,
 * which nobody can know beforehand: `basic` stands in for it.
 * pve-ha-manager, `select_service_node` in Manager.pm, Usage/Basic.pm and Usage/Static.pm.
 */
export function inSchedulerOrder(
  cluster: ClusterModel,
  usage: Usage,
  online: readonly string[],
  candidates: readonly string[],
  guest: GuestModel,
): string[] {
  if (candidates.length < 2) return [...candidates];
  const scores =
    cluster.scheduler === "static" ? staticScores(cluster, usage, online, guest) : undefined;
  const cost = (node: string) =>
    scores ? -(scores.get(node) ?? 0) : (usage.assigned.guests.get(node) ?? 0);
  return [...candidates].sort((a, b) => cost(a) - cost(b) || (a < b ? -1 : 1));
}
