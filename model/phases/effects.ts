import { DISKS } from "../resilience/failure-domains";
import { simulate } from "../resilience/resilience";
import { worseOf } from "../resilience/severity";
import type { ClusterModel, Outcome } from "../resilience/types";
import { clusterAt, clusterToday } from "./today";
import { type Context, concerned, type PhaseEffect } from "./types";

/** What the loss of each pending node with its disks, and of each two, means today and at the end. */
export function phaseEffects(context: Context): PhaseEffect[] {
  const { cluster, pending } = context;
  const today = clusterToday(cluster, pending);
  const end = clusterAt(cluster, pending, { pending: new Set() });
  const nodes = [...new Set(pending.flatMap((one) => one.nodes))];
  const losses = [
    ...nodes.map((node) => [node]),
    ...nodes.flatMap((a, index) => nodes.slice(index + 1).map((b) => [a, b])),
  ];
  return losses.flatMap((failed): PhaseEffect[] => {
    const hit = cluster.guests.filter(
      (guest) =>
        concerned(context, guest) && guest.immovable === undefined && failed.includes(guest.node),
    );
    const worst = (model: ClusterModel) => {
      const { guests } = simulate(
        { ...model, services: [] },
        failed.map((node) => `${DISKS}${node}`),
      );
      return hit
        .map(({ name }) => guests[name])
        .reduce<Outcome | undefined>((a, b) => worseOf(a, b), undefined);
    };
    const [before, after] = [worst(today), worst(end)];
    if (!before || !after) return [];
    return [{ failed, guests: hit.map(({ name }) => name), today: before, after }];
  });
}
