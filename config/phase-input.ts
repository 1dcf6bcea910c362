import type { PhaseInput } from "../model/phases/phases";
import type { PendingStorage } from "../model/phases/today";
import { clusterModel } from "./cluster-model";
import type { StackConfig } from "./stack";

/** Storages that some nodes do not have yet, as the stack file states them. */
export function pendingStorages(stack: StackConfig): PendingStorage[] {
  return Object.entries(stack.cluster.storages).flatMap(([storage, stated]) =>
    stated.kind === "zfs" && stated.pending.length > 0 ? [{ storage, nodes: stated.pending }] : [],
  );
}

/** What the plan of the phases needs of a stack that passed `parseStack`. */
export function phaseInput(stack: StackConfig): PhaseInput {
  return {
    cluster: clusterModel(stack),
    pending: pendingStorages(stack),
    groups: Object.entries(stack.haGroups).map(([name, { guests, replication, failback }]) => ({
      name,
      guests,
      failback,
      ...(replication && { everyMinutes: replication.everyMinutes }),
    })),
    containers: new Set(
      Object.entries(stack.guests)
        .filter(([, { type }]) => type === "ct")
        .map(([name]) => name),
    ),
  };
}
